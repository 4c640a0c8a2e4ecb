"""Support samples of held-out classes: the prior strength, and the seen-class bias by number of shots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators.relation._classes import Point
from zsl.estimators.relation._folds import HeldOut, metric_scores
from zsl.estimators.relation._term import RelationTerm
from zsl.evaluation.curves import SeenUnseenCurve

PRIOR_STRENGTHS = 2.0 ** np.arange(-2, 9)
"""The grid that κ is chosen from, in units of samples."""
SHOTS = (1, 5, 20)
N_DRAWS = 3


@dataclass(frozen=True, eq=False)
class Classes:
    """All classes of a fold without support: mapped semantics, or the class means where there are no semantics."""

    fold: HeldOut  # the fold
    base: FloatArray  # (columns, d), one row per column of scores; of held-out classes zeros without semantics
    metric: str  # what scores start from
    term: RelationTerm | None = None  # what is added to them

    @classmethod
    def of(cls, fold: HeldOut, point: Point) -> Classes:
        """Map the classes at a point; without semantics, represent the seen ones by their means."""
        if fold.classes is None:
            held = np.zeros((len(fold.held), fold.seen.means.shape[1]))
            return cls(fold, np.concatenate([fold.seen.means, held]), point.metric)
        (mapped,) = fold.classes.mapped([point])
        return cls(fold, mapped[fold.columns], point.metric)

    def scores(self, classes: FloatArray) -> FloatArray:
        """Scores of all test samples against represented classes."""
        samples = self.fold.samples
        found = metric_scores(samples, classes, self.metric)
        return found if self.term is None else found + self.term.scores(samples, classes)

    def supports(
        self, shots: int, rng: np.random.Generator
    ) -> Iterator[tuple[NDArray[np.bool_], FloatArray, FloatArray]]:
        """Which samples are drawn as support, `N_DRAWS` times, with their sums and numbers by held-out class."""
        fold = self.fold
        n_seen, n_held = len(fold.seen.numbers), len(fold.held)
        rows = np.flatnonzero(fold.is_held)
        for _ in range(N_DRAWS):
            mixed = rng.permutation(rows)
            order = mixed[np.argsort(fold.truth[mixed], kind="stable")]
            place = fold.truth[order] - n_seen
            first = np.searchsorted(place, place, side="left")
            chosen = np.arange(len(order)) - first < shots
            drawn = np.zeros(len(fold.truth), dtype=bool)
            drawn[order[chosen]] = True
            sums = np.zeros((n_held, fold.samples.shape[1]))
            numbers, starts = np.unique(place[chosen], return_index=True)
            sums[numbers] = np.add.reduceat(fold.samples[order[chosen]], starts, axis=0, dtype=np.float64)
            yield drawn, sums, np.bincount(place[chosen], minlength=n_held).astype(np.float64)


def shots_to_try(folds: Sequence[HeldOut]) -> tuple[int, ...]:
    """Those numbers of shots that leave half of a held-out class to test on."""
    counts = [np.bincount(fold.truth[fold.is_held]) for fold in folds]
    least = min(int(found[found > 0].min()) for found in counts)
    return tuple(shots for shots in SHOTS if shots <= max(1, least // 2))


def best_prior_strength(classes: Sequence[Classes], shots: Sequence[int], rng: np.random.Generator) -> float:
    """Find κ of the largest accuracy among held-out classes, averaged over numbers of shots, draws and folds."""
    accuracy = np.zeros(len(PRIOR_STRENGTHS))
    for each in classes:
        fold, n_seen = each.fold, len(each.fold.seen.numbers)
        held, samples = each.base[n_seen:], fold.samples[fold.is_held]
        mapped = samples @ held.T.astype(samples.dtype)
        for k in shots:
            for drawn, sums, n_drawn in each.supports(k, rng):
                rest = ~drawn[fold.is_held]
                support = (samples @ sums.T.astype(samples.dtype))[rest]
                truth = fold.truth[fold.is_held & ~drawn] - n_seen
                counts = np.bincount(truth, minlength=len(held))
                weight = 1 / (counts[truth] * np.count_nonzero(counts))
                pooled = _pooled_scores(mapped[rest], support, held, sums, n_drawn, each.metric)
                for place, scores in enumerate(pooled):
                    accuracy[place] += weight[scores.argmax(axis=1) == truth].sum()
    return float(PRIOR_STRENGTHS[accuracy.argmax()])


def _pooled_scores(
    mapped: FloatArray, support: FloatArray, held: FloatArray, sums: FloatArray, counts: FloatArray, metric: str
) -> Iterator[FloatArray]:
    """Scores against the posterior means for each κ of the grid, from the products of samples with both their parts."""
    kind = mapped.dtype
    lengths = [np.square(held).sum(axis=1), 2 * (held * sums).sum(axis=1), np.square(sums).sum(axis=1)]
    for strength in PRIOR_STRENGTHS:
        square = strength**2 * lengths[0] + strength * lengths[1] + lengths[2]
        scores = strength.astype(kind) * mapped + support
        if metric == "cosine":
            yield scores / np.sqrt(np.maximum(square, 1e-24)).astype(kind)
        else:
            total = (strength + counts).astype(kind)
            yield scores / total - 0.5 * square.astype(kind) / total**2


def shot_curves(
    classes: Sequence[Classes], seen_scores: Sequence[FloatArray], shots: int, strength: float, rng: np.random.Generator
) -> list[SeenUnseenCurve]:
    """Seen-unseen curves with so many support samples of the held-out classes, one per draw and fold.

    The scores of the classes that are trained on are given.
    """
    found = []
    for each, seen in zip(classes, seen_scores, strict=True):
        n_seen = len(each.fold.seen.numbers)
        for drawn, sums, counts in each.supports(shots, rng):
            held = (strength * each.base[n_seen:] + sums) / np.maximum(strength + counts, 1.0)[:, None]
            scores = np.hstack([seen[:, :n_seen], each.scores(held)])
            found.append(each.fold.curve(scores[~drawn], ~drawn))
    return found
