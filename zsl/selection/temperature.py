"""The temperature that turns scores into calibrated probabilities, and the scores that it is chosen on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from zsl._typing import FloatArray
from zsl.functional.linear.moments import evenly_spread

Scored = tuple[FloatArray, NDArray[np.bool_], NDArray[np.intp]]
"""Scores (t, C) of test images of a fold, which of the columns are trained on, and the column of the true class."""
_MOST_IMAGES, _LEAST_IMAGES, _MOST_SCORES = 2000, 200, 2_000_000


def likeliest_temperature(parts: Sequence[tuple[FloatArray, NDArray[np.intp]]]) -> float:
    r"""Find the temperature of largest likelihood, each part weighing the same.

    .. math:: \arg\max_T \sum_p \frac{1}{|p|} \sum_{i \in p} \log \frac{\exp(g_{i y_i} / T)}{\sum_c \exp(g_{ic} / T)}

    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599.
    The likelihood is concave in 1 / T. T is sought between e⁻⁷ and e⁵ times the standard deviation of the scores.

    Parameters
    ----------
    parts : sequence of (array of shape (t, C), array of shape (t,))
        Scores, and the column of the true class of each row.

    Returns
    -------
    float
        T, in units of the score.
    """
    spread = float(np.mean([table.std() for table, _ in parts])) or 1.0

    def cost(log_temperature: float) -> float:
        temperature = spread * np.exp(log_temperature)
        values = [log_softmax(t / temperature, axis=1)[np.arange(len(t)), place].mean() for t, place in parts]
        return -float(np.mean(values))

    return spread * float(np.exp(minimize_scalar(cost, bounds=(-7, 5), method="bounded").x))


def stacked_temperature(folds: Sequence[Scored], bias: float) -> float:
    """Find the temperature for scores over trained and held-out classes, with this bias for the held-out ones.

    Images of both sides weigh the same in each fold, whatever their numbers.
    """
    parts = []
    for scores, is_seen, truth in folds:
        table, _, _ = lifted((scores.astype(np.float64), is_seen, truth), bias)
        for rows in (is_seen[truth], ~is_seen[truth]):
            if rows.any():
                parts.append((table[rows], truth[rows]))
    return likeliest_temperature(parts)


def sampled(is_seen: NDArray[np.bool_], n_scores: int) -> NDArray[np.intp]:
    """Row numbers of the images whose scores are kept, in order: evenly spread over each side, as many of both.

    At most 2000, and fewer where an image has many scores, `n_scores`, so that a fold keeps 2 million of them; but not
    fewer than 200. One number is chosen on them, and that needs no more.
    """
    most = min(_MOST_IMAGES, max(_LEAST_IMAGES, _MOST_SCORES // n_scores)) // 2
    kept = []
    for rows in (np.flatnonzero(is_seen), np.flatnonzero(~is_seen)):
        kept.append(rows[evenly_spread(len(rows), most)])
    return np.sort(np.concatenate(kept))


def lifted(fold: Scored, bias: float) -> Scored:
    """Scores with this bias for the held-out classes."""
    scores, is_seen, truth = fold
    return scores + np.where(is_seen, 0.0, bias), is_seen, truth


def some(fold: Scored) -> Scored:
    """Those rows of the scores of a fold that are enough to choose one number on."""
    scores, is_seen, truth = fold
    rows = sampled(is_seen[truth], scores.shape[1])
    return scores[rows], is_seen, truth[rows]


def columns_of(classes: NDArray[np.intp], truth: NDArray[np.intp]) -> NDArray[np.intp]:
    """The column of each class number, where the columns stand for these class numbers in any order."""
    order = np.argsort(classes)
    columns: NDArray[np.intp] = order[np.searchsorted(classes[order], truth)]
    return columns


def as_temperature(stored: Any) -> float:
    """Check a temperature that was read from a file.

    Raises
    ------
    ValueError
        If it isn't a finite number above 0.
    """
    value = float(stored)
    if not 0 < value < np.inf:
        raise ValueError(f"a temperature of {value}; wanted a finite number above 0")
    return value
