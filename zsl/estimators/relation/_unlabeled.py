"""What unlabelled samples are taken for, and how much they move described classes: chosen on held-out classes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._temperature import stacked_temperature
from zsl.estimators.relation._folds import HeldOut
from zsl.estimators.relation._shots import Classes
from zsl.evaluation.metrics import best_bias
from zsl.functional.described_clusters import refined_classes
from zsl.functional.moments import unit_rows

STRENGTHS = (5.0, 20.0, 50.0, 100.0, 200.0)
SCALES = (10.0, 15.0, 20.0, 30.0)
N_STEPS = 10
_TOLERANCE = 0.005
_MIDDLE = 50.0
_PER_CLASS = 30
_STRANGERS = 0.05


@dataclass(frozen=True)
class Refinement:
    """How described classes are refined by unlabelled samples.

    Parameters
    ----------
    strength : float
        Samples that the mapped semantics of a class count as.
    scale : float
        What cosines are multiplied by where samples are shared out.
    start_bias : float
        Seen-class bias before the classes are refined, in cosines.
    bias : float
        Seen-class bias afterwards.
    temperature : float
        What refined scores are divided by before the softmax.
    stranger_score : float
        Cosine of the class of strangers: lower than that of 95 % of the samples of known classes.
    accuracy, inductive : float
        T1 on held-out classes with and without refinement; NaN if none were held out.
    harmonic_mean : float
        H there.
    """

    strength: float = 50.0
    scale: float = 20.0
    start_bias: float = 0.0
    bias: float = 0.0
    temperature: float = 1.0
    stranger_score: float = 0.0
    accuracy: float = float("nan")
    inductive: float = float("nan")
    harmonic_mean: float = float("nan")

    def refined(
        self,
        unlabeled: FloatArray,
        represented: FloatArray | torch.Tensor,
        free: NDArray[np.bool_],
        *,
        strength: FloatArray | None = None,
        **options: Any,
    ) -> torch.Tensor:
        """Represented classes after the unlabelled samples were shared out among them.

        A `strength` per class takes the place of the chosen one.
        """
        where, rows = torch.as_tensor(free), torch.as_tensor(unlabeled)
        return refined_classes(
            rows,
            torch.as_tensor(represented, dtype=rows.dtype),
            where,
            where.to(rows.dtype) * self.start_bias,
            prior_strength=torch.as_tensor(
                np.full(len(free), self.strength) if strength is None else strength, dtype=rows.dtype
            ),
            scale=self.scale,
            n_steps=N_STEPS,
            **options,
        )


def choose_refinement(classes: Sequence[Classes]) -> Refinement:
    """Choose by T1 among held-out classes, whose own samples are the unlabelled ones.

    Half of the figure is that of samples as they come, half that of samples of which two classes have four fifths, so
    that what is chosen also serves where the unlabelled samples are uneven. Of settings that differ by less than .005
    the one that trusts the semantics most is taken.
    """
    parts = [_held_samples(each) for each in classes]

    def figures(settings: Sequence[tuple[float, float]]) -> dict[tuple[float, float], FloatArray]:
        return {
            pair: np.mean(
                [_accuracies(each, Refinement(*pair), *part) for each, part in zip(classes, parts, strict=True)], axis=0
            )
            for pair in settings
        }

    found = figures([(_MIDDLE, scale) for scale in SCALES])
    _, scale = _most_careful(found)
    found |= figures([(strength, scale) for strength in STRENGTHS if strength != _MIDDLE])
    strength, scale = _most_careful(found)
    inductive = float(np.mean([_accuracy(each, *part[0], None) for each, part in zip(classes, parts, strict=True)]))
    return _with_bias(
        classes, Refinement(strength, scale, accuracy=float(found[strength, scale][0]), inductive=inductive)
    )


def _most_careful(figures: dict[tuple[float, float], FloatArray]) -> tuple[float, float]:
    """Of the settings near the best, the one of the largest strength, then of the smallest scale."""
    best = max(values.mean() for values in figures.values())
    near = [pair for pair, values in figures.items() if values.mean() >= best - _TOLERANCE]
    return max(near, key=lambda pair: (pair[0], -pair[1]))


def _with_bias(classes: Sequence[Classes], chosen: Refinement) -> Refinement:
    """Choose the biases before and after, with samples of known and of held-out classes mixed."""
    before = [each.fold.samples @ unit_rows(each.base).T.astype(each.fold.samples.dtype) for each in classes]
    start, *_ = best_bias([each.fold.curve(scores) for each, scores in zip(classes, before, strict=True)])
    chosen = replace(chosen, start_bias=start)
    after = []
    for each in classes:
        free = np.arange(len(each.base)) >= len(each.fold.seen.numbers)
        rows = chosen.refined(each.fold.samples, each.base, free)
        after.append(each.fold.samples @ unit_rows(rows.numpy()).T)
    pairs = list(zip(classes, after, strict=True))
    bias, _, _, harmonic = best_bias([each.fold.curve(scores) for each, scores in pairs])
    lowest = [np.quantile(scores[np.arange(len(scores)), each.fold.truth], _STRANGERS) for each, scores in pairs]
    return replace(
        chosen,
        bias=bias,
        temperature=stacked_temperature([each.fold.scored(scores) for each, scores in pairs], bias),
        stranger_score=float(np.mean(lowest)),
        harmonic_mean=harmonic,
    )


def _held_samples(each: Classes) -> list[tuple[FloatArray, NDArray[np.intp]]]:
    """Samples of the held-out classes and their numbers among these: as they come, and mostly of two classes."""
    fold, n_seen = each.fold, len(each.fold.seen.numbers)
    kept = [np.flatnonzero(fold.truth == n_seen + place)[:_PER_CLASS] for place in range(len(fold.held))]
    even = np.concatenate(kept)
    n_large = 2 if len(kept) > 2 else 1
    few = len(kept[0]) * n_large // max(4 * (len(kept) - n_large), 1)
    uneven = np.concatenate([*kept[:n_large], *(own[: max(1, few)] for own in kept[n_large:])])
    return [(fold.samples[rows], fold.truth[rows] - n_seen) for rows in (even, uneven)]


def _accuracies(
    each: Classes, how: Refinement, *parts: tuple[FloatArray, NDArray[np.intp]]
) -> tuple[float, ...]:
    return tuple(_accuracy(each, samples, truth, how) for samples, truth in parts)


def _accuracy(each: Classes, samples: FloatArray, truth: NDArray[np.intp], how: Refinement | None) -> float:
    held = each.base[len(each.fold.seen.numbers) :]
    free = np.ones(len(held), dtype=bool)
    rows = held.astype(samples.dtype) if how is None else how.refined(samples, held, free).numpy()
    hit = (samples @ unit_rows(rows).T).argmax(axis=1) == truth
    weight = 1 / np.bincount(truth, minlength=len(held))[truth]
    return float((hit * weight).sum() / len(np.unique(truth)))
