"""The parameters of `RelationClassifier`, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from zsl._arguments import shown
from zsl._device import as_device
from zsl.estimators._parameters import check_number, check_value, grid_values
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.class_kernels import Kernel
from zsl.methods.relation.kernel_relation import Metric
from zsl.selection.scaling import FeatureScaling, Scaling

ALPHAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""The grid of the penalty on the map."""
JOINT_WEIGHTS = (0.0, 0.1, 0.3, 1.0)
"""The grid of the weight of class texts in a joint space, in units of the spread of the class means."""


@dataclass(frozen=True)
class Settings:
    """Checked parameters; a tuple holds the values to choose from, "auto" with those of the grid."""

    encoder: nn.Module | None
    kernels: tuple[Kernel, ...]
    metrics: tuple[Metric, ...]
    alphas: tuple[float, ...]
    joint: bool | None
    roots: tuple[bool, ...]
    block_weights: str | tuple[float, ...]
    similarity: str
    relation_hidden: int
    n_episodes: int
    learning_rate: float
    feature_scaling: FeatureScaling
    semantic_scaling: Scaling
    prior_strength: float | None
    seen_bias: float | None
    device: torch.device
    progress: bool

    @classmethod
    def of(cls, estimator: Any) -> Settings:
        """Read the checked parameters of a `RelationClassifier`."""
        weights = estimator.block_weights
        return cls(
            encoder=estimator.encoder,
            kernels=_values(estimator.kernel, ("rbf", "linear")),
            metrics=_values(estimator.metric, ("cosine", "euclidean")),
            alphas=grid_values(estimator.alpha, ALPHAS),
            joint=None if isinstance(estimator.joint, str) else bool(estimator.joint),
            roots=_values(estimator.feature_root, (False, True)),
            block_weights=weights if isinstance(weights, str) else tuple(float(weight) for weight in weights),
            similarity=estimator.similarity,
            relation_hidden=int(estimator.relation_hidden),
            n_episodes=int(estimator.n_episodes),
            learning_rate=float(estimator.learning_rate),
            feature_scaling=estimator.feature_scaling,
            semantic_scaling=estimator.semantic_scaling,
            prior_strength=None if isinstance(estimator.prior_strength, str) else float(estimator.prior_strength),
            seen_bias=None if isinstance(estimator.seen_bias, str) else float(estimator.seen_bias),
            device=as_device(estimator.device),
            progress=bool(estimator.verbose),
        )


def check_block_weights(name: str, given: Any) -> None:
    """Refuse anything but a word or numbers of 0 or more, one above 0 at least."""
    if isinstance(given, str):
        check_value(name, given, Literal["auto", "equal"])
        return
    if not isinstance(given, (Sequence, np.ndarray)) or isinstance(given, (bytes, bytearray)) or not np.size(given):
        raise InvalidInputError(f"{name}={shown(given)}; wanted 'auto', 'equal' or a number per block of semantics.")
    for place, weight in enumerate(given):
        check_number(f"{name}[{place}]", weight, least=0)
    if not sum(given) > 0:
        raise InvalidInputError(f"{name}={shown(given)}; wanted at least one above 0.")


def check_prior(name: str, prior: Any) -> None:
    """Refuse anything but a word or shares above 0; the prior may also be set after fitting."""
    if isinstance(prior, Mapping):
        for label, share in prior.items():
            check_number(f"{name}[{shown(label)}]", share, above=0)
    else:
        check_value(name, prior, Literal["uniform", "estimated"])


def check_encoder(name: str, encoder: Any) -> None:
    """Refuse anything but a module."""
    if encoder is not None and not isinstance(encoder, nn.Module):
        raise InvalidInputError(f"{name} is a {type(encoder).__name__}; wanted an nn.Module or None.")


def _values(value: Any, known: tuple[Any, ...]) -> tuple[Any, ...]:
    return known if isinstance(value, str) and value == "auto" else (value,)
