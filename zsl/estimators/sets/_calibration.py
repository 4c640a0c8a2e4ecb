"""What prediction sets are read from: how true classes stand on calibration samples, of seen and of unseen classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators.sets._scoring import Scoring
from zsl.functional.scores.conformal import Standing, conformal_quantile, group_weights
from zsl.persistence.codec import register

register(Standing)
Competing = Literal["all", "alone"]
"""Whether classes of both sides compete for a sample, or those of its own side alone."""


@register
@dataclass(frozen=True, eq=False)
class Side:
    """Calibration samples whose classes are all seen, or all play unseen ones.

    Parameters
    ----------
    codes : array of shape (n,)
        The class of each sample, as a number among the classes that calibration samples are of.
    all, alone : Standing
        Where the true class of each sample stands with the classes of both sides competing, and with those of this side
        alone.
    best, best_alone : array of shape (n,)
        The largest calibrated score of each sample, over the classes of both sides and over those of this one.
    """

    codes: NDArray[np.intp]
    all: Standing
    alone: Standing
    best: FloatArray
    best_alone: FloatArray

    @classmethod
    def of(cls, parts: Sequence[Side]) -> Side:
        """Put the samples of several folds together."""
        every, alone = (_joined([getattr(part, name) for part in parts]) for name in ("all", "alone"))
        codes, best, best_alone = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("codes", "best", "best_alone")
        )
        return cls(codes, every, alone, best, best_alone)

    def fits(self) -> bool:
        """Whether the parts go together."""
        n = self.codes.shape
        good = len(n) == 1 and n[0] > 0 and bool(self.codes.min() >= 0)
        return good and all(part.shape == n for part in (self.all.own, self.alone.own, self.best, self.best_alone))

    def scores(self, scoring: Scoring, competing: Competing) -> FloatArray:
        """Scores of the true classes with these classes competing."""
        return scoring(getattr(self, competing), "calibration")

    def threshold(self, values: FloatArray, level: float, *, new_class: bool) -> float:
        """The quantile of values of this side for one more sample, or for one of a class without any here."""
        return conformal_quantile(values, level, weights=group_weights(self.codes) if new_class else None)

    def by_class(self, values: FloatArray, level: float, n_classes: int) -> FloatArray:
        """The quantile of each class of its own, (n_classes,); infinite for one with too few samples."""
        order = np.argsort(self.codes, kind="stable")
        parts = np.split(values[order], np.cumsum(np.bincount(self.codes, minlength=n_classes))[:-1])
        return np.array([conformal_quantile(part, level) for part in parts])


@register
@dataclass(frozen=True, eq=False)
class Calibration:
    """Both sides, and the thresholds that follow from them.

    Parameters
    ----------
    seen : Side
        Samples of seen classes, by models that were trained on others of the class.
    unseen : Side or None
        Samples of seen classes that played unseen ones, by models that were trained without these; None if none did.
    """

    seen: Side
    unseen: Side | None

    def thresholds(self, scoring: Scoring, groups: NDArray[np.intp], coverage: float, conditional: str) -> FloatArray:
        """The largest score that each class asked for may have, (C,).

        Parameters
        ----------
        scoring : Scoring
            How classes are scored.
        groups : array of shape (C,)
            The number of each class among the seen ones of calibration, -1 for a class that wasn't.
        coverage : float
            In (0, 1).
        conditional : {"group", "class", "none"}
            Among which classes the coverage holds.
        """
        known = groups >= 0
        competing: Competing = "alone" if known.all() or not known.any() else "all"
        found = np.empty(len(groups))
        if conditional == "none" and competing == "all":
            found[:] = self._pooled(scoring, coverage, int(known.sum()), len(groups))
            return found
        if known.any():
            values = self.seen.scores(scoring, competing)
            if conditional == "class":
                found[known] = self.seen.by_class(values, coverage, int(groups.max()) + 1)[groups[known]]
            else:
                found[known] = self.seen.threshold(values, coverage, new_class=False)
        if not known.all():
            assert self.unseen is not None  # checked before
            found[~known] = self.unseen.threshold(self.unseen.scores(scoring, competing), coverage, new_class=True)
        return found

    def floor(self, groups: NDArray[np.intp], share: float) -> float:
        """The least best score among the classes asked for of a sample that fits one: this share falls short.

        Where classes of both sides compete, neither side loses more than that.
        """
        known = groups >= 0
        both = known.any() and not known.all()
        sides = [side for side, some in ((self.seen, known.any()), (self.unseen, not known.all())) if some and side]
        best = [side.best if both else side.best_alone for side in sides]
        return min(
            -side.threshold(-values, 1 - share, new_class=side is self.unseen)
            for side, values in zip(sides, best, strict=True)
        )

    def _pooled(self, scoring: Scoring, coverage: float, n_seen: int, n_classes: int) -> float:
        """One threshold for both sides, as if a sample were of any class asked for with equal probability."""
        assert self.unseen is not None
        sides = (self.seen, n_seen), (self.unseen, n_classes - n_seen)
        weights = [group_weights(side.codes) for side, _ in sides]
        weights = [own * (count / own.sum()) for own, (_, count) in zip(weights, sides, strict=True)]
        scores = np.concatenate([side.scores(scoring, "all") for side, _ in sides])
        return conformal_quantile(scores, coverage, weights=np.concatenate(weights))


def _joined(parts: Sequence[Standing]) -> Standing:
    return Standing(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("own", "above", "rank")))
