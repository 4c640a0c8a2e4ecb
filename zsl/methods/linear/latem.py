"""LatEm: the best of several bilinear compatibilities, trained against a random wrong class."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.losses.ranking import sampled_ranking_loss
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Codes, Loss, Samples, Scores
from zsl.nn.layers import linear


@final
class LatEm(TrainedMethod):
    r"""Score sample and class by the best of several bilinear forms.

    Y. Xian, Z. Akata, G. Sharma, Q. Nguyen, M. Hein and B. Schiele, "Latent Embeddings for Zero-shot Classification",
    2016, arXiv:1603.08895.

    The compatibility is piecewise linear, :math:`F(x, s) = \max_i x^\top W_i s`: each pair picks the map that fits it
    best, so that maps can specialise. A step draws one wrong class :math:`c` for each sample and lowers :math:`\max(0,
    \Delta + F(x, s_c) - F(x, s_y))`, see `zsl.functional.losses.ranking.sampled_ranking_loss`; only the maps that are
    picked get a gradient.

    Both sides are laid out in blocks, one per map: a sample becomes :math:`(W_1^\top x, W_2^\top x, \dots)` and a class
    :math:`(s, s, \dots)`.

    Departures from the paper: the number of maps is fixed, where the paper may also start with many and prune those
    that are seldom picked; and a step takes the mean over a batch, where the paper takes one sample. How semantic
    vectors are scaled is left to the caller; the size of a score grows with their length, so they should have one
    length.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
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
        self.single = True
        self.n_maps = n_maps
        self.margin = margin
        self.maps = linear(n_features, n_maps * n_attributes, generator, bias=False)

    def embed(self, X: Samples) -> Float[Tensor, "sample d"]:
        r"""Embed samples by each map, as blocks :math:`W_i^\top x`; see `CompatibilityMethod.embed`."""
        embedded: Tensor = self.maps(X)
        return embedded

    def represent(self, S: Attributes) -> Float[Tensor, "class d"]:
        """Repeat semantic vectors, once per map; see `CompatibilityMethod.represent`."""
        return S.repeat(1, self.n_maps)

    def match(self, embedded: Float[Tensor, "sample d"], prepared: Float[Tensor, "class d"]) -> Scores:
        """Take the largest inner product of matching blocks; see `CompatibilityMethod.match`.

        Maps are taken one by one into a running maximum, so that prediction holds three tables of scores at most,
        however many maps there are. Training keeps the tables of all maps for the gradient.
        """
        blocks = zip(embedded.chunk(self.n_maps, dim=1), prepared.chunk(self.n_maps, dim=1), strict=True)
        samples, classes = next(blocks)
        best = samples @ classes.T
        for samples, classes in blocks:
            best = torch.maximum(best, samples @ classes.T)
        return best

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the hinge of one random wrong class per sample, averaged over samples; see `TrainedMethod.loss`."""
        return sampled_ranking_loss(self(X, S), codes, generator, self.margin)
