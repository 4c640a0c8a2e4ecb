"""How frequent classes are, as a user says it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zsl._arguments import is_number, shown
from zsl._arrays import doubles
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import InvalidInputError

_WANTED = "wanted a mapping or Series from label to weight, one weight per class in their order, or 'estimate'"


def class_weights(prior: Any, labels: LabelArray) -> FloatArray:
    """The weights of classes, in their order.

    Parameters
    ----------
    prior : mapping, Series or array of shape (C,)
        Weights of 0 or more, one above 0 at least. By label, each of the classes needs one, and others are ignored.
    labels : array of shape (C,)
        The classes.

    Returns
    -------
    array of shape (C,)
        Weights from 0 to 1, which is the largest.

    Raises
    ------
    InvalidInputError
        If a class has no weight, a label stands twice, an array has another length, or a weight is no number of 0 or
        more.
    """
    if isinstance(prior, pd.Series):
        if not prior.index.is_unique:
            twice = prior.index[prior.index.duplicated()][0]
            raise InvalidInputError(
                f"prior names the class {shown(twice)} more than once; wanted one weight per class."
            )
        prior = dict(zip(prior.index.tolist(), prior.tolist(), strict=True))
    if isinstance(prior, (str, bytes)) or not (isinstance(prior, Mapping) or hasattr(prior, "__len__")):
        raise InvalidInputError(f"prior={shown(prior)}; {_WANTED}.")
    weights = _by_label(prior, labels) if isinstance(prior, Mapping) else doubles("prior", prior)
    if weights.shape != labels.shape:
        raise InvalidInputError(f"prior has shape {weights.shape}; wanted {labels.shape}, one weight per class.")
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        raise InvalidInputError(_refusal(float(weights[bad[0]]), labels[bad[:1]].tolist()[0]))
    if not weights.any():
        raise InvalidInputError("prior has the weight 0 for all classes; wanted one above 0 at least.")
    found: FloatArray = weights / weights.max()
    return found


def _by_label(prior: Mapping[Any, Any], labels: LabelArray) -> FloatArray:
    """The weights of classes from a mapping, which has one for each of them."""
    wanted = labels.tolist()
    missing = [label for label in wanted if label not in prior]
    if missing:
        known = set(wanted)
        others = [label for label in prior if label not in known]
        named = f"{missing[:5]}{' and so on' if len(missing) > 5 else ''}"
        raise InvalidInputError(
            f"prior has no weight for {len(missing)} of the {len(wanted)} classes: {named}; wanted one for each, and 0 "
            f"for one that doesn't occur.{did_you_mean(missing, others)}"
        )
    for label in wanted:
        if not is_number(prior[label]):
            raise InvalidInputError(_refusal(prior[label], label))
    return np.array([float(prior[label]) for label in wanted])


def _refusal(weight: Any, label: Any) -> str:
    return f"prior has the weight {shown(weight)} for {shown(label)}; wanted a finite number of 0 or more."
