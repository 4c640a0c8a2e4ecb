"""Relation network over mapped semantics and support samples: one model for zero-, one- and few-shot episodes."""

import math
from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.episodes.sampler import Episode
from zsl.functional.clusters.prototypes import class_sums, posterior_mean
from zsl.functional.scores.distances import unit
from zsl.methods.shapes import Attributes, Samples
from zsl.nn.perceptron import SemanticMapper
from zsl.nn.relation import RelationModule, Similarity


@final
class RelationNetwork(nn.Module):
    r"""Score queries against classes that are known by semantics, by support samples, or by both.

    F. Sung, Y. Yang, L. Zhang, T. Xiang, P. H. S. Torr and T. M. Hospedales, "Learning to Compare: Relation Network for
    Few-Shot Learning", 2018, arXiv:1711.06025.

    Samples are embedded, :math:`\hat f(x)`, with length 1. A class is the posterior mean of its mapped semantics
    :math:`m(s)` and its K support embeddings, :math:`r = (\kappa m(s) + \sum_i \hat f(x_i)) / (\kappa + K)`. The
    relation module scores each pair.

    Departures from the paper: one model serves zero-shot and few-shot episodes, where the paper trains one for each;
    support embeddings are averaged with the semantics as a prior, where the paper sums feature maps and knows no mixed
    case; the score starts from a cosine (see `RelationModule`); no batch statistics are used, so a query's scores do
    not depend on other queries; and all training classes take part in each episode.

    Parameters
    ----------
    n_features : int
        Width of the embedded samples.
    n_attributes : int or None
        Width of the semantic vectors. None builds a model for support samples only.
    mapper_hidden, relation_hidden : sequence of int
        Widths of the hidden layers of the semantic mapper and of the relation term.
    similarity : {"both", "metric", "relation"}
        Which parts the relation module has.
    scale, offset : float
        Initial scale of the cosine and initial offset of all scores.
    prior_strength : float
        :math:`\kappa`, in units of samples.
    encoder : nn.Module or None
        Embeds samples, (n, width) to (n, n_features). None is the identity.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    prior_strength: Tensor

    def __init__(
        self,
        n_features: int,
        n_attributes: int | None,
        *,
        mapper_hidden: Sequence[int],
        relation_hidden: Sequence[int],
        similarity: Similarity,
        scale: float,
        offset: float,
        prior_strength: float,
        encoder: nn.Module | None,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.encoder = nn.Identity() if encoder is None else encoder
        self.mapper = (
            None if n_attributes is None else SemanticMapper(n_attributes, n_features, mapper_hidden, generator)
        )
        self.relation = RelationModule(
            n_features, relation_hidden, similarity=similarity, scale=scale, offset=offset, generator=generator
        )
        self.register_buffer("prior_strength", torch.tensor(float(prior_strength), dtype=torch.float32))

    def embed(self, X: Float[Tensor, "sample input"]) -> Samples:
        r"""Embed samples as vectors of length 1.

        Parameters
        ----------
        X : Tensor of shape (sample, input)
            Centred features.

        Returns
        -------
        Tensor of shape (sample, feature)
            :math:`\hat f(x)`.
        """
        return unit(self.encoder(X))

    def represent(
        self,
        semantics: Attributes | None,
        sums: Float[Tensor, "class feature"],
        counts: Float[Tensor, "class"],
        described: Float[Tensor, "class"] | None = None,
    ) -> Float[Tensor, "class feature"]:
        r"""Represent classes by the posterior mean of mapped semantics and support.

        Parameters
        ----------
        semantics : Tensor of shape (class, attribute) or None
            Scaled semantic vectors.
        sums : Tensor of shape (class, feature)
            Sums of the embedded support samples.
        counts : Tensor of shape (class,)
            Numbers of support samples.
        described : Tensor of shape (class,) or None, default=None
            1 for a class that has semantics and 0 for one that has none. None if all have.

        Returns
        -------
        Tensor of shape (class, feature)
            :math:`r`.
        """
        if semantics is None or self.mapper is None:
            return posterior_mean(torch.zeros_like(sums), torch.zeros_like(counts), sums, counts)
        strength = self.prior_strength * (torch.ones_like(counts) if described is None else described)
        return posterior_mean(self.mapper(semantics), strength, sums, counts)

    def forward(
        self, episode: Episode, *, n_class: int, feature_noise: float, generator: torch.Generator
    ) -> Float[Tensor, "query class"]:
        """Score the queries of an episode against its classes, as in training."""
        queries = self.embed(episode.query)
        if feature_noise:
            queries = unit(queries + _noise(queries, feature_noise, generator))
        if len(episode.support):
            sums, counts = class_sums(self.embed(episode.support), episode.support_label, n_class)
        else:
            sums, counts = queries.new_zeros(n_class, queries.shape[1]), queries.new_zeros(n_class)
        scores: Tensor = self.relation(queries, self.represent(episode.semantics, sums, counts))
        return scores


def _noise(like: Tensor, length: float, generator: torch.Generator) -> Tensor:
    """Normal noise whose rows have the expected length `length`."""
    drawn = torch.randn(like.shape, generator=generator, dtype=like.dtype)
    return (drawn * (length / math.sqrt(like.shape[1]))).to(like.device)
