"""Training one relation network on given images: what the folds of the selection and the final fit share."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zsl._typing import FloatArray
from zsl.episodes.episode import Episode
from zsl.episodes.sampler import EpisodeSampler
from zsl.exceptions import InvalidInputError
from zsl.functional.losses import cross_entropy, relation_mse
from zsl.methods.relation import RelationNetwork
from zsl.nn.layers import check_widths
from zsl.nn.relation import Similarity
from zsl.training.loop import train

START_PRIOR_STRENGTH = 4.0
"""The prior strength in training episodes with support, and without held-out classes to fit it on."""


@dataclass(frozen=True)
class Settings:
    """How a relation network is built and trained; the parameters of `RelationClassifier`, checked."""

    encoder: nn.Module | None
    mapper_hidden: tuple[int, ...]
    relation_hidden: tuple[int, ...]
    similarity: Similarity
    loss: Literal["cross_entropy", "mse"]
    episode_mix: tuple[tuple[int, float], ...]
    n_episodes: int
    n_query: int
    learning_rate: float
    weight_decay: float
    relation_penalty: float
    scale: float
    semantic_noise: float
    feature_noise: float
    device: torch.device
    progress: bool

    def __post_init__(self) -> None:
        check_widths("mapper_hidden", self.mapper_hidden)
        widths = check_widths("relation_hidden", self.relation_hidden)
        if self.similarity not in ("both", "metric", "relation"):
            raise InvalidInputError(f"similarity={self.similarity!r}; wanted 'both', 'metric' or 'relation'.")
        if self.similarity != "metric" and not widths:
            raise InvalidInputError(
                f"relation_hidden=() with similarity={self.similarity!r}; wanted one hidden layer or more."
            )
        if self.loss not in ("cross_entropy", "mse"):
            raise InvalidInputError(f"loss={self.loss!r}; wanted 'cross_entropy' or 'mse'.")
        for name in ("n_episodes", "n_query"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise InvalidInputError(f"{name}={value!r}; wanted a whole number of 1 or more.")
        for name in ("learning_rate", "scale"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidInputError(f"{name}={getattr(self, name)!r}; wanted a number above 0.")
        for name in ("weight_decay", "relation_penalty", "semantic_noise", "feature_noise"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InvalidInputError(f"{name}={getattr(self, name)!r}; wanted a number of 0 or more.")

    def without_semantics(self) -> "Settings":
        """The same without zero-shot episodes, which need semantics."""
        few = tuple((shots, share) for shots, share in self.episode_mix if shots)
        return replace(self, episode_mix=few or ((1, 0.5), (5, 0.5)))


def as_mix(episode_mix: Mapping[int, float] | Sequence[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Check the share of each number of shots."""
    try:
        pairs = tuple((shots, float(share)) for shots, share in (dict(episode_mix) if episode_mix else {}).items())
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"episode_mix={episode_mix!r}; wanted pairs of a number of shots and its share, as ((0, 0.8), (5, 0.2))."
        ) from error
    good = all(isinstance(k, (int, np.integer)) and k >= 0 and 0 <= share < math.inf for k, share in pairs)
    if not good or sum(share for _, share in pairs) <= 0:
        raise InvalidInputError(
            f"episode_mix={episode_mix!r}; wanted shots of 0 or more with shares of 0 or more, not all of them 0."
        )
    return tuple((int(shots), share) for shots, share in pairs if share)


def train_network(
    settings: Settings,
    X: FloatArray,
    codes: NDArray[np.intp],
    semantics: FloatArray | None,
    *,
    seed: int,
    n_steps: int,
    label: str,
    check: Callable[[RelationNetwork, int], None] | None = None,
    check_every: int = 0,
) -> RelationNetwork:
    """Train on centred images X with class numbers `codes`; row c of `semantics` describes class c."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.as_tensor(X, dtype=torch.float32, device=settings.device)
    labels = torch.as_tensor(codes, dtype=torch.long)
    table = None if semantics is None else torch.as_tensor(semantics, dtype=torch.float32, device=settings.device)
    network = build_network(settings, X.shape[1], None if table is None else table.shape[1], generator)
    sampler = EpisodeSampler(labels, settings.n_query, generator)
    n_class = int(labels.max()) + 1
    shots = torch.tensor([shots for shots, _ in settings.episode_mix])
    shares = torch.tensor([share for _, share in settings.episode_mix], dtype=torch.float64)
    objective = cross_entropy if settings.loss == "cross_entropy" else relation_mse

    def loss() -> Tensor:
        k = int(shots[torch.multinomial(shares, 1, generator=generator)])
        support, query = sampler.draw(k)
        rows = table
        if table is not None and settings.semantic_noise:
            noise = torch.randn(table.shape, generator=generator) * (settings.semantic_noise * table.shape[1] ** -0.5)
            rows = table + noise.to(table.device)
        episode = Episode(images[query], labels[query], images[support], labels[support].to(images.device), rows)
        scores = network(episode, n_class=n_class, feature_noise=settings.feature_noise, generator=generator)
        value = objective(scores, episode.query_label.to(scores.device))
        return value + settings.relation_penalty * network.relation.penalty()

    train(
        network,
        loss,
        n_steps=n_steps,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        check=None if check is None else lambda done: check(network, done),
        check_every=check_every,
        progress=label if settings.progress else None,
    )
    return network


def build_network(
    settings: Settings, n_input: int, n_attributes: int | None, generator: torch.Generator
) -> RelationNetwork:
    """Build an untrained network; the encoder is copied, so that the parameter stays as it was given."""
    encoder = copy.deepcopy(settings.encoder)
    n_features = n_input
    if encoder is not None:
        with torch.no_grad():
            n_features = encoder.eval()(torch.zeros(1, n_input)).shape[1]
    return RelationNetwork(
        n_features,
        n_attributes,
        mapper_hidden=settings.mapper_hidden,
        relation_hidden=settings.relation_hidden,
        similarity=settings.similarity,
        scale=settings.scale,
        offset=-settings.scale / 2 if settings.loss == "mse" else 0.0,
        prior_strength=START_PRIOR_STRENGTH,
        encoder=encoder,
        generator=generator,
    ).to(settings.device)
