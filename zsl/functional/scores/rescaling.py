"""Rescaling of scores against hubs, classes that are near to far too many samples."""

import numpy as np
from scipy.stats import norm

from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError


def csls(scores: FloatArray, k: int | None = None) -> FloatArray:
    r"""Cross-domain similarity local scaling: subtract what a sample and a class score on average with their nearest.

    .. math:: 2 s_{ic} - r_i - r_c

    with :math:`r_i` the mean of the k best scores of sample i, and :math:`r_c` the mean of the k best scores of class
    c. A. Conneau, G. Lample, M. Ranzato, L. Denoyer and H. Jégou, "Word Translation Without Parallel Data", 2018,
    arXiv:1710.04087. The samples at hand serve as the reference, so the result for a sample depends on the others.

    Parameters
    ----------
    scores : array of shape (n, C)
        Scores of samples against classes.
    k : int or None, default=None
        Number of nearest ones, 1 or more; with fewer samples or classes, all of them. None takes as many as a class has
        samples on average, n / C rounded up: a class with k samples of its own is then no hub for being near to them.

    Returns
    -------
    array of shape (n, C)
        Rescaled scores.

    Raises
    ------
    InvalidInputError
        If `k` is below 1.

    See Also
    --------
    mutual_proximity : Probabilities in place of local means.
    """
    n, count = scores.shape
    if k is None:
        k = -(-n // count)
    if k < 1:
        raise InvalidInputError(f"k={k}; wanted 1 or more.")
    of_sample = np.sort(scores, axis=1)[:, max(count - k, 0) :].mean(axis=1, keepdims=True)
    of_class = np.sort(scores, axis=0)[max(n - k, 0) :].mean(axis=0, keepdims=True)
    rescaled: FloatArray = 2 * scores - of_sample - of_class
    return rescaled


def mutual_proximity(scores: FloatArray) -> FloatArray:
    r"""Logarithm of the probability that sample and class are nearer to each other than to another of their kind.

    .. math:: \log \Phi\Big(\frac{s_{ic} - \mu_i}{\sigma_i}\Big) + \log \Phi\Big(\frac{s_{ic} - \mu_c}{\sigma_c}\Big)

    with mean and standard deviation of the scores of sample i over all classes, and of class c over all samples: the
    form for independent normal distributions of D. Schnitzer, A. Flexer, M. Schedl and G. Widmer, "Local and Global
    Scaling Reduce Hubs in Space", Journal of Machine Learning Research 13, 2012. The samples at hand serve as the
    reference, so the result for a sample depends on the others.

    Parameters
    ----------
    scores : array of shape (n, C)
        Scores of samples against classes.

    Returns
    -------
    array of shape (n, C)
        Rescaled scores, 0 at most.

    See Also
    --------
    csls : Local means in place of probabilities.
    """
    total: FloatArray = np.zeros_like(scores)
    for axis in (0, 1):
        centred = scores - scores.mean(axis=axis, keepdims=True)
        deviation = scores.std(axis=axis, keepdims=True)
        varies = deviation > 1e-12 * np.abs(scores).max(axis=axis, keepdims=True)
        total += norm.logcdf(np.where(varies, centred, 0.0) / np.where(varies, deviation, 1.0))
    return total
