"""Class representations from support samples and from mapped semantics."""

import torch
from torch import Tensor

from zsl._typing import Float, Int


def class_sums(
    features: Float[Tensor, "sample feature"], labels: Int[Tensor, "sample"], n_class: int
) -> tuple[Float[Tensor, "class feature"], Float[Tensor, "class"]]:
    """Sum the features of each class and count them.

    Parameters
    ----------
    features, labels : Tensors of shape (sample, feature) and (sample,)
        Embedded support samples, and their class numbers from 0 to ``n_class - 1``.
    n_class : int
        Number of classes.

    Returns
    -------
    sums, counts : Tensors of shape (class, feature) and (class,)
        Sums over the samples of each class, and their numbers; zeros for a class without samples.
    """
    sums = features.new_zeros(n_class, features.shape[1]).index_add_(0, labels, features)
    counts = features.new_zeros(n_class).index_add_(0, labels, torch.ones_like(features[:, 0]))
    return sums, counts


def posterior_mean(
    prior: Float[Tensor, "class feature"],
    prior_strength: Float[Tensor, "class"],
    sums: Float[Tensor, "class feature"],
    counts: Float[Tensor, "class"],
) -> Float[Tensor, "class feature"]:
    r"""Pool the mapped semantics and the support samples of each class.

    If a class mean has the prior :math:`N(m, \sigma^2 / \kappa)` and samples the distribution :math:`N(\mu, \sigma^2)`
    around it, its posterior mean after K samples is

    .. math:: r = \frac{\kappa m + \sum_i f(x_i)}{\kappa + K}.

    K = 0 gives the mapped semantics, a large K the prototype (J. Snell, K. Swersky and R. S. Zemel, "Prototypical
    Networks for Few-shot Learning", 2017, arXiv:1703.05175).

    Parameters
    ----------
    prior, prior_strength : Tensors of shape (class, feature) and (class,)
        Mapped semantics :math:`m`, and :math:`\kappa`, 0 or more, in units of samples: 0 for a class without semantics.
    sums, counts : Tensors of shape (class, feature) and (class,)
        Sums of the embedded support samples, and their numbers K.

    Returns
    -------
    Tensor of shape (class, feature)
        :math:`r`. A class with neither semantics nor support gets zeros.
    """
    total = (prior_strength + counts).clamp_min(torch.finfo(prior.dtype).tiny)
    return (prior_strength[:, None] * prior + sums) / total[:, None]


def prototypes(
    support: Float[Tensor, "episode support feature"], label: Int[Tensor, "episode support"], n_way: int
) -> Float[Tensor, "episode way feature"]:
    r"""Mean of the support of each class, for many episodes at once.

    Parameters
    ----------
    support, label : Tensors of shape (episode, support, feature) and (episode, support)
        Embedded support samples, and their class numbers from 0 to ``n_way - 1``, each at least once per episode.
    n_way : int
        Number of classes.

    Returns
    -------
    Tensor of shape (episode, way, feature)
        :math:`\frac{1}{K_c} \sum_{i: y_i = c} x_i`.
    """
    n_episode, _, width = support.shape
    offset = n_way * torch.arange(n_episode, device=label.device)[:, None]
    sums, counts = class_sums(support.flatten(0, 1), (label + offset).flatten(), n_episode * n_way)
    return (sums / counts[:, None]).view(n_episode, n_way, width)
