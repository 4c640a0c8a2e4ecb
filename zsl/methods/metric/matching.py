"""Matching networks: attention over the support samples, with or without their full context."""

import math
from typing import final

import torch
from torch import Tensor, nn

from zsl.exceptions import InvalidInputError
from zsl.functional.scores.distances import unit
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled
from zsl.nn.attention import AttentionReader, FullContextSupport


@final
class MatchingNetwork(FewShotMethod):
    r"""Label a query by the labels of the support samples that it attends to.

    O. Vinyals, C. Blundell, T. Lillicrap, K. Kavukcuoglu and D. Wierstra, "Matching Networks for One Shot Learning",
    2016, arXiv:1606.04080.

    .. math::
        P(c \mid q) = \sum_{i: y_i = c} a(q, x_i), \qquad
        a(q, x_i) = \mathrm{softmax}_i(\tau \cos(f(q), g(x_i)))

    over all support samples of the episode. Scores are log-probabilities and the loss is their negative mean, the
    paper's. As a kernel sum it gives more weight to a class with more support samples. Without full context, f and g
    are the backbone. With it, g sees the whole support (`FullContextSupport`) and f reads it (`AttentionReader`).

    Departures from the paper: the cosine has a scale :math:`\tau`, learned as :math:`\exp` of a parameter, since the
    softmax of plain cosines, all in [-1, 1], is nearly flat (no two weights differ by more than a factor of
    :math:`e^2`); and the full context reads the support in an order of its own, so that the order given changes
    nothing.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples, both support and queries.
    n_features : int
        Width of the embedded samples. Used with full context only.
    full_context : bool
        Whether embeddings depend on the episode's support.
    n_reads : int, default=5
        How often a query reads the support, 1 or more. Used with full context only.
    scale : float, default=10.0
        Initial :math:`\tau`, above 0.
    generator : torch.Generator
        Where the initial weights of the full context are drawn from.

    Raises
    ------
    InvalidInputError
        If `n_features`, `n_reads` or `scale` is out of range.
    """

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        n_features: int,
        full_context: bool,
        n_reads: int = 5,
        scale: float = 10.0,
        generator: torch.Generator,
    ) -> None:
        super().__init__(backbone)
        if n_features < 1:
            raise InvalidInputError(f"n_features={n_features}; wanted 1 or more.")
        if n_reads < 1:
            raise InvalidInputError(f"n_reads={n_reads}; wanted 1 or more.")
        if not 0 < scale < math.inf:
            raise InvalidInputError(f"scale={scale}; wanted a finite number above 0.")
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale), dtype=torch.float32))
        self.support_context = FullContextSupport(n_features, generator=generator) if full_context else None
        self.query_context = AttentionReader(n_features, n_reads, generator=generator) if full_context else None

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute log-probabilities by the attention that the samples of each class get; see `FewShotMethod.scores`."""
        if self.support_context is not None and self.query_context is not None:
            support = self.support_context(support)
            query = self.query_context(query, support)
        cosines = unit(query) @ unit(support).mT
        return _class_log_probability(self.log_scale.exp() * cosines, label, n_way)


def _class_log_probability(logits: Tensor, label: Tensor, n_way: int) -> Tensor:
    """Sum the softmax over the last axis, support samples, by class; in logarithms, so that nothing underflows."""
    index = label.long()[:, None].expand_as(logits)
    shape = (*logits.shape[:-1], n_way)
    top = logits.new_full(shape, -math.inf).scatter_reduce(-1, index, logits.detach(), "amax")
    total = logits.new_zeros(shape).scatter_add(-1, index, (logits - top.gather(-1, index)).exp())
    return total.log() + top - logits.logsumexp(-1, keepdim=True)
