"""What unlabelled samples are taken for, and how much they move described classes: chosen on held-out classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators.relation._shots import Classes
from zsl.evaluation.curves import best_bias
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.described_clusters import refined_classes
from zsl.functional.linear.origins import unit_rows
from zsl.persistence.codec import register
from zsl.selection.calibration import Scored, some, stacked_temperature

STRENGTHS = (10.0, 20.0, 50.0, 100.0, 200.0)
SCALES = (10.0, 15.0, 20.0, 30.0)
N_STEPS = 10
_MIDDLE = 50.0
_TOLERANCE, _MOST_LOSS = 0.005, 0.01
_EVEN = 40
_STRANGERS = 0.05


@register
@dataclass(frozen=True)
class Refinement:
    """How described classes are refined by unlabelled samples."""

    # samples that the representation of a described class counts as, where there are up to 40 unlabelled samples per
    # class; in proportion more where there are more
    strength: float = 50.0
    scale: float = 20.0  # what cosines are multiplied by where samples are shared out
    start_bias: float = 0.0  # seen-class bias before the classes are refined, in cosines
    bias: float = 0.0  # seen-class bias afterwards
    temperature: float = 1.0  # what refined scores are divided by before the softmax
    # cosine of the class of strangers: lower than that of 95 % of the samples of known classes
    stranger_score: float = 0.0
    accuracy: float = float("nan")  # T1 on held-out classes with and without refinement; NaN if none were held out
    inductive: float = float("nan")
    harmonic_mean: float = float("nan")  # H there

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise ValueError(f"a temperature of {self.temperature}; wanted a finite number above 0")

    def refined(
        self,
        unlabeled: FloatArray,
        represented: FloatArray,
        free: NDArray[np.bool_],
        *,
        counts: FloatArray | float = 0.0,
        described: NDArray[np.bool_] | bool = True,
        **options: Any,
    ) -> FloatArray:
        """Represented classes after the unlabelled samples were shared out among them.

        `counts` are support samples per class, which weigh one each, beside the strength of a described class.
        """
        weight = self.strength * max(1.0, len(unlabeled) / (_EVEN * len(free)))
        return refined_classes(
            unlabeled,
            represented,
            free,
            np.where(free, self.start_bias, 0.0),
            prior_strength=np.where(described, weight, 0.0) + counts + np.zeros(len(free)),
            scale=self.scale,
            n_steps=N_STEPS,
            **options,
        )


def choose_refinement(classes: Sequence[Classes]) -> Refinement:
    """Choose by T1 among held-out classes, whose own samples are the unlabelled ones.

    Settings that lose more than .01 against no refinement, where two classes have four fifths of the samples, are left
    out. Of those that come within .005 of the best, where samples are even, the one that trusts the descriptions most
    is taken.
    """
    tried = [_Tried.of(each) for each in classes]
    before = _mean(tried, None)
    found = {how: _mean(tried, how) for how in (Refinement(_MIDDLE, scale) for scale in SCALES)}
    best = _most_careful(found, before)
    found |= {how: _mean(tried, how) for how in (replace(best, strength=s) for s in STRENGTHS if s != _MIDDLE)}
    best = _most_careful(found, before)
    return _with_bias(classes, replace(best, accuracy=float(found[best][0]), inductive=float(before[0])))


def _most_careful(figures: dict[Refinement, FloatArray], before: FloatArray) -> Refinement:
    """Of the settings near the best, the one of the largest strength, then of the smallest scale."""
    safe = {how: even for how, (even, uneven) in figures.items() if uneven >= before[1] - _MOST_LOSS}
    safe = safe or {how: even + uneven for how, (even, uneven) in figures.items()}
    best = max(safe.values())
    near = [how for how, value in safe.items() if value >= best - _TOLERANCE]
    return max(near, key=lambda how: (how.strength, -how.scale))


def _with_bias(classes: Sequence[Classes], chosen: Refinement) -> Refinement:
    """Choose the biases before and after, with samples of known and of held-out classes mixed."""
    before = [each.fold.samples @ unit_rows(each.base).T.astype(each.fold.samples.dtype) for each in classes]
    start, *_ = best_bias([each.fold.curve(scores) for each, scores in zip(classes, before, strict=True)])
    chosen = replace(chosen, start_bias=start)
    after = []
    for each in classes:
        free = np.arange(len(each.base)) >= len(each.fold.seen.numbers)
        rows = chosen.refined(each.fold.samples, each.base, free)
        after.append(each.fold.samples @ unit_rows(rows).T)
    pairs = list(zip(classes, after, strict=True))
    bias, _, _, harmonic = best_bias([each.fold.curve(scores) for each, scores in pairs])
    scored = [each.fold.scored(scores) for each, scores in pairs]
    return replace(
        chosen,
        bias=bias,
        temperature=stacked_temperature(list(map(some, scored)), bias),
        stranger_score=stranger_score(scored),
        harmonic_mean=harmonic,
    )


def stranger_score(folds: Sequence[Scored]) -> float:
    """The score that one in twenty samples of known classes falls short of, for its own class."""
    return float(
        np.mean([np.quantile(scores[np.arange(len(scores)), truth], _STRANGERS) for scores, _, truth in folds])
    )


def refined_rows(
    refinement: Refinement,
    unlabeled: FloatArray,
    represented: FloatArray,
    classes: ClassRegistry,
    *,
    log_prior: FloatArray | None,
    estimate_prior: bool,
    distractor: bool,
) -> FloatArray:
    """Refine the unseen classes: semantics count as the chosen number of samples, support samples as one each."""
    return refinement.refined(
        unlabeled,
        represented,
        ~classes.seen,
        counts=classes.counts,
        described=classes.described,
        log_prior=log_prior,
        estimate_prior=estimate_prior,
        stranger_score=refinement.stranger_score if distractor else None,
    )


def log_prior_of(class_prior: Any, labels: LabelArray) -> FloatArray | None:
    """Logarithms of the shares of some classes; None for an even prior."""
    if not isinstance(class_prior, Mapping):
        return None
    missing = [label for label in labels.tolist() if label not in class_prior]
    if missing:
        raise InvalidInputError(
            f"class_prior has no share for {missing[:5]}; wanted one for each class predicted among."
        )
    shares = np.array([float(class_prior[label]) for label in labels.tolist()])
    found: FloatArray = np.log(shares / shares.sum())
    return found


@dataclass(frozen=True, eq=False)
class _Tried:
    """Sets of samples of held-out classes, these classes, and the true ones: one even, two mostly of two classes."""

    sets: tuple[tuple[FloatArray, FloatArray, NDArray[np.intp]], ...]

    @classmethod
    def of(cls, each: Classes) -> _Tried:
        """Draw the sets from the test samples of a fold."""
        fold, n_seen = each.fold, len(each.fold.seen.numbers)
        numbers = np.unique(fold.truth[fold.is_held])
        own = [np.flatnonzero(fold.truth == number) for number in numbers]
        n_large = 2 if len(own) > 2 else 1
        chosen = [[rows[:_EVEN] for rows in own]]
        for order in (own, own[::-1]):
            large, small = order[:n_large], order[n_large:]
            few = max(1, sum(map(len, large)) // (4 * max(len(small), 1)))
            chosen.append([*large, *(rows[:few] for rows in small)])
        drawn = [np.concatenate(rows) for rows in chosen]
        held = each.base[n_seen:].astype(fold.samples.dtype)
        return cls(tuple((*_spanned(fold.samples[rows], held), fold.truth[rows] - n_seen) for rows in drawn))

    def accuracies(self, how: Refinement | None) -> tuple[float, float]:
        """T1 with even samples; with uneven ones the mean of T1 and of the share of samples that are recognised."""
        (even, _), *uneven = (_accuracies(samples, held, truth, how) for samples, held, truth in self.sets)
        return even, float(np.mean(uneven))


def _mean(tried: Sequence[_Tried], how: Refinement | None) -> FloatArray:
    found: FloatArray = np.mean([each.accuracies(how) for each in tried], axis=0)
    return found


def _spanned(samples: FloatArray, classes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Samples and classes in coordinates of their span, where that has fewer dimensions."""
    rows = np.concatenate([samples, classes])
    if len(rows) >= rows.shape[1]:
        return samples, classes
    (triangle,) = linalg.qr(rows.T, mode="r", overwrite_a=True, check_finite=False)
    inner = triangle[: len(rows)].T  # the inner products of these rows are those of the others
    return inner[: len(samples)], inner[len(samples) :]


def _accuracies(
    samples: FloatArray, held: FloatArray, truth: NDArray[np.intp], how: Refinement | None
) -> tuple[float, float]:
    rows = held if how is None else how.refined(samples, held, np.ones(len(held), dtype=bool))
    hit = (samples @ unit_rows(rows).T).argmax(axis=1) == truth
    counts = np.bincount(truth, minlength=len(held))
    return float((hit / counts[truth]).sum() / np.count_nonzero(counts)), float(hit.mean())
