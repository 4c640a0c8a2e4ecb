"""Class priors at prediction: known frequencies, frequencies estimated from the samples at hand, and transport."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray

_MOST_STEPS, _TOLERANCE = 1000, 1e-7
_LEAST = -600.0
"""Logarithms below this are raised to it: exponentials stay above 0 in double precision."""


def prior_lift(weights: FloatArray) -> FloatArray:
    r"""What a prior adds to logarithms of probabilities that assume even classes, up to a constant.

    .. math:: p'(c | x) \propto p(c | x) \, \pi_c, \qquad \log \pi_c - \max_{c'} \log \pi_{c'}

    Parameters
    ----------
    weights : array of shape (C,)
        Weights of the classes, above 0; they need not sum to 1.

    Returns
    -------
    array of shape (C,)
        Numbers of 0 or less, and 0 for a class of the largest weight.
    """
    lift: FloatArray = np.log(weights / weights.max())
    return lift


def estimate_prior(
    probabilities: FloatArray,
    base: FloatArray | None = None,
    *,
    sides: NDArray[np.bool_] | None = None,
    prior_samples: float | None = None,
) -> FloatArray:
    r"""Estimate how frequent classes are among samples without labels, by expectation maximisation.

    .. math::
        r_{ic} = \frac{p(c | x_i) \, \pi_c / b_c}{\sum_{c'} p(c' | x_i) \, \pi_{c'} / b_{c'}}, \qquad
        \pi_c = \frac{\sum_i r_{ic} + m C b_c}{n + m C}

    with b the prior that the probabilities assume, and m samples of each class, on average, counted beside the n at
    hand. With m = 0 it is maximum likelihood: M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the Outputs of a
    Classifier to New a Priori Probabilities: A Simple Procedure", Neural Computation 14, 2002, DOI
    10.1162/089976602753284446. With m above 0 it is the mode under a Dirichlet distribution of the parameters
    :math:`1 + m C b_c`: C. Ye, R. Tsuchida, L. Petersson and N. Barnes, "Label Shift Estimation for Class-Imbalance
    Problem: A Bayesian Approach", 2024, who choose these otherwise. There is one mode, as the logarithm of the
    posterior is concave.

    The estimate is as good as the probabilities are calibrated: A. Alexandari, A. Kundaje and A. Shrikumar, "Maximum
    Likelihood with Bias-Corrected Calibration is Hard-To-Beat at Label Shift Adaptation", 2020, arXiv:1901.06852.

    Parameters
    ----------
    probabilities : array of shape (n, C)
        Probabilities of the classes for each sample, rows summing to 1.
    base : array of shape (C,) or None, default=None
        The prior that these assume, above 0 and summing to 1. None for even classes.
    sides : bool array of shape (C,) or None, default=None
        On which of two sides each class is. Each side keeps its share of b, and only the shares within a side are
        estimated: :math:`\pi_c` is scaled to that after each step.
    prior_samples : float or None, default=None
        m, 0 or more. With 0, classes may be estimated never to occur. None stands for n / C, half of the weight, and
        for 1 if that is more.

    Returns
    -------
    array of shape (C,)
        The estimated prior, summing to 1.

    See Also
    --------
    transport_lift : The opposite way: the prior is known, and what the probabilities assume is fitted.
    """
    n, count = probabilities.shape
    even = np.full(count, 1 / count) if base is None else base
    added = max(n, count) if prior_samples is None else prior_samples * count

    def step(prior: FloatArray) -> FloatArray:
        ratio = prior / even
        shared = ratio * (probabilities.T @ (1 / (probabilities @ ratio)))
        found: FloatArray = (shared + added * even) / (n + added)
        return _with_shares(found, even, sides)

    return _settled(step, even)


def transport_lift(
    logarithms: FloatArray,
    weights: FloatArray,
    *,
    sides: NDArray[np.bool_] | None = None,
    prior_samples: float | None = None,
) -> FloatArray:
    r"""Lift classes so that the mean probability of each, over all samples, becomes its prior.

    .. math:: r_{ic} \propto p(c | x_i) \, \pi_c v_c, \qquad
        v_c = \Big(\frac{1}{n} \sum_i \frac{p(c | x_i)}{z_i}\Big)^{-n / (n + m C)}, \quad
        z_i = \sum_{c'} p(c' | x_i) \, \pi_{c'} v_{c'}

    With m = 0, r / n is the entropic transport plan of the largest score from the samples, each of mass 1 / n, to the
    classes, of masses :math:`\pi`: M. Cuturi, "Sinkhorn Distances: Lightspeed Computation of Optimal Transport", 2013,
    arXiv:1306.0895, regularised by 1 for logarithms, which is the temperature for scores. With m above 0, masses of
    classes may be missed at a price that grows with the number of samples: L. Chizat, G. Peyré, B. Schmitzer and F.-X.
    Vialard, "Scaling Algorithms for Unbalanced Optimal Transport Problems", 2018, arXiv:1607.05816. For many samples
    per class v is then that of transport, and for few it is near 1, which leaves the probabilities under the prior. A
    single sample would else be given to the most frequent class, whatever it is.

    Parameters
    ----------
    logarithms : array of shape (n, C)
        Logarithms of the probabilities of the classes for each sample.
    weights : array of shape (C,)
        Weights of the classes, above 0; they need not sum to 1.
    sides : bool array of shape (C,) or None, default=None
        On which of two sides each class is. Each side keeps the mean probability that it has under the prior, before
        any transport: the masses of its classes are :math:`\pi` scaled to that.
    prior_samples : float or None, default=None
        m, 0 or more. None stands for n / 4C, a power of 4/5, and for 1 if that is more.

    Returns
    -------
    array of shape (C,)
        :math:`\log \pi_c v_c` up to a constant, to add to each row of the logarithms.

    See Also
    --------
    estimate_prior : The opposite way: what the probabilities assume is known, and the prior is fitted.
    """
    n, count = logarithms.shape
    wanted = weights / weights.sum()
    added = max(n / 4, count) if prior_samples is None else prior_samples * count
    power = n / (n + added)
    kernel = np.exp(np.maximum(logarithms - logarithms.max(axis=1, keepdims=True), _LEAST))

    def means(scales: FloatArray) -> FloatArray:
        """Mean probabilities in units of the prior, where classes are scaled so."""
        found: FloatArray = kernel.T @ (1 / (kernel @ (wanted * scales))) / n
        return found

    ones = np.ones(count)
    masses = _with_shares(wanted, wanted * means(ones), sides) / wanted

    def step(scales: FloatArray) -> FloatArray:
        found: FloatArray = (masses / means(scales)) ** power
        return found

    lift = np.log(wanted) + np.log(_settled(step, ones))
    highest: FloatArray = lift - lift.max()
    return highest


def _with_shares(prior: FloatArray, like: FloatArray, sides: NDArray[np.bool_] | None) -> FloatArray:
    """A prior whose sides have the shares that they have in another one."""
    if sides is None:
        return prior
    shares = [np.where(side, like[side].sum() / max(prior[side].sum(), 1e-300), 0.0) for side in (sides, ~sides)]
    found: FloatArray = prior * (shares[0] + shares[1])
    return found


def _settled(step: Callable[[FloatArray], FloatArray], start: FloatArray) -> FloatArray:
    """Where steps lead, once one changes no number by more than a tiny part of it, or after very many."""
    found = start
    for _ in range(_MOST_STEPS):
        before, found = found, step(found)
        if (np.abs(found - before) <= _TOLERANCE * found).all():
            break
    return found
