"""The parameters of `RelationClassifier`, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from zsl._device import as_device
from zsl.estimators._checks import check_number, check_whole
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.class_kernels import Kernel
from zsl.functional.linear.grids import values_to_try
from zsl.methods.relation.kernel_relation import Metric
from zsl.selection.scaling import FEATURE_SCALINGS, SCALINGS, FeatureScaling, Scaling

if TYPE_CHECKING:
    from zsl.estimators.relation.classifier import RelationClassifier

ALPHAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""The grid of the penalty on the map."""
JOINT_WEIGHTS = (0.0, 0.1, 0.3, 1.0)
"""The grid of the weight of class texts in a joint space, in units of the spread of the class means."""
_CHOICES: dict[str, tuple[Any, ...]] = {
    "kernel": ("auto", "rbf", "linear"),
    "metric": ("auto", "cosine", "euclidean"),
    "similarity": ("auto", "metric", "both"),
    "joint": ("auto", True, False),
    "feature_root": ("auto", True, False),
    "feature_scaling": FEATURE_SCALINGS,
    "semantic_scaling": SCALINGS,
}


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
    def of(cls, estimator: "RelationClassifier") -> "Settings":
        """Check the parameters of an estimator."""
        for name, known in _CHOICES.items():
            _check_choice(name, getattr(estimator, name), known)
        check_prior(estimator.class_prior)
        _check_choice("distractor", estimator.distractor, (True, False))
        if estimator.encoder is not None and not isinstance(estimator.encoder, nn.Module):
            raise InvalidInputError(f"encoder is a {type(estimator.encoder).__name__}; wanted an nn.Module or None.")
        if not _is_auto(estimator.joint) and estimator.joint and estimator.encoder is not None:
            raise InvalidInputError("joint=True beside an encoder; what it gives shares no space with class texts.")
        for name in ("relation_hidden", "n_episodes"):
            check_whole(name, getattr(estimator, name))
        check_number("learning_rate", estimator.learning_rate, above=0)
        if estimator.cv is not None and (isinstance(estimator.cv, str) or not hasattr(estimator.cv, "split")):
            check_whole("cv", estimator.cv, 2)
        return cls(
            encoder=estimator.encoder,
            kernels=_values(estimator.kernel, ("rbf", "linear")),
            metrics=_values(estimator.metric, ("cosine", "euclidean")),
            alphas=values_to_try("alpha", estimator.alpha, ALPHAS),
            joint=None if _is_auto(estimator.joint) else bool(estimator.joint),
            roots=_values(estimator.feature_root, (False, True)),
            block_weights=_block_weights(estimator.block_weights),
            similarity=estimator.similarity,
            relation_hidden=int(estimator.relation_hidden),
            n_episodes=int(estimator.n_episodes),
            learning_rate=float(estimator.learning_rate),
            feature_scaling=estimator.feature_scaling,
            semantic_scaling=estimator.semantic_scaling,
            prior_strength=_number_or_auto("prior_strength", estimator.prior_strength, above=0),
            seen_bias=_number_or_auto("seen_bias", estimator.seen_bias),
            device=as_device(estimator.device),
            progress=bool(estimator.verbose),
        )


def _check_choice(name: str, value: Any, known: Sequence[Any]) -> None:
    plain = bool(value) if isinstance(value, np.bool_) else value
    if not any(type(plain) is type(option) and plain == option for option in known):
        raise InvalidInputError(f"{name}={value!r}; wanted one of {', '.join(map(repr, known))}.")


def _block_weights(given: Any) -> str | tuple[float, ...]:
    if isinstance(given, str):
        _check_choice("block_weights", given, ("auto", "equal"))
        return given
    if not isinstance(given, (Sequence, np.ndarray)) or not len(given):
        raise InvalidInputError(f"block_weights={given!r}; wanted 'auto', 'equal' or a number per block of semantics.")
    for place, weight in enumerate(given):
        check_number(f"block_weights[{place}]", weight, least=0)
    if not sum(given) > 0:
        raise InvalidInputError(f"block_weights={given!r}; wanted one above 0 at least.")
    return tuple(float(weight) for weight in given)


def check_prior(prior: Any) -> None:
    """Check `class_prior`, which may also be set after fitting."""
    if isinstance(prior, Mapping):
        for label, share in prior.items():
            check_number(f"class_prior[{label!r}]", share, above=0)
    else:
        _check_choice("class_prior", prior, ("uniform", "estimated"))


def _number_or_auto(name: str, value: Any, above: float | None = None) -> float | None:
    if _is_auto(value):
        return None
    check_number(name, value, above=above)
    return float(value)


def _values(value: Any, known: tuple[Any, ...]) -> tuple[Any, ...]:
    return known if _is_auto(value) else (value,)


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"
