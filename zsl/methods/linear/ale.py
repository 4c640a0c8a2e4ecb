"""ALE: a bilinear compatibility, trained by weighted approximate ranking."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.functional.losses.ranking import ale_loss
from zsl.methods.linear.bilinear import BilinearRanking


@final
class ALE(BilinearRanking):
    r"""Score image and class by a bilinear form that is trained to rank the true class high.

    Z. Akata, F. Perronnin, Z. Harchaoui and C. Schmid, "Label-Embedding for Image Classification", 2016,
    arXiv:1503.08677 (attribute label embedding).

    The compatibility is :math:`F(x, s) = x^\top W s`. With the hinges
    :math:`h_c = \max(0, \Delta + F(x, s_c) - F(x, s_y))` and the number :math:`r` of wrong classes with
    :math:`h_c > 0`, training lowers :math:`\frac{\beta_r}{r} \sum_c h_c`, :math:`\beta_r = \sum_{k \le r} 1/k`, which
    weighs errors at the top of the ranking most; see `zsl.functional.losses.ranking.ale_loss`.

    Where we depart from the paper: the number of violators is counted over all seen classes, where the paper's
    stochastic steps estimate it from how many classes were drawn before the first violator; and the loss is averaged
    over a batch. The paper's few-shot setting, which learns the label embeddings as well, is left out. How semantic
    vectors are scaled is left to the caller; the size of a score grows with their length, so one length for all suits.

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
        """Compute the weighted approximate ranking loss, averaged over images.

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
        return ale_loss(self(X, S), codes, self.margin)
