r"""Conformal prediction: scores of how badly a class fits a sample, and the level below which a true class stays.

A prediction set holds the classes c whose score s(x, c) is no greater than a threshold, which is a quantile of the
scores of true classes on calibration samples. If calibration and test samples are exchangeable, the set holds the true
class with at least the probability asked for, whatever the model is worth. V. Vovk, A. Gammerman and G. Shafer,
"Algorithmic Learning in a Random World", 2005, doi:10.1007/b106715.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray


@dataclass(frozen=True, eq=False)
class Standing:
    """What scores are computed from: where classes stand among those that compete for a sample.

    Parameters
    ----------
    own : array
        The probability of the class.
    above : array of the same shape
        The probability of all likelier classes together.
    rank : array of int of the same shape
        One more than the number of likelier classes; equally likely ones share a rank, so that the order of the classes
        doesn't matter.
    """

    own: FloatArray
    above: FloatArray
    rank: NDArray[np.intp]

    @classmethod
    def of(cls, probabilities: FloatArray) -> "Standing":
        """Of every class, from probabilities of shape (sample, class)."""
        order = np.argsort(-probabilities, axis=1, kind="stable")
        falling = np.take_along_axis(probabilities, order, axis=1).astype(np.float64)
        sums = np.zeros_like(falling)
        np.cumsum(falling[:, :-1], axis=1, out=sums[:, 1:])
        first = np.zeros(falling.shape, dtype=np.intp)  # of equally likely classes, the place of the first
        first[:, 1:] = np.where(falling[:, 1:] < falling[:, :-1], np.arange(1, falling.shape[1]), 0)
        np.maximum.accumulate(first, axis=1, out=first)
        above, rank = np.empty_like(falling), np.empty_like(first)
        np.put_along_axis(above, order, np.take_along_axis(sums, first, axis=1), axis=1)
        np.put_along_axis(rank, order, first + 1, axis=1)
        return cls(probabilities.astype(np.float64), above, rank)

    def at(self, columns: NDArray[np.intp]) -> "Standing":
        """Of one class per sample, from that of all."""
        rows = np.arange(len(columns))
        return Standing(self.own[rows, columns], self.above[rows, columns], self.rank[rows, columns])

    def fits(self) -> bool:
        """Whether the parts go together."""
        return self.own.shape == self.above.shape == self.rank.shape


def threshold_scores(standing: Standing) -> FloatArray:
    r"""Score classes by their probability alone: :math:`s(x, c) = 1 - p(c \mid x)`.

    The sets are the smallest on average for their coverage, if the probabilities are right, and may be empty. M.
    Sadinle, J. Lei and L. Wasserman, "Least Ambiguous Set-Valued Classifiers with Bounded Error Levels", 2019,
    arXiv:1609.00451.

    Parameters
    ----------
    standing : Standing
        Where the classes stand.

    Returns
    -------
    array of the shape of its parts
        Scores in [0, 1], low for classes that fit.
    """
    return 1.0 - standing.own


def cumulative_scores(
    standing: Standing, *, own_share: FloatArray | float = 0.0, penalty: float = 0.0, n_free: int = 0
) -> FloatArray:
    r"""Score classes by the probability of those that are likelier, so that unsure samples get larger sets.

    .. math:: s(x, c) = \sum_{c' : p_{c'} > p_c} p_{c'} + u\, p_c + \lambda \max(0, r_c - k)

    with :math:`p_c = p(c \mid x)` and the rank :math:`r_c`, 1 for the likeliest class. Without penalty these are the
    adaptive prediction sets (APS) of Y. Romano, M. Sesia and E. J. Candès, "Classification with Valid and Adaptive
    Coverage", 2020, arXiv:2006.02544, and with it the regularised ones (RAPS) of A. N. Angelopoulos, S. Bates, J. Malik
    and M. I. Jordan, "Uncertainty Sets for Image Classifiers using Conformal Prediction", 2021, arXiv:2009.14193.

    Departure from the papers: the share u of a class's own probability is 0 unless it is given, where they draw it. The
    likeliest class then has the score 0, and no set is empty.

    Parameters
    ----------
    standing : Standing
        Where the classes stand.
    own_share : array or float, default=0.0
        :math:`u`, in [0, 1], of a shape that goes with the parts of `standing`; drawn uniformly for each sample, it
        gives the randomized sets of the papers.
    penalty : float, default=0.0
        :math:`\lambda`, 0 or more, for each rank beyond `n_free`.
    n_free : int, default=0
        :math:`k`, how many ranks cost nothing.

    Returns
    -------
    array of the shape of its parts
        Scores of 0 or more, low for classes that fit.
    """
    scores: FloatArray = standing.above + own_share * standing.own
    return scores + penalty * np.maximum(0, standing.rank - n_free)


def naive_sets(probabilities: FloatArray, coverage: float) -> NDArray[np.bool_]:
    r"""The likeliest classes until their probabilities sum to the coverage: what is done without calibration.

    Parameters
    ----------
    probabilities : array of shape (sample, class)
        Probabilities, rows summing to 1.
    coverage : float
        In (0, 1).

    Returns
    -------
    bool array of shape (sample, class)
        Whether the class is in the set. Nothing guarantees the coverage.
    """
    return Standing.of(probabilities).above < coverage


def conformal_quantile(
    scores: FloatArray, coverage: float, *, weights: FloatArray | None = None, unit: float = 1.0
) -> float:
    r"""The score that a new true class stays within with at least this probability.

    .. math:: \hat q = \min \Big\{ q : \sum_{i : s_i \le q} w_i \ge (1 - \alpha) \Big(\sum_i w_i + w_0\Big) \Big\}

    and infinity where there is none. With equal weights this is the :math:`\lceil (n + 1)(1 - \alpha) \rceil`-th
    smallest score, the threshold of split conformal prediction. With weights :math:`w_i = 1 / n_{g(i)}` by the size of
    the sample's group, the new sample may come from a group that has none here, provided groups are exchangeable: the
    hierarchical conformal prediction of Y. Lee, R. F. Barber and R. Willett, "Distribution-free inference with
    hierarchical data", 2023, arXiv:2306.06342; the pooling of the distributions of groups goes back to R. Dunn, L.
    Wasserman and A. Ramdas, "Distribution-Free Prediction Sets for Two-Layer Hierarchical Models", 2018,
    arXiv:1809.07441. Here groups are classes, and the new one is a class without calibration samples.

    Parameters
    ----------
    scores : array of shape (n,)
        Scores of the true classes of calibration samples.
    coverage : float
        :math:`1 - \alpha`, in (0, 1).
    weights : array of shape (n,) or None, default=None
        How much each sample counts, above 0. None counts each as 1.
    unit : float, default=1.0
        :math:`w_0`, how much the new sample, or its group, counts.

    Returns
    -------
    float
        The threshold. Infinite with too few samples or groups: nine are the least for 90 %.
    """
    if weights is None:
        weights = np.ones(len(scores))
    order = np.argsort(scores, kind="stable")
    mass = np.cumsum(weights[order])
    total = (float(mass[-1]) if len(mass) else 0.0) + unit
    wanted = coverage * total
    place = int(np.searchsorted(mass, wanted - 1e-9 * total))
    return float(scores[order[place]]) if place < len(order) else float("inf")


def group_weights(groups: NDArray[np.intp]) -> FloatArray:
    """Weights by which each group counts as one, however many samples it has.

    Parameters
    ----------
    groups : int array of shape (n,)
        The group number of each sample.

    Returns
    -------
    array of shape (n,)
        One over the size of the sample's group.
    """
    weights: FloatArray = 1.0 / np.bincount(groups)[groups]
    return weights
