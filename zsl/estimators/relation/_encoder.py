"""A visual encoder of the user's, trained on episodes of the seen classes before the closed form takes over."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from zsl._typing import FloatArray, SampleRows
from zsl.episodes.sampler import Episode, EpisodeSampler
from zsl.estimators.relation._settings import Settings
from zsl.estimators.relation._space import FeatureSpace, SeenClasses, encoded
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import unit_moments
from zsl.methods.relation.episodic_relation import RelationNetwork
from zsl.selection.scaling import Scaler
from zsl.training.loop import train
from zsl.training.state import seeded_draws

_MIX = ((0, 0.7), (1, 0.15), (5, 0.15))
_FEW = ((1, 0.5), (5, 0.5))
_QUERIES, _WEIGHT_DECAY, _SCALE, _STRENGTH = 512, 1e-4, 20.0, 4.0
_SEMANTIC_NOISE, _FEATURE_NOISE = 1.5, 1.0
_HIDDEN = (1024,)


def trained_encoder(
    seen: SeenClasses,
    X: SampleRows,
    codes: NDArray[np.intp],
    table: FloatArray | None,
    rows: NDArray[np.intp],
    settings: Settings,
    seed: int,
    label: str,
) -> FeatureSpace:
    """Train a copy of the encoder with a perceptron from semantics as its counterpart; only the encoder is kept.

    The episodes are those of `zsl.methods.relation.episodic_relation.RelationNetwork`, with no relation term: 70 %
    without support, the rest with one or five support samples per class. What the encoder gives is scaled as features
    are.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.as_tensor(seen.space(X[rows]), dtype=torch.float32, device=settings.device)
    inputs = inputs * inputs.shape[1] ** 0.5
    labels = torch.as_tensor(np.searchsorted(seen.numbers, codes[rows]))
    own = copy.deepcopy(settings.encoder)
    assert own is not None
    own = own.float().to(settings.device)
    with torch.no_grad():
        width = own.eval()(inputs[:1]).shape
    if len(width) != 2:
        raise InvalidInputError(f"encoder gives {tuple(width)} for one sample; wanted one row, (1, d).")
    described = None
    if table is not None:
        scaler = Scaler.fit("semantic_scaling", settings.semantic_scaling, table[seen.numbers])
        unit_table = scaler.unit(table[seen.numbers])
        described = torch.as_tensor(unit_table, dtype=torch.float32, device=settings.device)
    network = RelationNetwork(
        int(width[1]),
        None if described is None else described.shape[1],
        mapper_hidden=_HIDDEN,
        relation_hidden=(),
        similarity="metric",
        scale=_SCALE,
        offset=0.0,
        prior_strength=_STRENGTH,
        encoder=own,
        generator=generator,
    ).to(settings.device)
    sampler = EpisodeSampler(labels, _QUERIES, generator)
    mix = _FEW if described is None else _MIX
    shots = torch.tensor([k for k, _ in mix])
    shares = torch.tensor([share for _, share in mix], dtype=torch.float32)

    def loss() -> Tensor:
        support, query = sampler.draw(int(shots[torch.multinomial(shares, 1, generator=generator)]))
        noisy = described
        if described is not None:
            noise = torch.randn(described.shape, generator=generator, dtype=torch.float32)
            noisy = described + (noise * (_SEMANTIC_NOISE * described.shape[1] ** -0.5)).to(described.device)
        episode = Episode(inputs[query], labels[query], inputs[support], labels[support].to(inputs.device), noisy)
        scores = network(episode, n_class=len(seen.numbers), feature_noise=_FEATURE_NOISE, generator=generator)
        return cross_entropy(scores, episode.query_label.to(scores.device))

    with seeded_draws(generator, inputs.device):
        train(
            network,
            loss,
            n_steps=settings.n_episodes,
            learning_rate=settings.learning_rate,
            weight_decay=_WEIGHT_DECAY,
            progress=f"encoder, {label}" if settings.progress else None,
            parts={"draws": generator, "sampler": sampler},
            inputs=(inputs,) if described is None else (inputs, described),
        )
    own = own.requires_grad_(False).eval()
    embedded = encoded(own, seen.space(X[rows]))
    moments = unit_moments(embedded, labels.numpy().astype(np.intp), len(seen.numbers))
    return replace(seen.space, encoder=own, inner=Scaler.of_moments(settings.feature_scaling, moments))
