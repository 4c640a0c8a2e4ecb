r"""Steps of soft k-means that refine prototypes by unlabelled samples.

All from M. Ren, E. Triantafillou, S. Ravi, J. Snell, K. Swersky, J. B. Tenenbaum, H. Larochelle and R. S. Zemel,
"Meta-Learning for Semi-Supervised Few-Shot Classification", 2018, arXiv:1803.00676. Here :math:`d_{jc}` is the squared
distance of unlabelled sample j to the prototype of class c.
"""

import torch
from torch import Tensor

from zsl._typing import Float


def soft_assignments(distances: Float[Tensor, "episode unlabeled way"]) -> Float[Tensor, "episode unlabeled way"]:
    r"""Share each unlabelled sample among the classes.

    Parameters
    ----------
    distances : Tensor of shape (episode, unlabeled, way)
        :math:`d_{jc}`.

    Returns
    -------
    Tensor of shape (episode, unlabeled, way)
        :math:`z_{jc} = \mathrm{softmax}_c(-d_{jc})`.
    """
    return torch.softmax(-distances, dim=-1)


def distractor_assignments(
    distances: Float[Tensor, "episode unlabeled way"],
    lengths: Float[Tensor, "episode unlabeled"],
    log_radius: Float[Tensor, ""],
) -> Float[Tensor, "episode unlabeled way"]:
    r"""Share each unlabelled sample among the classes and a cluster at the origin for samples of no class.

    .. math:: z_{jc} \propto \exp(-d_{jc} / r_c^2 - A(r_c)), \qquad A(r) = \frac{1}{2} \log 2 \pi + \log r

    The classes have the length scale r = 1 and the distractor cluster its own; :math:`\frac{1}{2} \log 2 \pi` cancels.

    Parameters
    ----------
    distances, lengths : Tensors of shape (episode, unlabeled, way) and (episode, unlabeled)
        :math:`d_{jc}`, and the squared distances of the samples to the origin.
    log_radius : Tensor of shape ()
        :math:`\log r` of the distractor cluster.

    Returns
    -------
    Tensor of shape (episode, unlabeled, way)
        :math:`z_{jc}` of the classes. What a row lacks to 1 is the distractor cluster's.
    """
    distractor = -lengths * torch.exp(-2 * log_radius) - log_radius
    return torch.softmax(torch.cat([-distances, distractor[..., None]], dim=-1), dim=-1)[..., :-1]


def relative_distances(distances: Float[Tensor, "episode unlabeled way"]) -> Float[Tensor, "episode unlabeled way"]:
    r"""Divide distances by their mean over the unlabelled samples.

    Parameters
    ----------
    distances : Tensor of shape (episode, unlabeled, way)
        :math:`d_{jc}`, at least one sample.

    Returns
    -------
    Tensor of shape (episode, unlabeled, way)
        :math:`\tilde d_{jc} = d_{jc} / \frac{1}{M} \sum_j d_{jc}`; zeros if all samples lie on the prototype.
    """
    distances = distances.clamp_min(0)  # a product of matrices may leave a tiny negative number
    mean = distances.mean(1, keepdim=True)
    return distances / torch.where(mean > 0, mean, 1)


def distance_statistics(relative: Float[Tensor, "episode unlabeled way"]) -> Float[Tensor, "episode way statistic"]:
    r"""Describe how the relative distances to each prototype are spread.

    Parameters
    ----------
    relative : Tensor of shape (episode, unlabeled, way)
        :math:`\tilde d_{jc}`.

    Returns
    -------
    Tensor of shape (episode, way, 5)
        Minimum, maximum, variance, skewness and excess kurtosis over the unlabelled samples. Without spread, as with
        one sample, the last three are 0.
    """
    centred = relative - relative.mean(1, keepdim=True)
    variance = centred.square().mean(1)
    spread = variance > torch.finfo(relative.dtype).eps  # relative distances are of order 1: below, it is rounding
    standard = centred / torch.where(spread, variance, 1).sqrt()[:, None]
    higher = [standard.pow(3).mean(1), standard.pow(4).mean(1) - 3]
    moments = [torch.where(spread, moment, 0) for moment in (variance, *higher)]
    return torch.stack([relative.amin(1), relative.amax(1), *moments], dim=-1)


def masks(
    relative: Float[Tensor, "episode unlabeled way"],
    threshold: Float[Tensor, "episode way"],
    slope: Float[Tensor, "episode way"],
) -> Float[Tensor, "episode unlabeled way"]:
    r"""Compute how far each unlabelled sample may take part in each class.

    Parameters
    ----------
    relative, threshold, slope : Tensors of shape (episode, unlabeled, way) and twice (episode, way)
        :math:`\tilde d_{jc}`, :math:`\beta_c` and :math:`\gamma_c`.

    Returns
    -------
    Tensor of shape (episode, unlabeled, way)
        :math:`m_{jc} = \mathrm{sigmoid}(-\gamma_c (\tilde d_{jc} - \beta_c))`.
    """
    return torch.sigmoid(-slope[:, None] * (relative - threshold[:, None]))


def refined_prototypes(
    initial: Float[Tensor, "episode way feature"],
    counts: Float[Tensor, "episode way"],
    unlabeled: Float[Tensor, "episode unlabeled feature"],
    weights: Float[Tensor, "episode unlabeled way"],
) -> Float[Tensor, "episode way feature"]:
    r"""Pool the support and the weighted unlabelled samples of each class.

    .. math:: \tilde p_c = \frac{K_c p_c + \sum_j w_{jc} x_j}{K_c + \sum_j w_{jc}}

    Parameters
    ----------
    initial, counts : Tensors of shape (episode, way, feature) and (episode, way)
        Means of the support, :math:`p_c`, and numbers of its samples, :math:`K_c`, above 0.
    unlabeled, weights : Tensors of shape (episode, unlabeled, feature) and (episode, unlabeled, way)
        Embedded unlabelled samples, :math:`x_j`, and their assignments, masked or not, :math:`w_{jc}`.

    Returns
    -------
    Tensor of shape (episode, way, feature)
        :math:`\tilde p_c`.
    """
    sums = counts[..., None] * initial + weights.mT @ unlabeled
    return sums / (counts + weights.sum(1))[..., None]
