"""Relation networks on images: a convolutional module looks at the maps of a query and of a class together."""

import math
from typing import Literal, final

import torch
from torch import Tensor, nn

from zsl._typing import Float, Integer
from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import squared_distances
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Loss, Query, Samples, Support, Target, Unlabeled
from zsl.nn.relation_maps import RelationMaps
from zsl.nn.support_norm import with_batch_statistics

PairLoss = Literal["cross_entropy", "mse"]


@final
class ConvolutionalRelationNetwork(FewShotMethod):
    r"""Score pairs of a query and a class by a learned relation of their maps.

    F. Sung, Y. Yang, L. Zhang, T. Xiang, P. H. S. Torr and T. M. Hospedales, "Learning to Compare: Relation Network for
    Few-Shot Learning", 2018, arXiv:1711.06025.

    The score is

    .. math:: g([f(x), r_c]) - \tau \|f(x) - r_c\|^2,

    where :math:`r_c` pools the maps :math:`f(x_i)` of the support of class c, :math:`\tau` is learned, and g is a
    `RelationMaps`. ``similarity="relation"`` is g alone, as in the paper.

    Departures from the paper: the score starts from the metric, with g at zero, and the data decide how far to go from
    it; the maps of a class are averaged, where the paper adds them up, so that classes of different numbers of samples
    can be compared (``pooling="sum"`` adds up); the default loss is the softmax cross-entropy over the classes, where
    the paper has the squared error of each sigmoid; support and queries of an episode are normalised by the same batch
    statistics in training, and by stored ones in prediction. The paper's code normalises both by statistics of their
    own batch even in testing, which makes predictions depend on the other queries. Feeding support and queries through
    the backbone together is what makes the stored statistics fit.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples as flattened maps. None takes them as they are.
    map_shape : tuple of (channel, height, width)
        Of one map.
    similarity : {"both", "relation"}, default="both"
        Metric and relation module, or the relation module alone.
    pooling : {"mean", "sum"}, default="mean"
        How the support of a class is pooled.
    transductive : bool, default=False
        Normalise by the statistics of the batch in prediction, too, as the paper's code does: those of the support, of
        the queries, and of their pairs.
    loss : {"cross_entropy", "mse"}, default="cross_entropy"
        Over the classes, or the squared error to 1 and 0 of each pair's sigmoid.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        map_shape: tuple[int, int, int],
        similarity: Literal["both", "relation"] = "both",
        pooling: Literal["mean", "sum"] = "mean",
        transductive: bool = False,
        loss: PairLoss = "cross_entropy",
        generator: torch.Generator,
    ) -> None:
        super().__init__(backbone)
        self.pooling = pooling
        self.pair_loss = loss
        self.transductive = self.batch_statistics = transductive
        self.relation = RelationMaps(map_shape, generator=generator)
        self.log_scale: nn.Parameter | None = None
        if similarity == "both":
            self.log_scale = nn.Parameter(torch.tensor(-math.log(map_shape[1] * map_shape[2]), dtype=torch.float32))
            with torch.no_grad():
                self.relation.out.weight.zero_()
                self.relation.out.bias.zero_()

    def embed(self, X: Float[Tensor, "sample *input"] | Integer[Tensor, "sample *input"]) -> Samples:
        """Embed images as flattened maps; see `FewShotMethod.embed`."""
        if not self.transductive or self.training:
            return super().embed(X)
        embedded: Tensor = with_batch_statistics(self.backbone)(X)
        return embedded

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute relation scores before the sigmoid; see `FewShotMethod.scores`."""
        classes = prototypes(support, label, n_way)
        if self.pooling == "sum":
            counts = nn.functional.one_hot(label, n_way).sum(1)
            classes = classes * counts[..., None]
        by_batch = self.transductive and not self.training
        found: Tensor = (with_batch_statistics(self.relation) if by_batch else self.relation)(query, classes)
        if self.log_scale is not None:
            found = found - self.log_scale.exp() * squared_distances(query, classes)
        return found

    def loss(
        self, support: Support, label: Label, query: Query, query_label: Target, n_way: int, unlabeled: Unlabeled = None
    ) -> Loss:
        """Compute the cross-entropy, or the paper's squared error over pairs; see `FewShotMethod.loss`."""
        if self.pair_loss == "cross_entropy":
            return super().loss(support, label, query, query_label, n_way)
        wanted = nn.functional.one_hot(query_label, n_way).to(query.dtype)
        return nn.functional.mse_loss(self.scores(support, label, query, n_way).sigmoid(), wanted)
