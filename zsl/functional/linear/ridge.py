"""Ridge regression with a free intercept, from moments or from rows, for a whole path of penalties at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from zsl._typing import FloatArray
from zsl.functional.linear.moments import Moments


@dataclass(frozen=True, eq=False)
class RidgeMap:
    r"""The map :math:`x \mapsto W^T x + b`, with weights of shape (d, A) and intercepts of shape (A,)."""

    weight: FloatArray
    intercept: FloatArray

    def __call__(self, X: FloatArray) -> FloatArray:
        """Map rows of shape (n, d)."""
        mapped: FloatArray = X @ self.weight + self.intercept
        return mapped


def ridge_from_moments(moments: Moments, S: FloatArray, alphas: Sequence[float]) -> Iterator[RidgeMap]:
    r"""Regress what is known of the class of a row on the row.

    With rows :math:`x_i` of classes :math:`y_i`, described by :math:`s_{y_i}`, and bars for means over rows,

    .. math::

        \min_{W, b} \sum_i \|s_{y_i} - W^T x_i - b\|^2 + \lambda \|W\|^2, \qquad
        W = (\tilde X^T \tilde X + \lambda I)^{-1} \sum_c s_c \textstyle\sum_{i: y_i = c} (x_i - \bar x)^T, \quad
        b = \bar s - W^T \bar x,

    where :math:`\lambda = \alpha \operatorname{tr}(\tilde X^T \tilde X) / d` is in units of the mean eigenvalue.
    A. E. Hoerl and R. W. Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", 1970. One
    decomposition serves all penalties.

    Parameters
    ----------
    moments : Moments
        Moments of the rows, by class.
    S : array of shape (class, A)
        What is known of each class.
    alphas : sequence of float
        Penalties :math:`\alpha`, above 0.

    Yields
    ------
    RidgeMap
        The solution for each penalty.
    """
    mean = moments.mean
    centred = moments.mapped(mean, np.ones(len(mean)))
    target = moments.counts @ S / moments.n
    values, vectors = linalg.eigh(centred.gram)
    cross = vectors.T @ (centred.sums.T @ (S - target))
    for alpha in alphas:
        weight = vectors @ (cross / (np.maximum(values, 0.0) + centred.penalty(alpha))[:, None])
        yield RidgeMap(weight, target - mean @ weight)


def ridge_from_rows(X: FloatArray, Y: FloatArray, penalties: Sequence[float]) -> Iterator[tuple[RidgeMap, FloatArray]]:
    r"""Regress rows on rows, and predict each row by the map that is fitted without it.

    With the hat matrix :math:`H = \frac1n 1 1^T + \tilde X (\tilde X^T \tilde X + \lambda I)^{-1} \tilde X^T` of the
    fit, :math:`\hat Y = H Y`, leaving a row out gives

    .. math:: \hat y_i^{(-i)} = y_i - \frac{y_i - \hat y_i}{1 - H_{ii}}

    without another fit: the identity behind PRESS, D. M. Allen, "The Relationship between Variable Selection and Data
    Augmentation and a Method for Prediction", 1974, doi:10.1080/00401706.1974.10489157. The intercept is left out of
    the penalty, so that the means, too, are those without the row.

    Parameters
    ----------
    X, Y : arrays of shape (n, d) and (n, A)
        Rows that are known, two at least, and rows that are wanted.
    penalties : sequence of float
        :math:`\lambda`, above 0, in units of the squares of `X`.

    Yields
    ------
    tuple of RidgeMap and array of shape (n, A)
        The map fitted on all rows, and :math:`\hat y_i^{(-i)}`.
    """
    mean, target = X.mean(axis=0), Y.mean(axis=0)
    left, values, right = linalg.svd(X - mean, full_matrices=False)
    # Directions of no length are those of rounding, among them that of the mean.
    kept = values > max(X.shape) * np.finfo(np.float64).eps * values.max(initial=0.0)
    left, values, right = left[:, kept], values[kept], right[kept]
    cross = left.T @ (Y - target)
    outside = np.maximum(1 - 1 / len(X) - np.square(left).sum(axis=1), 0.0)
    for penalty in penalties:
        weight = right.T @ ((values / (values**2 + penalty))[:, None] * cross)
        # 1 - H_ii as a sum of positive terms, which loses no digits where H_ii is near 1.
        share = penalty / (values**2 + penalty)
        free = outside + np.square(left) @ share
        residual = Y - target - left @ ((1 - share)[:, None] * cross)
        yield RidgeMap(weight, target - mean @ weight), Y - residual / free[:, None]


def column_correlation(predicted: FloatArray, true: FloatArray) -> FloatArray:
    """Correlation of each column over the rows.

    Parameters
    ----------
    predicted, true : array of shape (row, column)
        What is compared.

    Returns
    -------
    array of shape (column,)
        Pearson's correlation, between -1 and 1; NaN where either side is the same in all rows.
    """
    a, b = predicted - predicted.mean(axis=0), true - true.mean(axis=0)
    varies = (np.ptp(predicted, axis=0) > 0) & (np.ptp(true, axis=0) > 0)
    length = np.sqrt(np.square(a).sum(axis=0)) * np.sqrt(np.square(b).sum(axis=0))
    found: FloatArray = (a * b).sum(axis=0) / np.where(varies, length, np.nan)
    return found
