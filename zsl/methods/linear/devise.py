"""DeViSE: a linear map of the features into the semantic space, trained to rank labels."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.functional.losses.ranking import devise_loss
from zsl.functional.scores.distances import unit
from zsl.methods.linear.bilinear import BilinearRanking


@final
class DeViSE(BilinearRanking):
    r"""Map images into the semantic space and compare with unit-length semantic vectors by the inner product.

    A. Frome, G. S. Corrado, J. Shlens, S. Bengio, J. Dean, M. Ranzato and T. Mikolov, "DeViSE: A Deep Visual-Semantic
    Embedding Model", NIPS 2013.

    A matrix :math:`M` takes the features of an image into the space of the semantic vectors, and a class scores
    :math:`F(x, s) = \hat s \cdot M x` with :math:`\hat s = s / \|s\|`. Training lowers the hinges of all wrong classes,
    :math:`\sum_{c \ne y} \max(0, \Delta + F(x, s_c) - F(x, s_y))`, see `zsl.functional.losses.ranking.devise_loss`.

    Where we depart from the paper: the semantic vectors are given, where the paper learns word vectors from text; the
    features stay as they are, where the paper goes on to train the visual network below them; and every wrong class
    counts in every step, where the paper stops at the first violator in a random order.

    Parameters
    ----------
    n_features : int
        Width of the features.
    n_attributes : int
        Width of the semantic vectors.
    margin : float
        :math:`\Delta`, 0 or more. The paper takes 0.1.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class attribute"]:
        r"""Represent classes by their semantic vectors at length 1.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, attribute)
            :math:`\hat s`.
        """
        return unit(S)

    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the sum of hinges over wrong classes, averaged over images.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features of a batch of training images.
        codes : Tensor of shape (image,)
            The row of `S` that describes the class of each image.
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of all seen classes.
        generator : torch.Generator
            Not used.

        Returns
        -------
        scalar Tensor
            The loss.
        """
        return devise_loss(self(X, S), codes, self.margin)
