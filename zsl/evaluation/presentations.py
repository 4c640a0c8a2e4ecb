"""Accuracy at the first, second, ... time that a sample of a class is presented."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._arguments import as_random_state, check_estimator
from zsl._escaping import html_table
from zsl._labels import as_labels
from zsl._typing import FloatArray, LabelArray
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation._arrays import as_count, check_lengths
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.exceptions import InvalidInputError
from zsl.methods.learners.mann import MemoryAugmentedNetwork

_DRAWN = 256
"""Episodes drawn at once."""
_BLOCK_NUMBERS = 2**23
"""Most numbers that the samples and the memories of one block of episodes may have."""


@dataclass(frozen=True, eq=False)
class PresentationResult:
    """Accuracies by presentation.

    Parameters
    ----------
    accuracies : array of shape (n_episodes, n_presentations)
        Share of the classes of each episode whose first, second, ... sample was predicted right.
    n_way : int
        Classes per episode.
    """

    accuracies: FloatArray
    n_way: int

    @property
    def mean(self) -> FloatArray:
        """Mean accuracies by presentation, in [0, 1]."""
        mean: FloatArray = self.accuracies.mean(axis=0)
        return mean

    @property
    def half_width(self) -> FloatArray:
        """Half the widths of their 95 % confidence intervals over episodes."""
        return np.array([mean_confidence_interval(column)[1] for column in self.accuracies.T])

    def _repr_html_(self) -> str:
        means, halves = (100 * self.mean).tolist(), (100 * self.half_width).tolist()
        return html_table(
            ["presentation", "accuracy, %", "95 % interval, ±"],
            zip(range(1, len(means) + 1), means, halves, strict=True),
            title=f"{self.n_way}-way, {len(self.accuracies)} episodes",
        )

    def __repr__(self) -> str:
        cells = [
            f"{k}: {100 * mean:.1f} ± {100 * half:.1f}"
            for k, (mean, half) in enumerate(zip(self.mean, self.half_width, strict=True), start=1)
        ]
        return f"{self.n_way}-way, % at presentation {', '.join(cells)} ({len(self.accuracies)} episodes)"


def measure_presentations(
    fitted: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_way: int = 5,
    n_presentations: int = 10,
    n_episodes: int = 1000,
    random_state: int | RandomState | None = 0,
) -> PresentationResult:
    """Measure a memory-augmented network as it is trained, on classes that it wasn't fitted on.

    The samples of an episode come one by one in random order, and the label of each comes a step after it. Accuracy is
    counted separately for the first sample of each class, which can only be guessed, for the second one, and so on, as
    in A. Santoro et al., "Meta-Learning with Memory-Augmented Neural Networks", 2016, arXiv:1605.06065, table 1.

    Parameters
    ----------
    fitted : MemoryAugmentedClassifier
        The estimator. Stays as it is.
    X : array of samples
        In the form of those fitted on.
    y : array of shape (n_samples,)
        Their labels.
    n_way : int, default=5
        Classes per episode.
    n_presentations : int, default=10
        Samples of each class.
    n_episodes : int, default=1000
        Number of episodes.
    random_state : int, RandomState or None, default=0
        Which episodes are drawn.

    Returns
    -------
    PresentationResult
        Accuracies of each episode, their means and intervals.

    Raises
    ------
    InvalidInputError
        If the estimator has no memory-augmented network, classes are too few or too small for the episodes, there are
        more classes than labels, or an argument is out of range.
    """
    check_estimator("fitted", fitted)
    check_is_fitted(fitted)
    method = getattr(fitted, "method_", None)
    if not isinstance(method, MemoryAugmentedNetwork):
        raise InvalidInputError(f"fitted is a {type(fitted).__name__}; wanted a fitted MemoryAugmentedClassifier.")
    names = as_labels("y", y)
    embedded = torch.as_tensor(fitted.embed(X), device=method.direction.device)
    check_lengths("X", embedded, "y", names)
    return method_presentations(method, embedded, names, n_way, n_presentations, n_episodes, random_state)


def method_presentations(
    method: MemoryAugmentedNetwork,
    embedded: Tensor,
    labels: LabelArray,
    n_way: int = 5,
    n_presentations: int = 10,
    n_episodes: int = 1000,
    random_state: int | RandomState | None = 0,
) -> PresentationResult:
    """Measure a network on embedded samples, (sample, feature), on its device; otherwise as `measure_presentations`."""
    n_way, n_presentations = as_count("n_way", n_way, 2), as_count("n_presentations", n_presentations, 2)
    n_episodes = as_count("n_episodes", n_episodes)
    generator = torch.Generator().manual_seed(int(as_random_state(random_state).randint(2**31 - 1)))
    sampler = FewShotSampler(
        torch.as_tensor(np.unique(labels, return_inverse=True)[1]),
        n_way=n_way,
        n_shot=1,
        n_query=n_presentations - 1,
        generator=generator,
    )
    block = max(1, _BLOCK_NUMBERS // (n_way * n_presentations * (embedded.shape[1] + 4 * method.n_hidden)))
    found: list[Tensor] = []
    while len(found) < n_episodes:
        drawn = sampler.draw(_DRAWN)
        places = torch.cat([drawn.support, drawn.query], dim=1)
        label = torch.cat([drawn.label, drawn.query_label], dim=1)
        order = torch.rand(label.shape, generator=generator, dtype=torch.float32).argsort(1)
        places, label = (part.gather(1, order)[: n_episodes - len(found)] for part in (places, label))
        for place, own in zip(places.split(block), label.split(block), strict=True):
            shown, known = embedded[place.to(embedded.device)], own.to(embedded.device)
            with torch.inference_mode():
                scores = method.sequence_scores(shown, known, n_way, generator=generator)
            found.extend(by_presentation(scores.argmax(2).cpu() == own, own, n_way))
    return PresentationResult(torch.stack(found).numpy(), n_way)


def by_presentation(right: Tensor, label: Tensor, n_way: int) -> Tensor:
    """Share of the classes predicted right at their first, second, ... sample, from (episode, step) to (episode, k)."""
    by_class = label.argsort(dim=1, stable=True)  # the samples of a class stay in the order in which they came
    shares: Tensor = right.gather(1, by_class).unflatten(1, (n_way, -1)).double().mean(1)
    return shares
