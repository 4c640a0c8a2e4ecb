"""How well a ranking finds what is relevant, and where to cut it; samples of equal scores count as in random order."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from zsl._typing import FloatArray


def average_precision(scores: FloatArray, relevant: NDArray[np.bool_]) -> float:
    r"""Compute the average precision of a ranking by falling score.

    .. math:: \mathrm{AP} = \sum_n (R_n - R_{n-1}) P_n

    over the different scores, with precision and recall of all samples that score at least as high.

    Parameters
    ----------
    scores, relevant : array and bool array of shape (sample,)
        Scores, and which samples belong to the query, one or more.

    Returns
    -------
    float
        The average precision, in (0, 1].
    """
    return float(average_precision_score(relevant, scores))


def found_at_k(scores: FloatArray, relevant: NDArray[np.bool_], k: int) -> float:
    """Count the relevant ones among the k samples of highest score; expected, where samples at the cut score the same.

    Parameters
    ----------
    scores, relevant : array and bool array of shape (sample,)
        Scores, and which samples belong to the query.
    k : int
        How many are looked at, 1 or more.

    Returns
    -------
    float
        Their number, from 0 to k.
    """
    if k >= len(scores):
        return float(relevant.sum())
    last = np.partition(scores, len(scores) - k)[len(scores) - k]
    above, equal = scores > last, scores == last
    return float(relevant[above].sum() + (k - above.sum()) * relevant[equal].mean())


def best_f1_threshold(values: FloatArray, present: NDArray[np.bool_]) -> float:
    r"""Choose the threshold of best F1, the harmonic mean of precision and recall.

    .. math:: F_1(\theta) = \frac{2\, |\{i: v_i \ge \theta, p_i\}|}{|\{i: v_i \ge \theta\}| + |\{i: p_i\}|}

    Each label has a threshold of its own, which optimises the mean of F1 over labels: Z. C. Lipton, C. Elkan and B.
    Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure", 2014, arXiv:1402.1892.

    Parameters
    ----------
    values, present : array and bool array of shape (n,)
        :math:`v_i`, higher where it is more likely there, and :math:`p_i`, whether it is there.

    Returns
    -------
    float
        :math:`\theta`, half-way between two of the values, and the highest of equally good ones. Minus infinity if it
        is best to call all of them present, infinity if none is.
    """
    if not present.any():
        return float("inf")
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    f1 = 2 * np.cumsum(present[order]) / (np.arange(1, len(values) + 1) + present.sum())
    cuts = np.append(ranked[1:] < ranked[:-1], True)  # equal values cannot be separated
    last = int(np.where(cuts, f1, -1.0).argmax())
    if last == len(values) - 1:
        return float("-inf")
    above, below = ranked[last], ranked[last + 1]
    middle = (above + below) / 2
    return float(middle if middle > below else above)
