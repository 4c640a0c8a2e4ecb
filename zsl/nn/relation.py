"""The relation module: a scaled cosine and a relation term that starts at nothing."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.distances import unit
from zsl.functional.scores.relation import BLOCK_BYTES, relation_scores
from zsl.nn.layers import linear, recomputed

Similarity = Literal["both", "metric", "relation"]


class RelationModule(nn.Module):
    r"""Score each pair of a query and a class.

    .. math:: g(f, r) = \tau \langle \hat f, \hat r \rangle + w \cdot \mathrm{ReLU}(A \hat f + B \hat r + b) + \beta

    with vectors of length 1 (:math:`\hat f, \hat r`). The second part is the relation module of F. Sung et al.,
    "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025. It starts at :math:`w = 0`,
    so training starts from the metric; the data decide how far to go from it. With more than one hidden layer only the
    first one is split into A and B, and the others run on blocks of queries.

    `similarity` gives the parts: both, "metric", which has no use of hidden layers, or "relation", the paper's form,
    whose output weights start at random values. `scale` is the initial :math:`\tau`, above 0, and `offset` the initial
    :math:`\beta`, which matters to losses that score each pair on its own.
    """

    def __init__(
        self,
        n_features: int,
        hidden: Sequence[int],
        *,
        similarity: Similarity,
        scale: float,
        offset: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.n_features = n_features
        self.similarity = similarity
        self.offset = nn.Parameter(torch.tensor(float(offset), dtype=torch.float32))
        if similarity != "relation":
            self.log_scale = nn.Parameter(torch.tensor(math.log(scale), dtype=torch.float32))
        if similarity != "metric":
            self.query_half = linear(n_features, hidden[0], generator)
            self.class_half = linear(n_features, hidden[0], generator, bias=False)
            self.deeper = nn.ModuleList(linear(n_in, n_out, generator) for n_in, n_out in pairwise(hidden))
            self._widest = max(hidden)
            start = torch.zeros(hidden[-1], dtype=torch.float32)
            if similarity == "relation":
                start.uniform_(-1, 1, generator=generator).mul_(hidden[-1] ** -0.5)
            self.weight_out = nn.Parameter(start)

    def penalty(self) -> Float[Tensor, ""]:
        r"""Squared length :math:`\|w\|^2`, which holds the relation term near nothing; 0 where there is no metric."""
        return self.weight_out.square().sum() if self.similarity == "both" else self.offset.new_zeros(())

    def forward(
        self, queries: Float[Tensor, "query feature"], classes: Float[Tensor, "class feature"]
    ) -> Float[Tensor, "query class"]:
        """Score all pairs."""
        queries, classes = unit(queries), unit(classes)
        scores = self.offset.expand(len(queries), len(classes))
        if self.similarity != "relation":
            scores = scores + self.log_scale.exp() * (queries @ classes.T)
        if self.similarity != "metric":
            scores = scores + self._relation_term(self.query_half(queries), self.class_half(classes))
        return scores

    def _relation_term(self, queries: Tensor, classes: Tensor) -> Tensor:
        if not self.deeper:
            return relation_scores(queries, classes, self.weight_out)
        rows = max(1, BLOCK_BYTES // (len(classes) * self._widest * queries.element_size()))
        return torch.cat([recomputed(self._deep_block, block, classes) for block in torch.split(queries, rows)])

    def _deep_block(self, queries: Tensor, classes: Tensor) -> Tensor:
        hidden = torch.relu(queries[:, None] + classes)
        for layer in self.deeper:
            hidden = torch.relu(layer(hidden))
        return hidden @ self.weight_out
