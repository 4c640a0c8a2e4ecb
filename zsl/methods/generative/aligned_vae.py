"""CADA-VAE: latent vectors of samples and of semantic vectors, from two variational autoencoders that are aligned."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.losses.generative_losses import kl_to_unit_gaussian, wasserstein_gaussians
from zsl.methods.generative.feature_generator import FeatureGenerator
from zsl.methods.shapes import Attributes, Codes, Loss, SampleAttributes, Samples
from zsl.nn.generators import ConditionalMLP, GaussianEncoder, draw_gaussian, normal

DIVERGENCE, CROSS, DISTANCE = (0.25, 0.0, 0.93), (2.71, 0.21, 0.75), (8.13, 0.06, 0.22)
"""Full weight, and between which shares of the training it rises, as in the authors' code of 100 epochs."""


@final
class AlignedVAE(FeatureGenerator):
    r"""Encode samples and semantic vectors into one latent space, where a classifier is trained.

    E. Schönfeld, S. Ebrahimi, S. Sinha, T. Darrell and Z. Akata, "Generalized Zero- and Few-Shot Learning via Aligned
    Variational Autoencoders", 2019, arXiv:1812.01784.

    There is an encoder and a decoder for samples and another pair for semantic vectors. With latent draws
    :math:`z_x, z_s` of one sample and of its class, training lowers

    .. math::
        \|x - D_x(z_x)\|_1 + \|s - D_s(z_s)\|_1 + \beta\, (\mathrm{KL}_x + \mathrm{KL}_s)
        + \gamma\, (\|x - D_x(z_s)\|_1 + \|s - D_s(z_x)\|_1) + \delta\, W,

    where :math:`W` is the 2-Wasserstein distance of the two latent Gaussians. :math:`\beta, \gamma, \delta` rise in the
    course of training as in the authors' code. The features of a class are latent draws from its semantic vector, and
    a sample is represented by the mean of its latent Gaussian.

    Departures from the paper: samples that the classifier is trained on are represented by the mean, too, where the
    paper draws; both latent draws use a number for each direction, where the authors' code takes one for all; both
    reconstructions are scaled to features of the size 1; and the hidden layers of all four perceptrons have one width.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    hidden : int
        Width of the hidden layers, 1 or more.
    n_latent : int
        Width of the latent vector, 1 or more; 64 in the paper.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(
        self, n_features: int, n_attributes: int, *, hidden: int, n_latent: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.image_encoder = GaussianEncoder((n_features,), hidden, n_latent, generator)
        self.class_encoder = GaussianEncoder((n_attributes,), hidden, n_latent, generator)
        self.image_decoder = ConditionalMLP((n_latent,), hidden, n_features, generator)
        self.class_decoder = ConditionalMLP((n_latent,), hidden, n_attributes, generator)
        self.class_scale = float(n_attributes) ** 0.5

    def loss(self, X: Samples, codes: Codes, A: SampleAttributes, generator: torch.Generator, done: float) -> Loss:
        """Compute the loss, divided by the number of features; see `FeatureGenerator.loss`."""
        A = self.class_scale * A
        of_sample, of_class = self.image_encoder(X), self.class_encoder(A)
        z_sample, z_class = (draw_gaussian(mean, spread, generator) for mean, spread in (of_sample, of_class))
        own = _l1(self.image_decoder(z_sample), X) + _l1(self.class_decoder(z_class), A)
        crossed = _l1(self.image_decoder(z_class), X) + _l1(self.class_decoder(z_sample), A)
        divergence = kl_to_unit_gaussian(*of_sample) + kl_to_unit_gaussian(*of_class)
        distance = wasserstein_gaussians(*of_sample, *of_class)
        beta, gamma, delta = (_risen(schedule, done) for schedule in (DIVERGENCE, CROSS, DISTANCE))
        return (own + beta * divergence + gamma * crossed + delta * distance).mean() / X.shape[1]

    def represent(self, X: Samples) -> Float[Tensor, "sample latent"]:
        """Represent samples by the mean of their latent Gaussian; see `FeatureGenerator.represent`."""
        mean: Tensor = self.image_encoder(X)[0]
        return mean

    def generate(self, S: Attributes, n: int, generator: torch.Generator) -> Float[Tensor, "class n latent"]:
        """Draw latent vectors of classes; see `FeatureGenerator.generate`."""
        mean, log_variance = self.class_encoder(self.class_scale * S)
        noise = normal((len(S) * n, mean.shape[1]), generator, like=mean)
        centres, deviations = (each.repeat_interleave(n, dim=0) for each in (mean, (0.5 * log_variance).exp()))
        drawn: Tensor = centres + deviations * noise
        return drawn.reshape(len(S), n, -1)

    def centre(self, S: Attributes) -> Float[Tensor, "class latent"]:
        """Give the means of the latent Gaussians of classes; see `FeatureGenerator.centre`."""
        mean: Tensor = self.class_encoder(self.class_scale * S)[0]
        return mean


def _l1(reconstructed: Tensor, wanted: Tensor) -> Tensor:
    return (reconstructed - wanted).abs().sum(dim=1)


def _risen(schedule: tuple[float, float, float], done: float) -> float:
    """A weight that rises from 0 to its full size between two shares of the training."""
    full, start, end = schedule
    return full * min(max((done - start) / (end - start), 0.0), 1.0)
