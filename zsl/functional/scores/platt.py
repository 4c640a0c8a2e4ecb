"""Probabilities from scores by a logistic curve."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from zsl._typing import FloatArray

_STEPS = 50


def softened(present: NDArray[np.bool_]) -> FloatArray:
    r"""Soften yes and no to :math:`(n_+ + 1) / (n_+ + 2)` and :math:`1 / (n_- + 2)`, of as many samples as there are.

    The targets of J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999, which keep a fitted curve finite
    where samples are few or told apart without a mistake.

    Parameters
    ----------
    present : bool array of shape (n,)
        Whether a label is there.

    Returns
    -------
    array of shape (n,)
        Targets, within (0, 1).
    """
    yes = int(present.sum())
    return np.where(present, (yes + 1) / (yes + 2), 1 / (len(present) - yes + 2))


def logistic_curve(features: FloatArray, targets: FloatArray, ridge: float = 1e-6) -> FloatArray:
    r"""Fit log-odds that are linear in a few features, by Newton's method with halved steps.

    .. math:: \min_\theta -\frac1n \sum_i [t_i \log \sigma(f_i^T \theta) + (1 - t_i) \log \sigma(-f_i^T \theta)]
        + \tfrac{\epsilon}{2} \|\theta\|^2

    Parameters
    ----------
    features : array of shape (n, k)
        Features of each sample, one of them usually 1; finite.
    targets : array of shape (n,)
        Probabilities :math:`t_i` wanted, in [0, 1].
    ridge : float, default=1e-6
        :math:`\epsilon`, above 0, which keeps coefficients of features that don't vary.

    Returns
    -------
    array of shape (k,)
        :math:`\theta`.
    """
    n, k = features.shape
    theta = np.zeros(k)

    def cost(at: FloatArray) -> float:
        odds = features @ at
        return float((np.logaddexp(0, odds) - targets * odds).mean() + ridge / 2 * at @ at)

    value = cost(theta)
    for _ in range(_STEPS):
        told = expit(features @ theta)
        slope = features.T @ (told - targets) / n + ridge * theta
        bend = (features.T * (told * (1 - told))) @ features / n + ridge * np.eye(k)
        step, factor = np.linalg.solve(bend, slope), 1.0
        while (new := cost(theta - factor * step)) > value and factor > 1e-4:
            factor /= 2
        if new > value:
            break
        theta, gain, value = theta - factor * step, value - new, new
        if gain < 1e-12:
            break
    return theta
