"""Hubs: classes that are among the best matches of far more queries than other classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._docs import documented_like
from zsl.evaluation._arrays import as_count, as_matrix


def k_occurrence(scores: ArrayLike, k: int = 1) -> NDArray[np.intp]:
    r"""Count for each class in how many queries it is one of the k best.

    .. math:: N_k(c) = |\{i : c \text{ is among the } k \text{ classes of highest score of query } i\}|

    Parameters
    ----------
    scores : array of shape (n_queries, C)
        Scores of the queries against the classes, higher for a better match.
    k : int, default=1
        How many classes of a query count, from 1 to C. With 1 the counts are those of the predictions.

    Returns
    -------
    array of int of shape (C,)
        Counts in [0, n_queries], which sum to ``k * n_queries``. Of classes with the same score the one in the lower
        column comes first.

    Raises
    ------
    InvalidInputError
        If `scores` isn't a finite matrix, or `k` isn't an integer from 1 to C.
    """
    table = as_matrix("scores", scores)
    count, n_classes = as_count("k", k, most=table.shape[1]), table.shape[1]
    best = table.argmax(axis=1) if count == 1 else np.argsort(-table, axis=1, kind="stable")[:, :count]
    return np.bincount(best.ravel(), minlength=n_classes)


@documented_like(k_occurrence)
def hubness(scores: ArrayLike, k: int = 1) -> float:
    r"""Skewness of the k-occurrence over classes.

    .. math:: S = \frac{\mathrm{E}[(N_k - \mu)^3]}{\sigma^3}

    with mean :math:`\mu` and standard deviation :math:`\sigma` of the counts :math:`N_k` over the classes. Above 0 a
    few classes, the hubs, draw more queries than the others. M. Radovanović, A. Nanopoulos and M. Ivanović, "Hubs in
    Space: Popular Nearest Neighbors in High-Dimensional Data", Journal of Machine Learning Research 11, 2010. Where the
    queries belong to a few of the classes only, a classifier without any mistake has skewed counts, too.

    Returns
    -------
    float
        The skewness; 0 if all counts are equal.

    Raises
    ------
    InvalidInputError
        If `scores` isn't a finite matrix, or `k` isn't an integer from 1 to C.
    """
    return skewness(k_occurrence(scores, k))


def skewness(counts: NDArray[np.intp]) -> float:
    """Third standardised moment, 0 for equal counts."""
    if (counts == counts[0]).all():
        return 0.0
    centred = counts - counts.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)
