"""How a relation network is built and trained: the parameters of `RelationClassifier`, checked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from zsl.estimators._checks import check_whole
from zsl.exceptions import InvalidInputError
from zsl.nn.relation import Similarity


@dataclass(frozen=True)
class Settings:
    """Checked parameters."""

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
        if self.similarity not in ("both", "metric", "relation"):
            raise InvalidInputError(f"similarity={self.similarity!r}; wanted 'both', 'metric' or 'relation'.")
        if self.similarity != "metric" and not self.relation_hidden:
            raise InvalidInputError(
                f"relation_hidden=() with similarity={self.similarity!r}; wanted one hidden layer or more."
            )
        if self.loss not in ("cross_entropy", "mse"):
            raise InvalidInputError(f"loss={self.loss!r}; wanted 'cross_entropy' or 'mse'.")
        for name in ("n_episodes", "n_query"):
            check_whole(name, getattr(self, name))
        for name in ("learning_rate", "scale"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float, np.number)) and 0 < value < math.inf):
                raise InvalidInputError(f"{name}={value!r}; wanted a number above 0.")
        for name in ("weight_decay", "relation_penalty", "semantic_noise", "feature_noise"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float, np.number)) and 0 <= value < math.inf):
                raise InvalidInputError(f"{name}={value!r}; wanted a number of 0 or more.")

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


def as_widths(name: str, widths: Any) -> tuple[int, ...]:
    """Check the widths of hidden layers, one a layer."""
    found = tuple(widths) if isinstance(widths, (tuple, list)) else (widths,)
    if any(isinstance(width, bool) or not isinstance(width, (int, np.integer)) or width < 1 for width in found):
        raise InvalidInputError(f"{name}={widths!r}; wanted whole numbers of 1 or more, one a hidden layer.")
    return tuple(int(width) for width in found)
