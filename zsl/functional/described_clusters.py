"""Soft k-means over unlabelled samples, with the described classes as prior."""

from typing import Literal

import torch
from torch import Tensor

from zsl._typing import Bool, Float
from zsl.functional.distances import unit

Prior = Literal["uniform", "estimated"]
_PSEUDOCOUNT = 10.0
"""Samples per class that a uniform prior counts as, where the shares of the classes are estimated."""


def refined_classes(
    unlabeled: Float[Tensor, "sample feature"],
    represented: Float[Tensor, "class feature"],
    free: Bool[Tensor, "class"],
    bias: Float[Tensor, "class"],
    *,
    prior_strength: Float[Tensor, "class"],
    scale: float,
    n_steps: int,
    log_prior: Float[Tensor, "class"] | None = None,
    estimate_prior: bool = False,
    stranger_score: float | None = None,
) -> Float[Tensor, "class feature"]:
    r"""Move represented classes towards the unlabelled samples that are likely theirs.

    Each step shares the samples out by their cosine to the classes and takes posterior means,

    .. math::

        p(c | x) \propto \pi_c \exp(\tau (\cos(x, r_c) + b_c)), \qquad
        r_c \leftarrow \frac{\kappa\, r^0_c + \sum_x p(c | x)\, x}{\kappa + \sum_x p(c | x)} .

    Soft k-means as M. Ren et al., "Meta-Learning for Semi-Supervised Few-Shot Classification", 2018, arXiv:1803.00676,
    refine prototypes; here the start stays in the mean as a prior of the weight of :math:`\kappa` samples, and classes
    that aren't `free` stay where they are.

    Parameters
    ----------
    unlabeled : Tensor of shape (sample, feature)
        Samples of length 1.
    represented : Tensor of shape (class, feature)
        :math:`r^0`.
    free : bool Tensor of shape (class,)
        Classes that move.
    bias : Tensor of shape (class,)
        :math:`b`, what calibrated stacking adds.
    prior_strength : Tensor of shape (class,)
        :math:`\kappa`, in units of samples, above 0.
    scale : float
        :math:`\tau`, above 0.
    n_steps : int
        Number of steps.
    log_prior : Tensor of shape (class,) or None, default=None
        :math:`\log \pi`. None takes all classes for equally frequent.
    estimate_prior : bool, default=False
        Whether :math:`\pi` is estimated anew in each step, from where it starts.
    stranger_score : float or None, default=None
        Score of one more class, for samples of none of the classes. None has no such class.

    Returns
    -------
    Tensor of shape (class, feature)
        The refined :math:`r`.
    """
    log_prior = torch.zeros_like(bias) if log_prior is None else log_prior
    start_prior = torch.softmax(log_prior, dim=0)
    found = represented
    for _ in range(n_steps):
        logits = scale * (unlabeled @ unit(found).T + bias) + log_prior
        if stranger_score is not None:
            logits = torch.cat([logits, torch.full_like(logits[:, :1], scale * stranger_score)], dim=1)
        shares = torch.softmax(logits, dim=1)[:, : len(found)]
        counts = shares.sum(dim=0)
        total = (prior_strength + counts).clamp_min(1e-12)[:, None]
        moved = (prior_strength[:, None] * represented + shares.T @ unlabeled) / total
        found = torch.where(free[:, None], moved, represented)
        if estimate_prior:
            pseudo = _PSEUDOCOUNT * len(found) * start_prior
            log_prior = torch.log((counts + pseudo) / (counts.sum() + pseudo.sum()))
    return found
