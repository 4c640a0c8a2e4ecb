"""A layer that scores classes by cosines."""

import math
from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float


@final
class CosineHead(nn.Module):
    r"""Scores :math:`s \langle \hat f, \hat w_c \rangle` of classes, with learned weights and a learned scale.

    It is the classifier of "Baseline++" in W.-Y. Chen et al., "A Closer Look at Few-shot Classification", 2019,
    arXiv:1904.04232, with which features of a class gather around one direction, as prototypes want them.
    """

    def __init__(self, n_features: int, n_classes: int, generator: torch.Generator, *, scale: float = 10.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_classes, n_features, generator=generator, dtype=torch.float32))
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale), dtype=torch.float32))

    def forward(self, embedded: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample class"]:
        """Score embedded samples."""
        unit = nn.functional.normalize
        scores: Tensor = self.log_scale.exp() * unit(embedded, dim=1) @ unit(self.weight, dim=1).T
        return scores
