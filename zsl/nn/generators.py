"""Perceptrons that generative models are made of, each conditioned by joining vectors."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.nn.layers import linear

SLOPE = 0.2
"""Slope of the leaky ReLU below 0, as in the feature-generating networks."""


class ConditionalMLP(nn.Module):
    """A perceptron on the joined entries of one vector or more, of the widths `n_in`, with linear output.

    Y. Xian, T. Lorenz, B. Schiele and Z. Akata, "Feature Generating Networks for Zero-Shot Learning", 2018,
    arXiv:1712.00981, build generator and critic this way: leaky ReLUs in between, noise or features joined with the
    semantic vector of the class. Encoders and decoders of the variational autoencoders are of the same kind.
    """

    def __init__(self, n_in: Sequence[int], hidden: int, n_out: int, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            linear(sum(n_in), hidden, generator), nn.LeakyReLU(SLOPE), linear(hidden, n_out, generator)
        )

    def forward(self, *vectors: Float[Tensor, "sample _"]) -> Float[Tensor, "sample out"]:
        """Map joined vectors."""
        mapped: Tensor = self.layers(torch.cat(vectors, dim=1))
        return mapped


class GaussianEncoder(nn.Module):
    """A perceptron from joined vectors to the mean and the logarithmic variance of a diagonal Gaussian."""

    def __init__(self, n_in: Sequence[int], hidden: int, n_latent: int, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = ConditionalMLP(n_in, hidden, 2 * n_latent, generator)

    def forward(
        self, *vectors: Float[Tensor, "sample _"]
    ) -> tuple[Float[Tensor, "sample latent"], Float[Tensor, "sample latent"]]:
        """Encode joined vectors."""
        mean, log_variance = self.layers(*vectors).chunk(2, dim=1)
        return mean, log_variance


def draw_gaussian(
    mean: Float[Tensor, "sample latent"], log_variance: Float[Tensor, "sample latent"], generator: torch.Generator
) -> Float[Tensor, "sample latent"]:
    """Draw from diagonal Gaussians, so that gradients reach their parameters."""
    return mean + (0.5 * log_variance).exp() * normal(tuple(mean.shape), generator, like=mean)


def normal(shape: tuple[int, ...], generator: torch.Generator, *, like: Tensor) -> Tensor:
    """Draw unit Gaussian numbers on the CPU, the same for any device and precision that they are then brought to."""
    return torch.randn(shape, generator=generator, dtype=torch.float32).to(like)
