"""Losses of generative models: the gradient penalty of a critic, the evidence bound, distances of Gaussians."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from zsl._typing import Float


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Float[Tensor, "sample feature"],
    generated: Float[Tensor, "sample feature"],
    mix: Float[Tensor, "sample"],
) -> Float[Tensor, ""]:
    r"""Penalty on gradients of a critic whose length isn't 1, between real and generated samples.

    I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin and A. Courville, "Improved Training of Wasserstein GANs", 2017,
    arXiv:1704.00028:

    .. math:: \frac1N \sum_i (\|\nabla_{\hat x} D(\hat x_i)\|_2 - 1)^2, \qquad
        \hat x_i = \alpha_i x_i + (1 - \alpha_i) \tilde x_i.

    Parameters
    ----------
    critic : callable
        Scores samples of shape (sample, feature), each on its own, by numbers of shape (sample,).
    real, generated, mix : Tensors of shape (sample, feature), (sample, feature) and (sample,)
        :math:`x`, :math:`\tilde x`, and :math:`\alpha` in [0, 1].

    Returns
    -------
    scalar Tensor
        The penalty, 0 or more, with a graph, so that it can be trained down.
    """
    with torch.enable_grad():
        between = (mix[:, None] * real + (1 - mix[:, None]) * generated).detach().requires_grad_(True)
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty: Tensor = (slope.norm(dim=1) - 1).square().mean()
    return penalty


def kl_to_unit_gaussian(
    mean: Float[Tensor, "sample latent"], log_variance: Float[Tensor, "sample latent"]
) -> Float[Tensor, "sample"]:
    r"""Kullback-Leibler divergence of diagonal Gaussians to the unit Gaussian.

    .. math:: \frac12 \sum_k (\mu_k^2 + \sigma_k^2 - 1 - \log \sigma_k^2)

    Parameters
    ----------
    mean, log_variance : Tensor of shape (sample, latent)
        :math:`\mu` and :math:`\log \sigma^2`.

    Returns
    -------
    Tensor of shape (sample,)
        In nats, 0 or more up to rounding.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


def evidence_lower_bound(
    x: Float[Tensor, "sample feature"],
    reconstructed: Float[Tensor, "sample feature"],
    mean: Float[Tensor, "sample latent"],
    log_variance: Float[Tensor, "sample latent"],
    variance: float,
) -> Float[Tensor, "sample"]:
    r"""Lower bound of the log-density of a variational autoencoder, by one draw of the latent vector.

    D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114:

    .. math:: \log p(x | z) - \mathrm{KL}(q(z | x) \,\|\, N(0, I)), \qquad z \sim q(z | x) = N(\mu, \sigma^2),

    with a Gaussian around the reconstruction :math:`\hat x`, :math:`\log p(x | z) = -\frac{\|x - \hat x\|^2}{2 \nu} -
    \frac d2 \log (2 \pi \nu)`.

    Parameters
    ----------
    x, reconstructed : Tensor of shape (sample, feature)
        Samples, and what the decoder made of :math:`z`.
    mean, log_variance : Tensor of shape (sample, latent)
        :math:`\mu` and :math:`\log \sigma^2`.
    variance : float
        :math:`\nu`, above 0.

    Returns
    -------
    Tensor of shape (sample,)
        The bound, in nats.
    """
    constant = 0.5 * x.shape[1] * math.log(2 * math.pi * variance)
    log_likelihood = -(x - reconstructed).square().sum(dim=1) / (2 * variance) - constant
    return log_likelihood - kl_to_unit_gaussian(mean, log_variance)


def wasserstein_gaussians(
    mean: Float[Tensor, "sample latent"],
    log_variance: Float[Tensor, "sample latent"],
    other_mean: Float[Tensor, "sample latent"],
    other_log_variance: Float[Tensor, "sample latent"],
) -> Float[Tensor, "sample"]:
    r"""2-Wasserstein distance of diagonal Gaussians.

    .. math:: \sqrt{\|\mu_1 - \mu_2\|^2 + \|\sigma_1 - \sigma_2\|^2}

    Parameters
    ----------
    mean, log_variance, other_mean, other_log_variance : Tensor of shape (sample, latent)
        :math:`\mu_1`, :math:`\log \sigma_1^2`, :math:`\mu_2` and :math:`\log \sigma_2^2`.

    Returns
    -------
    Tensor of shape (sample,)
        Distances. Where two Gaussians are equal the gradient is 0.
    """
    deviation, other_deviation = (0.5 * log_variance).exp(), (0.5 * other_log_variance).exp()
    # One norm of both parts, whose gradient is 0 where it is 0; that of a square root isn't a number there.
    distance: Tensor = torch.cat([mean - other_mean, deviation - other_deviation], dim=1).norm(dim=1)
    return distance
