"""A cache of support samples beside class prototypes, in the style of Tip-Adapter."""

from typing import final

import torch
from torch import nn

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import unit
from zsl.methods.frozen.centred import CentredMethod, Transform
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled


@final
class TipAdapter(CentredMethod):
    r"""Score a query by its cosine to class prototypes and by its nearness to each support sample.

    In the style of the training-free Tip-Adapter of R. Zhang, W. Zhang, R. Fang, P. Gao, K. Li, J. Dai, Y. Qiao and
    H. Li, "Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification", 2022, arXiv:2207.09519.

    With support samples :math:`x_i` and queries :math:`x_j` of length 1, and :math:`\hat p_c` the mean of the support
    of class c scaled to length 1,

    .. math::

        s_{jc} = \tau \langle x_j, \hat p_c \rangle
            + \frac{\alpha}{K_c} \sum_{i: y_i = c} \exp(-\beta\, (1 - \langle x_j, x_i \rangle)).

    The second term is the cache: unlike a prototype it knows classes of several clusters. With one sample per class
    both terms rank classes by the same cosine.

    Departures from the paper: it adds the cache to the text classifier of CLIP; without texts, prototypes take that
    place. It sums over the samples of a class; we take the mean, so that classes with more samples gain nothing by that
    alone; and samples may be centred first.

    Parameters
    ----------
    backbone, n_features, transform
        As in `CentredMethod`; whatever the transform, samples are scaled to length 1 afterwards.
    sharpness : float, default=5.5
        :math:`\beta`, above 0: how fast the nearness falls with the cosine.
    cache_weight : float, default=10.0
        :math:`\alpha`, 0 or more. The default weighs both terms alike.
    scale : float, default=10.0
        :math:`\tau`, 0 or more.
    """

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        n_features: int,
        transform: Transform = "cl2n",
        sharpness: float = 5.5,
        cache_weight: float = 10.0,
        scale: float = 10.0,
    ) -> None:
        super().__init__(backbone, n_features=n_features, transform=transform)
        if not sharpness > 0:
            raise InvalidInputError(f"sharpness={sharpness}; wanted a number above 0.")
        if not (cache_weight >= 0 and scale >= 0):
            raise InvalidInputError(f"cache_weight={cache_weight} and scale={scale}; wanted numbers of 0 or more.")
        self.sharpness = sharpness
        self.cache_weight = cache_weight
        self.scale = scale

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Score by prototypes and cache, from ``-scale`` to ``scale + cache_weight``; see `FewShotMethod.scores`."""
        keys, samples, index = unit(self.transformed(support)), unit(self.transformed(query)), label.long()
        nearness = torch.exp(self.sharpness * (samples @ keys.mT - 1))
        sums = nearness.new_zeros(*nearness.shape[:2], n_way).scatter_add(
            2, index[:, None].expand_as(nearness), nearness
        )
        counts = nearness.new_zeros(len(index), n_way).scatter_add(1, index, torch.ones_like(keys[:, :, 0]))
        cosines = samples @ unit(prototypes(keys, label, n_way)).mT
        return self.scale * cosines + self.cache_weight * sums / counts[:, None]
