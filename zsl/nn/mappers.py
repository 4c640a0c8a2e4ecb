"""From class semantics into the visual feature space."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.distances import unit
from zsl.nn.layers import linear


class SemanticMapper(nn.Module):
    r"""A perceptron from a semantic vector to a direction in the visual space.

    Mapping from semantics to features, and not back, keeps hubs rare (L. Zhang, T. Xiang and S. Gong, "Learning a Deep
    Embedding Model for Zero-Shot Learning", 2017, arXiv:1611.05088). We depart from that paper in the last step: the
    result has length 1, as the embedded images do.

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
        n_hidden = n_in
        for width in hidden:
            layers += [linear(n_hidden, width, generator), nn.ReLU()]
            n_hidden = width
        self.layers = nn.Sequential(*layers, linear(n_hidden, n_out, generator))
        self.shortcut = nn.Parameter(torch.zeros(n_in, n_out)) if layers else None

    def start_from(self, weight: Float[Tensor, "attribute feature"]) -> None:
        """Begin as a linear map: the perceptron adds nothing to it at first.

        Parameters
        ----------
        weight : Tensor of shape (attribute, feature)
            The map.
        """
        *_, last = self.layers
        with torch.no_grad():
            for parameter in last.parameters():
                parameter.zero_()
            if self.shortcut is None:
                next(last.parameters()).copy_(weight.T)
            else:
                self.shortcut.copy_(weight)

    def forward(self, semantics: Float[Tensor, "class attribute"]) -> Float[Tensor, "class feature"]:
        """Map each row to a vector of length 1."""
        mapped: Tensor = self.layers(semantics)
        return unit(mapped if self.shortcut is None else mapped + semantics @ self.shortcut)
