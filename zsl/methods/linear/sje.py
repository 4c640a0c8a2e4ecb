"""SJE: a bilinear compatibility, trained against the most violating class."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.functional.losses.ranking import sje_loss
from zsl.methods.linear.bilinear import BilinearRanking


@final
class SJE(BilinearRanking):
    r"""Score image and class by a bilinear form, trained as a structured support vector machine.

    Z. Akata, S. Reed, D. Walter, H. Lee and B. Schiele, "Evaluation of Output Embeddings for Fine-Grained Image
    Classification", 2015, arXiv:1409.8403 (structured joint embedding).

    The compatibility is :math:`F(x, s) = x^\top W s`. Training lowers the hinge of the most violating class,
    :math:`\max_{c \ne y} \max(0, \Delta + F(x, s_c) - F(x, s_y))`, see `zsl.functional.losses.ranking.sje_loss`.

    Where we depart from the paper: a step takes the mean over a batch, where the paper takes one image; and there is
    one kind of class description, where the paper also joins several by a weighted sum of their compatibilities.
    How semantic vectors are scaled is left to the caller; the size of a score grows with their length, so one length
    for all suits.

    Parameters
    ----------
    n_features : int
        Width of the features.
    n_attributes : int
        Width of the semantic vectors.
    margin : float
        :math:`\Delta`, 0 or more. The paper takes 1.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the hinge of the most violating class, averaged over images.

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
        return sje_loss(self(X, S), codes, self.margin)
