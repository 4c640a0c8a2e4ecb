"""What is known of classes, as the arrays that an exported graph takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._device import plain_torch
from zsl.estimators._calls import snapshot
from zsl.scale.onnx.parts import Parts, parts_of

INPUTS = ("prototypes", "bias", "seen", "temperature")
"""Inputs of a graph beside the samples: `seen` with a gate, `bias` without one."""


def prototypes(est: Any, classes: ArrayLike | None = None) -> dict[str, NDArray[Any]]:
    """Represent classes as the arrays that a graph written by `zsl.export` takes, for those that were added since.

    Parameters
    ----------
    est : estimator
        The fitted estimator that was exported, or another state of it.
    classes : array of shape (C,) or None, default=None
        Known classes, each once. None for all, `classes_`.

    Returns
    -------
    dict of str to array
        "labels", the classes in their order; and by the names of inputs "prototypes", float32 of shape (C, k); "bias",
        float32 of shape (C,), or with ``balance="gate"`` "seen", bool of shape (C,); and "temperature", a float32
        scalar, which for few-shot estimators goes by how many classes and support samples there are.

    Raises
    ------
    InvalidInputError
        If the estimator cannot be exported, or a class isn't known or occurs twice.

    See Also
    --------
    zsl.export : Writes the graph.

    Examples
    --------
    >>> import zsl
    >>> from zsl.scale import prototypes
    >>> split = zsl.load_digits_zsl()
    >>> clf = zsl.ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> known = prototypes(clf, [7, 8, 9])
    >>> known["labels"], len(known["prototypes"]), known["bias"].shape
    (array([7, 8, 9]), 3, (3,))
    """
    with plain_torch():
        own = snapshot(est)
        return arrays_of(own, parts_of(own), classes)


def arrays_of(est: Any, parts: Parts, classes: ArrayLike | None) -> dict[str, NDArray[Any]]:
    """The same for an estimator that was taken apart."""
    known = est._asked(classes)
    rows, added = parts.represent(known)
    balance = {"bias": added.astype(np.float32)} if parts.gate is None else {"seen": known.seen.copy()}
    temperature = np.float32(est._temperature_among(known))
    return {
        "labels": known.labels,
        "prototypes": np.ascontiguousarray(rows, dtype=np.float32),
        **balance,
        "temperature": np.array(temperature),
    }
