"""What the bilinear ranking methods share: one matrix between images and semantics, and a margin."""

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.methods.compatibility import TrainedMethod
from zsl.nn.layers import linear


class BilinearRanking(TrainedMethod):
    r"""Score image and class by :math:`x^\top W s`; a subclass says by which ranking loss :math:`W` is trained.

    Parameters
    ----------
    n_features : int
        Width of the features.
    n_attributes : int
        Width of the semantic vectors.
    margin : float
        By how much the true class should win, 0 or more.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(self, n_features: int, n_attributes: int, *, margin: float, generator: torch.Generator) -> None:
        super().__init__()
        self.margin = margin
        self.map = linear(n_features, n_attributes, generator, bias=False)

    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image attribute"]:
        r"""Map images into the semantic space.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (image, attribute)
            :math:`W^\top x`.
        """
        embedded: Tensor = self.map(X)
        return embedded

    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class attribute"]:
        """Represent classes by their semantics as they are.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, attribute)
            The same.
        """
        return S
