"""Cross-entropy of scores and its gradient, for solvers in numpy."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from zsl._typing import FloatArray


def cross_entropy(scores: FloatArray, codes: NDArray[np.intp]) -> tuple[float, FloatArray]:
    r"""Mean cross-entropy of the softmax of scores, and its gradient.

    .. math:: L = -\frac1n \sum_i \log p_{i y_i}, \qquad \partial L / \partial g_{ic} = (p_{ic} - [y_i = c]) / n, \qquad
        p_{ic} = e^{g_{ic}} / \textstyle\sum_{c'} e^{g_{ic'}}

    Parameters
    ----------
    scores : array of shape (n, C)
        :math:`g`.
    codes : array of shape (n,)
        Class numbers :math:`y` from 0 to C - 1.

    Returns
    -------
    loss : float
        :math:`L`, 0 or more.
    gradient : array of shape (n, C)
        With respect to the scores.
    """
    logarithms = log_softmax(scores, axis=1)
    rows = np.arange(len(codes))
    gradient = np.exp(logarithms)
    loss = -float(logarithms[rows, codes].mean())
    gradient[rows, codes] -= 1.0
    gradient /= len(codes)
    return loss, gradient
