"""How well a ranking finds what belongs to a query; samples of equal scores count as in random order."""

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
    scores : array of shape (sample,)
        Scores.
    relevant : bool array of shape (sample,)
        Which samples belong to the query, one or more.

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
    scores : array of shape (sample,)
        Scores.
    relevant : bool array of shape (sample,)
        Which samples belong to the query.
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
