"""A perceptron on vectors that are brought to one scale first."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.nn.layers import linear


class Perceptron(nn.Module):
    """Linear layers, each followed by a ReLU, on standardised vectors.

    Parameters
    ----------
    n_in : int
        Width of a vector.
    hidden : sequence of int
        Widths of the layers. Empty for the standardised vector itself.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, n_in: int, hidden: Sequence[int], generator: torch.Generator) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_in))
        self.register_buffer("deviation", torch.ones(n_in))
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [linear(n_in, width, generator), nn.ReLU()]
            n_in = width
        self.layers = nn.Sequential(*layers)

    @torch.no_grad()
    def standardize_by(self, X: Float[Tensor, "sample feature"]) -> None:
        """Bring vectors like these to mean 0 and deviation 1 from now on; constant ones to 0.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Training vectors.
        """
        deviation, mean = torch.std_mean(X, dim=0, correction=0)
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 0, deviation, 1.0))

    def forward(self, X: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample hidden"]:
        """Embed vectors."""
        found: Tensor = self.layers((X - self.mean) / self.deviation)
        return found
