"""LatEm: the best of several bilinear compatibilities, trained against a random wrong class."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.functional.losses.ranking import sampled_ranking_loss
from zsl.methods.compatibility import TrainedMethod
from zsl.nn.layers import linear


@final
class LatEm(TrainedMethod):
    r"""Score image and class by the best of several bilinear forms.

    Y. Xian, Z. Akata, G. Sharma, Q. Nguyen, M. Hein and B. Schiele, "Latent Embeddings for Zero-shot Classification",
    2016, arXiv:1603.08895.

    The compatibility is piecewise linear, :math:`F(x, s) = \max_i x^\top W_i s`: each pair picks the map that fits it
    best, so that maps can specialise. A step draws one wrong class :math:`c` for each image and lowers :math:`\max(0,
    \Delta + F(x, s_c) - F(x, s_y))`, see `zsl.functional.losses.ranking.sampled_ranking_loss`; only the maps that are
    picked get a gradient.

    Both sides are laid out in blocks, one a map: an image becomes :math:`(W_1^\top x, W_2^\top x, \dots)` and a class
    :math:`(s, s, \dots)`.

    Where we depart from the paper: the number of maps is fixed, where the paper may also start with many and prune
    those that are seldom picked; and a step takes the mean over a batch, where the paper takes one image.
    How semantic vectors are scaled is left to the caller; the size of a score grows with their length, so one length
    for all suits.

    Parameters
    ----------
    n_features : int
        Width of the features.
    n_attributes : int
        Width of the semantic vectors.
    n_maps : int
        Number of bilinear maps, 1 or more.
    margin : float
        :math:`\Delta`, 0 or more. The paper takes 1.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(
        self, n_features: int, n_attributes: int, *, n_maps: int, margin: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.n_maps = n_maps
        self.margin = margin
        self.maps = linear(n_features, n_maps * n_attributes, generator, bias=False)

    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image d"]:
        r"""Embed images by each map.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (image, map * attribute)
            The blocks :math:`W_i^\top x`.
        """
        embedded: Tensor = self.maps(X)
        return embedded

    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class d"]:
        """Represent classes by their semantic vectors, once for each map.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, map * attribute)
            The blocks :math:`s`.
        """
        return S.repeat(1, self.n_maps)

    def compare(
        self, embedded: Float[Tensor, "image d"], represented: Float[Tensor, "class d"]
    ) -> Float[Tensor, "image class"]:
        """Take the largest inner product of matching blocks.

        Maps are taken one by one into a running maximum, so that prediction holds three tables of scores at most,
        however many maps there are. Training keeps the tables of all maps for the gradient.

        Parameters
        ----------
        embedded : Tensor of shape (image, map * attribute)
            Embedded images.
        represented : Tensor of shape (class, map * attribute)
            Represented classes.

        Returns
        -------
        Tensor of shape (image, class)
            Real scores, higher for a better match.
        """
        blocks = zip(embedded.chunk(self.n_maps, dim=1), represented.chunk(self.n_maps, dim=1), strict=True)
        images, classes = next(blocks)
        best = images @ classes.T
        for images, classes in blocks:
            best = torch.maximum(best, images @ classes.T)
        return best

    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the hinge of one random wrong class an image, averaged over images.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features of a batch of training images.
        codes : Tensor of shape (image,)
            The row of `S` that describes the class of each image.
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of all seen classes.
        generator : torch.Generator
            Draws the wrong classes, on the CPU.

        Returns
        -------
        scalar Tensor
            The loss.
        """
        return sampled_ranking_loss(self(X, S), codes, generator, self.margin)
