"""From class semantics into the visual feature space."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.distances import unit
from zsl.nn.layers import linear


class SemanticMapper(nn.Module):
    r"""A perceptron from a semantic vector to a direction in the visual space.

    Mapping from semantics to features, and not back, keeps hubs rare (L. Zhang, T. Xiang and S. Gong, "Learning a Deep
    Embedding Model for Zero-Shot Learning", 2017, arXiv:1611.05088). Departures from the paper: the result has length
    1, as the embedded samples do.

    Parameters
    ----------
    n_in : int
        Width of a semantic vector.
    n_out : int
        Width of the visual features.
    hidden : sequence of int
        Widths of the hidden layers, each followed by a ReLU. Empty for a linear map.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(self, n_in: int, n_out: int, hidden: Sequence[int], generator: torch.Generator) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [linear(n_in, width, generator), nn.ReLU()]
            n_in = width
        self.layers = nn.Sequential(*layers, linear(n_in, n_out, generator))

    def forward(self, semantics: Float[Tensor, "class attribute"]) -> Float[Tensor, "class feature"]:
        """Map each row to a vector of length 1."""
        mapped: Tensor = self.layers(semantics)
        return unit(mapped)
