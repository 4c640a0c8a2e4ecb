"""Answers for samples that don't fit into memory, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._arguments import is_whole, shown
from zsl._arrays import check_finite, host_array
from zsl._files.rows import block_rows, on_disk
from zsl.exceptions import InvalidInputError


def by_blocks(
    function: Callable[..., Any], X: Any, *, size: int | None = None, **options: Any
) -> Iterator[tuple[slice, Any]]:
    """Call a function of samples on one block of them after the other.

    For what has more numbers than memory, such as the scores of ten million samples against a thousand classes.

    Parameters
    ----------
    function : callable
        What answers for samples, such as ``clf.class_scores``, ``clf.predict_proba`` or the `predict` of a pipeline.
    X : array of shape (n_samples, n_features), memory map or ShardedFeatures
        Samples.
    size : int or None, default=None
        Samples per block. None for as many as take a sixteenth of scikit-learn's ``working_memory``, 1024 MiB by
        default, as numbers in double precision.
    **options
        Passed on to the function, such as ``classes``.

    Yields
    ------
    rows : slice
        Which samples the block has.
    answer : object
        What the function returned for them.

    Raises
    ------
    InvalidInputError
        If `X` isn't two-dimensional, has values that aren't finite, `size` isn't a whole number above 0, or a prior
        would be estimated from each block.

    Examples
    --------
    >>> import numpy as np
    >>> from zsl import ESZSLClassifier
    >>> X, y = np.eye(4), ["ant", "ant", "bee", "bee"]
    >>> clf = ESZSLClassifier().fit(X, y)
    >>> for rows, probabilities in by_blocks(clf.predict_proba, X, size=3):
    ...     print(rows, probabilities.shape)
    slice(0, 3, None) (3, 2)
    slice(3, 4, None) (1, 2)
    """
    stored = on_disk(X)
    samples: Any = host_array("X", X) if stored is None else stored
    if samples.ndim != 2:
        raise InvalidInputError(f"X has shape {samples.shape}; wanted (n_samples, n_features).")
    if size is not None and not (is_whole(size) and size > 0):
        raise InvalidInputError(f"size={shown(size)}; wanted a whole number above 0, or None.")
    if isinstance(options.get("prior"), str):
        raise InvalidInputError(
            f"prior={shown(options['prior'])} would go by each block alone; wanted weights, such as those that "
            "estimate_prior gives for samples drawn at random."
        )
    step = block_rows(samples.shape[1]) if size is None else int(size)
    return _answers(function, samples, step, options)


def _answers(
    function: Callable[..., Any], samples: Any, step: int, options: dict[str, Any]
) -> Iterator[tuple[slice, Any]]:
    for start in range(0, len(samples), step):
        rows = slice(start, min(start + step, len(samples)))
        block: NDArray[np.floating[Any]] = samples[rows]
        check_finite("X", block, start=start)
        yield rows, function(block, **options)
