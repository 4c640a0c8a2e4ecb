"""What the bilinear ranking methods share: one matrix between samples and semantics, and a margin."""

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Samples
from zsl.nn.layers import linear


class BilinearRanking(TrainedMethod):
    r"""Score sample and class by :math:`x^\top W s`; subclasses differ in the ranking loss that trains :math:`W`.

    How semantic vectors are scaled is left to the caller; the size of a score grows with their length, so they should
    have one length.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    margin : float
        :math:`\Delta`, by how much the true class should win, 0 or more.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    single = True

    def __init__(self, n_features: int, n_attributes: int, *, margin: float, generator: torch.Generator) -> None:
        super().__init__()
        self.margin = margin
        self.map = linear(n_features, n_attributes, generator, bias=False)

    def embed(self, X: Samples) -> Float[Tensor, "sample attribute"]:
        r"""Map samples into the semantic space, :math:`W^\top x`; see `CompatibilityMethod.embed`."""
        embedded: Tensor = self.map(X)
        return embedded

    def represent(self, S: Attributes) -> Attributes:
        """Represent classes by their semantics as they are; see `CompatibilityMethod.represent`."""
        return S
