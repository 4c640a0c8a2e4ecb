"""Where calibration samples come from: held out of each seen class, and of seen classes that play unseen ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from zsl._labels import distinct
from zsl._progress import progress
from zsl._typing import LabelArray
from zsl.estimators.sets._calibration import Calibration, Side
from zsl.evaluation._arrays import is_among, rows_by_class
from zsl.evaluation._fitted import open_fitted
from zsl.evaluation.splits import ClassKFold
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.conformal import Standing

Rows = NDArray[np.intp]
Calibrated = tuple[Any, LabelArray, Calibration]
"""A fitted estimator, the classes that count as seen, sorted, and the calibration."""
_SEEN_TEST_SIZE = 0.2


@dataclass(frozen=True, eq=False)
class Samples:
    """Labelled samples, as the estimator takes them."""

    X: Any
    y: LabelArray

    def of(self, rows: Rows) -> tuple[Any, LabelArray]:
        """Some of the samples, and their labels."""
        try:
            return _safe_indexing(self.X, rows), self.y[rows]
        except Exception as error:  # of whatever kind X is
            raise InvalidInputError(f"X of type {type(self.X).__name__} has no rows to take: {error}") from error

    def fit(self, estimator: Any, rows: Rows) -> Any:
        """A clone fitted on some of the samples."""
        fitted = clone(estimator).fit(*self.of(rows))
        return getattr(fitted, "best_estimator_", fitted)

    def side(self, fitted: Any, rows: Rows, numbered: LabelArray, every: LabelArray, own: LabelArray) -> Side:
        """How the true classes of some samples stand: among every class, and among those of their own side, sorted."""
        opened = open_fitted(fitted)
        found: Any = opened.estimator
        X, truth = self.of(rows)
        inner = opened.transform(X)
        standings, best = [], []
        for classes in (every, own):
            standings.append(Standing.of(found.predict_proba(inner, classes)).at(np.searchsorted(classes, truth)))
            scores = found.class_scores(inner, classes, calibrated=True)
            best.append(scores.max(axis=1).astype(np.float64))
        return Side(np.searchsorted(numbered, truth), standings[0], standings[1], best[0], best[1])


def by_fitted(fitted: Any, samples: Samples) -> Calibrated:
    """Calibrate an estimator that is fitted already, on samples of classes that it knows."""
    known = open_fitted(fitted).estimator
    every, seen = known.classes_, known.seen_classes_
    if unknown := sorted(set(samples.y.tolist()) - set(every.tolist()), key=str):
        raise InvalidInputError(f"y has {unknown[:5]}, which the estimator doesn't know; wanted known classes only.")
    is_seen = is_among(samples.y, seen.tolist())
    if not is_seen.any():
        raise InvalidInputError(f"y has none of the {len(seen)} seen classes of the estimator; wanted samples of them.")
    sides = [samples.side(fitted, np.flatnonzero(is_seen), seen, every, seen)]
    if not is_seen.all():
        other = every[~is_among(every, seen.tolist())]
        sides.append(samples.side(fitted, np.flatnonzero(~is_seen), other, every, other))
    return fitted, seen, Calibration(sides[0], sides[1] if len(sides) > 1 else None)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """How much is held out, and what each fold's clone is told of the classes that it wasn't fitted on.

    Parameters
    ----------
    size : float
        Share of the samples of each class that is held out from all fits, 0 for none.
    cv : int, splitter or None
        Folds of whole classes.
    n_shots : int
        Support samples of each class that plays an unseen one.
    rng : RandomState
        Draws what is held out.
    verbose : bool
        Whether to draw a bar.
    """

    size: float
    cv: Any
    n_shots: int
    rng: RandomState
    verbose: bool

    def calibrated(self, estimator: Any, samples: Samples) -> Calibrated:
        """Fit a clone on what isn't held out, and one per fold."""
        labels, held_out = distinct(samples.y), self._held_out(samples.y)
        splits = list(self._splits(samples.y, len(labels)))
        seen: list[Side] = []
        unseen: list[Side] = []
        with progress("calibrating", 1 + len(splits), shown=self.verbose) as bar:
            fitted = samples.fit(estimator, np.flatnonzero(~held_out))
            every = open_fitted(fitted).estimator.classes_
            new = every[~is_among(every, labels.tolist())]
            if held_out.any():
                seen.append(samples.side(fitted, np.flatnonzero(held_out), labels, every, labels))
            bar.update()
            for train, test in splits:
                part = samples.fit(estimator, train[~held_out[train]])
                trained = distinct(samples.y[train])
                is_new = ~is_among(samples.y[test], trained.tolist())
                if not is_new.any():
                    raise InvalidInputError(
                        f"cv={self.cv!r} has a split without new classes among its test samples; wanted whole classes "
                        "held out, as ClassKFold does."
                    )
                rows = self._introduced(part, samples, test[is_new])
                others = self._others(part, samples.y[test[is_new]], new)
                both = np.sort(np.concatenate([trained, others]))
                if not self.size and not is_new.all():
                    seen.append(samples.side(part, test[~is_new], labels, both, trained))
                if len(others):
                    unseen.append(samples.side(part, rows, labels, both, others))
                elif self.size:  # the clone can't know classes that it wasn't fitted on
                    break
                bar.update()
        if not seen:
            raise InvalidInputError("y has one sample per class; wanted two or more, of which one can be held out.")
        return fitted, labels, Calibration(Side.of(seen), Side.of(unseen) if unseen else None)

    def _held_out(self, y: LabelArray) -> NDArray[np.bool_]:
        """Which samples no fit sees: a share of each class, at least one, and all but one at most."""
        mask = np.zeros(len(y), dtype=bool)
        for rows in rows_by_class(y) if self.size else ():
            count = min(max(round(self.size * len(rows)), 1), len(rows) - 1)
            mask[self.rng.permutation(rows)[:count]] = True
        return mask

    def _splits(self, y: LabelArray, n_classes: int) -> Iterator[tuple[Rows, Rows]]:
        """Training and test rows of each fold; a number of folds needs twice as many classes."""
        if self.cv is None:
            return
        splitter = self.cv
        if isinstance(splitter, (int, np.integer)):
            n_splits = min(int(splitter), n_classes // 2)
            if n_splits < 2:
                return
            test_size = 0.0 if self.size else _SEEN_TEST_SIZE
            splitter = ClassKFold(n_splits, seen_test_size=test_size, random_state=self.rng)
        yield from splitter.split(y, y)

    def _introduced(self, part: Any, samples: Samples, rows: Rows) -> Rows:
        """Give a fold's clone some samples of each of its new classes; the others are what it is tested on."""
        if not self.n_shots:
            return rows
        shots = []
        for places in rows_by_class(samples.y[rows]):
            if len(places) <= self.n_shots:
                label = samples.y[rows[places[:1]]].tolist()[0]
                raise InvalidInputError(
                    f"n_shots={self.n_shots}, and class {label!r} has {len(places)} sample(s) in y; wanted more than "
                    "that, to test on the others."
                )
            shots.append(self.rng.permutation(places)[: self.n_shots])
        chosen = np.sort(np.concatenate(shots))
        opened = open_fitted(part)
        X, y = samples.of(rows[chosen])
        opened.estimator.add_classes(opened.transform(X), y)
        return np.delete(rows, chosen)

    def _others(self, part: Any, held: LabelArray, new: LabelArray) -> LabelArray:
        """The classes that play unseen ones, and as many unseen ones as make their number up to that of these."""
        known = open_fitted(part).estimator.classes_
        held = known[is_among(known, held.tolist())]
        more = known[is_among(known, new.tolist())]
        drawn = self.rng.permutation(len(more))[: max(0, len(new) - len(held))]
        return np.sort(np.concatenate([held, more[drawn]])) if len(held) else held
