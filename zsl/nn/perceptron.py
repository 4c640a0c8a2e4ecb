"""Perceptrons on vectors that are standardised first, and from semantics into the space of features."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.distances import unit
from zsl.nn.layers import linear


class Perceptron(nn.Module):
    """Linear layers, each followed by a ReLU, on standardised vectors; without layers these vectors themselves."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, n_in: int, hidden: Sequence[int], generator: torch.Generator) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_in, dtype=torch.float32))
        self.register_buffer("deviation", torch.ones(n_in, dtype=torch.float32))
        self.layers = nn.Sequential(*_hidden_layers(n_in, hidden, generator))

    @torch.no_grad()
    def standardize_by(self, X: Float[Tensor, "sample feature"]) -> None:
        """Bring vectors like these training vectors to mean 0 and deviation 1 from now on; constant ones to 0."""
        deviation, mean = torch.std_mean(X, dim=0, correction=0)
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 0, deviation, 1.0))

    def forward(self, X: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample hidden"]:
        """Embed vectors."""
        found: Tensor = self.layers((X - self.mean) / self.deviation)
        return found


class SemanticMapper(nn.Module):
    """A perceptron from a semantic vector to a direction in the visual space; without hidden layers a linear map.

    Mapping from semantics to features, and not back, keeps hubs rare (L. Zhang, T. Xiang and S. Gong, "Learning a Deep
    Embedding Model for Zero-Shot Learning", 2017, arXiv:1611.05088). Departures from the paper: the result has length
    1, as the embedded samples do.
    """

    def __init__(self, n_in: int, n_out: int, hidden: Sequence[int], generator: torch.Generator) -> None:
        super().__init__()
        *_, last = n_in, *hidden
        self.layers = nn.Sequential(*_hidden_layers(n_in, hidden, generator), linear(last, n_out, generator))

    def forward(self, semantics: Float[Tensor, "class attribute"]) -> Float[Tensor, "class feature"]:
        """Map each row to a vector of length 1."""
        mapped: Tensor = self.layers(semantics)
        return unit(mapped)


def _hidden_layers(n_in: int, hidden: Sequence[int], generator: torch.Generator) -> list[nn.Module]:
    """Linear layers of these widths, each followed by a ReLU."""
    layers: list[nn.Module] = []
    for before, width in pairwise((n_in, *hidden)):
        layers += [linear(before, width, generator), nn.ReLU()]
    return layers
