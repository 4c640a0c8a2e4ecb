"""Soft k-means over unlabelled samples, with what is known of the classes as prior."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from zsl._typing import FloatArray
from zsl.functional.linear.origins import unit_rows

_PSEUDOCOUNT = 10.0
"""Samples per class that the given prior counts as, where the shares of the classes are estimated."""


def refined_classes(
    unlabeled: FloatArray,
    represented: FloatArray,
    free: NDArray[np.bool_],
    bias: FloatArray,
    *,
    prior_strength: FloatArray,
    scale: float,
    n_steps: int,
    log_prior: FloatArray | None = None,
    estimate_prior: bool = False,
    stranger_score: float | None = None,
) -> FloatArray:
    r"""Move represented classes towards the unlabelled samples that are likely theirs.

    Each step shares the samples out by their cosine to the classes and takes posterior means,

    .. math::

        p(c | x) \propto \pi_c \exp(\tau (\cos(x, r_c) + b_c)), \qquad
        r_c \leftarrow \frac{\kappa_c\, r^0_c + \sum_x p(c | x)\, x}{\kappa_c + \sum_x p(c | x)} .

    Soft k-means as M. Ren et al., "Meta-Learning for Semi-Supervised Few-Shot Classification", 2018, arXiv:1803.00676,
    refine prototypes; here the start stays in the mean as a prior of the weight of :math:`\kappa` samples, and classes
    that aren't `free` stay where they are.

    Parameters
    ----------
    unlabeled, represented : arrays of shape (m, d) and (C, d)
        Samples :math:`x` of length 1, and :math:`r^0`.
    free : bool array of shape (C,)
        Classes that move.
    bias, prior_strength : arrays of shape (C,)
        :math:`b`, what calibrated stacking adds, and :math:`\kappa`, in units of samples, above 0.
    scale : float
        :math:`\tau`, above 0.
    n_steps : int
        Number of steps.
    log_prior : array of shape (C,) or None, default=None
        :math:`\log \pi`. None takes all classes for equally frequent.
    estimate_prior : bool, default=False
        Whether :math:`\pi` is estimated anew in each step, from where it starts.
    stranger_score : float or None, default=None
        Score of one more class, for samples of none of the classes. None has no such class.

    Returns
    -------
    array of shape (C, d)
        The refined :math:`r`, in the precision of `unlabeled`.
    """
    kind = unlabeled.dtype
    start, found = represented.astype(kind), represented.astype(kind)
    log_prior = np.zeros(len(start)) if log_prior is None else log_softmax(log_prior)
    pseudo = _PSEUDOCOUNT * len(start) * softmax(log_prior)
    cosines = unlabeled @ unit_rows(start).T
    for step in range(n_steps):
        if step:  # those of the classes that stay are known
            cosines[:, free] = unlabeled @ unit_rows(found[free]).T
        logits = scale * (cosines + bias.astype(kind)) + log_prior.astype(kind)
        if stranger_score is not None:
            logits = np.hstack([logits, np.full((len(logits), 1), scale * stranger_score, dtype=kind)])
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares = shares[:, : len(start)][:, free]
        counts = shares.sum(axis=0)
        weight = prior_strength[free].astype(kind)[:, None]
        found[free] = (weight * start[free] + shares.T @ unlabeled) / np.maximum(weight + counts[:, None], 1e-12)
        if estimate_prior:
            estimated = pseudo.copy()
            estimated[free] += counts
            log_prior = np.log(estimated / estimated.sum())
    return found
