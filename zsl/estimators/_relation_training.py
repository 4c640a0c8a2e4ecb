"""Training one relation network on given images: what the folds of the selection and the final fit share."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import FloatArray
from zsl.episodes.episode import Episode
from zsl.episodes.sampler import EpisodeSampler
from zsl.estimators._settings import Settings
from zsl.functional.losses import cross_entropy, relation_mse
from zsl.methods.relation import RelationNetwork
from zsl.training.loop import train

START_PRIOR_STRENGTH = 4.0
"""The prior strength in training episodes with support, and without held-out classes to fit it on."""


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
    sampler = EpisodeSampler(labels, int(settings.n_query), generator)
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
        scale=float(settings.scale),
        offset=-float(settings.scale) / 2 if settings.loss == "mse" else 0.0,
        prior_strength=START_PRIOR_STRENGTH,
        encoder=encoder,
        generator=generator,
    ).to(settings.device)
