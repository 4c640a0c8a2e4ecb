"""Accuracies averaged over classes, their harmonic mean, and the confidence interval of a mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from zsl._arguments import is_number, shown
from zsl._arrays import doubles
from zsl._labels import coded
from zsl.evaluation._arrays import as_pairs, is_equal
from zsl.exceptions import InvalidInputError


def accuracy_by_class(y_true: ArrayLike, y_pred: ArrayLike) -> dict[Any, float]:
    """Share of the samples of each class that are predicted correctly.

    Parameters
    ----------
    y_true, y_pred : array of shape (n_samples,)
        True and predicted labels.

    Returns
    -------
    dict of label to float
        A share in [0, 1] for each class of `y_true`, in sorted order.

    Raises
    ------
    InvalidInputError
        If there are no labels, or `y_true` and `y_pred` differ in length or kind: 1 and "1" can't be compared.
    """
    truth, predicted = as_pairs(y_true, y_pred)
    labels, codes = coded(truth)
    shares = np.bincount(codes, is_equal(truth, predicted)) / np.bincount(codes)
    return dict(zip(labels.tolist(), shares.tolist(), strict=True))


def per_class_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    r"""Top-1 accuracy averaged over classes, so that each class counts the same however many samples it has.

    .. math:: \frac{1}{|C|} \sum_{c \in C} \frac{|\{i : y_i = c, \hat y_i = c\}|}{|\{i : y_i = c\}|}

    over the classes of `y_true`. The measure of Y. Xian, C. H. Lampert, B. Schiele and Z. Akata, "Zero-Shot Learning: A
    Comprehensive Evaluation of the Good, the Bad and the Ugly", 2018, arXiv:1707.00600.

    Parameters
    ----------
    y_true, y_pred : array of shape (n_samples,)
        True and predicted labels.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If there are no labels, or `y_true` and `y_pred` differ in length or kind: 1 and "1" can't be compared.
    """
    return float(np.mean(list(accuracy_by_class(y_true, y_pred).values())))


def harmonic_mean(seen: float, unseen: float) -> float:
    r"""Harmonic mean H of the accuracies on seen and on unseen classes.

    .. math:: H = \frac{2 S U}{S + U}

    Parameters
    ----------
    seen, unseen : float
        S and U, in [0, 1].

    Returns
    -------
    float
        In [0, 1]; 0 where both are 0.

    Raises
    ------
    InvalidInputError
        If one is outside [0, 1].
    """
    for name, value in (("seen", seen), ("unseen", unseen)):
        if not is_number(value) or not 0 <= value <= 1:
            raise InvalidInputError(f"{name}={shown(value)}; wanted an accuracy in [0, 1].")
    return 0.0 if seen + unseen == 0 else 2 * seen * unseen / (seen + unseen)


def mean_confidence_interval(values: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    r"""Mean over episodes or seeds, and the half width of its confidence interval.

    .. math:: \bar v \pm t_{(1 + \text{level}) / 2,\, n - 1} \frac{s}{\sqrt n}

    Parameters
    ----------
    values : array of shape (n,)
        One value per episode or seed.
    level : float in (0, 1), default=0.95
        Confidence.

    Returns
    -------
    mean, half_width : float
        The mean, and half the width of the interval: infinite for a single value, which shows no spread.

    Raises
    ------
    InvalidInputError
        If there are no values, one isn't finite, or `level` is out of range.
    """
    found = doubles("values", values).ravel()
    if not len(found) or not np.isfinite(found).all():
        raise InvalidInputError(f"values={shown(values)}; wanted one finite number or more.")
    if not is_number(level) or not 0 < level < 1:
        raise InvalidInputError(f"level={shown(level)}; wanted a number in (0, 1).")
    if len(found) == 1:
        return float(found[0]), float("inf")
    quantile = stats.t.ppf((1 + level) / 2, len(found) - 1)
    return float(found.mean()), float(quantile * found.std(ddof=1) / np.sqrt(len(found)))
