"""Calibration of predicted probabilities: the reliability curve and the expected calibration error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arrays import doubles
from zsl._docs import documented_like
from zsl._labels import check_one_kind
from zsl._typing import FloatArray
from zsl.evaluation._arrays import as_classes, as_count, as_labels, as_matrix, check_lengths, is_equal, truth_first
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Confidence against accuracy, by bins of the confidence.

    Parameters
    ----------
    share : array of shape (n_bins,)
        Share of the samples in each bin, summing to 1. Bin b of B holds confidences in (b / B, (b + 1) / B], b from 0.
    confidence, accuracy : array of shape (n_bins,)
        Mean confidence there, the largest probability of a sample, and share of right predictions; nan in an empty bin.
    counts : array of int of shape (n_bins,) or None, default=None
        Number of samples in each bin, whatever their weights.
    """

    share: FloatArray
    confidence: FloatArray
    accuracy: FloatArray
    counts: NDArray[np.intp] | None = None

    @property
    def expected_calibration_error(self) -> float:
        """The mean gap between confidence and accuracy over the samples, in [0, 1]."""
        full = self.share > 0
        return float(self.share[full] @ np.abs(self.accuracy[full] - self.confidence[full]))


@truth_first(y_prob="probabilities")
def reliability_curve(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    classes: ArrayLike,
    n_bins: int = 15,
    sample_weight: ArrayLike | None = None,
) -> ReliabilityCurve:
    """Measure accuracy by bins of the confidence, which is the largest probability of a sample.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        True labels. One that isn't in `classes` counts as missed.
    y_prob : array of shape (n_samples, C)
        Probabilities in [0, 1], rows summing to 1. The former order, probabilities before labels, works as well.
    classes : array of shape (C,)
        The class of each column.
    n_bins : int, default=15
        Bins of equal width, 1 or more.
    sample_weight : array of shape (n_samples,) or None, default=None
        How much each sample counts: numbers of 0 or more, not all 0. None counts all the same.

    Returns
    -------
    ReliabilityCurve
        The curve.

    Raises
    ------
    InvalidInputError
        If shapes don't fit each other, a class is named twice, labels are of two kinds, or a probability, a weight or
        `n_bins` is out of range.
    """
    table = as_matrix("y_prob", y_prob)
    truth, labels = as_labels("y_true", y_true), as_classes("classes", classes)
    check_lengths("y_prob", table, "y_true", truth)
    check_one_kind(y_true=truth, classes=labels)
    _check_table(table, len(labels))
    count, weight = as_count("n_bins", n_bins), _weights(sample_weight, len(truth))
    hit = is_equal(labels[table.argmax(axis=1)], truth)
    top = table.max(axis=1).astype(np.float64)
    place = np.clip(np.ceil(top * count).astype(np.intp) - 1, 0, count - 1)
    sums: list[FloatArray] = [
        np.bincount(place, weights=weight * values, minlength=count).astype(np.float64, copy=False)
        for values in (np.ones(len(top)), top, hit)
    ]
    share, confidence, accuracy = sums
    mass = np.where(share > 0, share, np.nan)
    return ReliabilityCurve(share, confidence / mass, accuracy / mass, np.bincount(place, minlength=count))


@truth_first(y_prob="probabilities")
@documented_like(reliability_curve)
def expected_calibration_error(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    classes: ArrayLike,
    n_bins: int = 15,
    sample_weight: ArrayLike | None = None,
) -> float:
    r"""Mean gap between confidence and accuracy over bins of the confidence.

    .. math:: \mathrm{ECE} = \sum_{b=1}^{B} \frac{|I_b|}{n} \,\bigl|\mathrm{acc}(I_b) - \mathrm{conf}(I_b)\bigr|

    with the samples :math:`I_b` whose confidence, the largest probability, is in :math:`((b - 1) / B, b / B]`. M. P.
    Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015,
    for several classes as by C. Guo et al., "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599.

    Returns
    -------
    float
        In [0, 1]; 0 if the predictions of every bin are right as often as their probability says.

    Examples
    --------
    >>> from zsl.evaluation import expected_calibration_error
    >>> probabilities = [[0.8, 0.2], [0.8, 0.2], [0.3, 0.7], [0.3, 0.7]]
    >>> round(expected_calibration_error(["a", "a", "b", "a"], probabilities, classes=["a", "b"]), 3)
    0.2
    """
    curve = reliability_curve(y_true, y_prob, classes=classes, n_bins=n_bins, sample_weight=sample_weight)
    return curve.expected_calibration_error


def _check_table(table: FloatArray, n_classes: int) -> None:
    if table.shape[1] != n_classes:
        raise InvalidInputError(f"y_prob has {table.shape[1]} columns; wanted one per class, {n_classes}.")
    if table.min() < 0 or table.max() > 1 + 1e-6:
        raise InvalidInputError(
            f"y_prob has values from {table.min():.4g} to {table.max():.4g}; wanted them in [0, 1]."
        )
    sums = table.sum(axis=1)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > 1e-3:
        raise InvalidInputError(f"y_prob sums in row {row} to {sums[row]:.4g}; wanted 1.")


def _weights(given: ArrayLike | None, n: int) -> FloatArray:
    """Weights that sum to 1."""
    weight = np.ones(n) if given is None else doubles("sample_weight", given)
    if weight.shape != (n,) or not np.isfinite(weight).all() or weight.min() < 0 or not weight.sum() > 0:
        raise InvalidInputError(
            f"sample_weight of shape {weight.shape} cannot be used; wanted {n} finite numbers of 0 or more, not all 0."
        )
    scaled: FloatArray = weight / weight.sum()
    return scaled
