"""Held-out seen classes that play the unseen ones, and how well a point of the grid does on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators.relation._classes import DescribedClasses, Point
from zsl.estimators.relation._space import SeenClasses
from zsl.evaluation.curves import SeenUnseenCurve, margin_curve
from zsl.functional.linear.moments import evenly_spread, unit_rows
from zsl.selection.calibration import Scored

MOST_HELD, MOST_SEEN = 100, 20
"""How many samples of a held-out class, and of another one, a fold is tested on."""
MOST_CLASSES, MOST_SAMPLES, MOST_SCORES = 400, 8192, 20_000_000
"""How many classes of either side have samples in the test, and how many samples and scores there are."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Some seen classes are held out, and tested on beside samples of the others.

    Parameters
    ----------
    classes : DescribedClasses or None
        The class table, scaled by the other classes; None without semantics.
    seen : SeenClasses
        The classes that are trained on.
    held : array of shape (h,)
        The numbers of the classes that are held out.
    samples : array of shape (t, d)
        Embedded test samples.
    codes : array of shape (t,)
        Their class numbers.
    train : array of shape (n,)
        Which rows of the data are trained on.
    """

    classes: DescribedClasses | None
    seen: SeenClasses
    held: NDArray[np.intp]
    samples: FloatArray
    codes: NDArray[np.intp]
    train: NDArray[np.intp] = field(repr=False)

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """Class numbers of the columns of scores: first those trained on, then those held out."""
        return np.concatenate([self.seen.numbers, self.held])

    @cached_property
    def truth(self) -> NDArray[np.intp]:
        """The column of each sample's class."""
        place = np.full(int(self.columns.max()) + 1, -1, dtype=np.intp)
        place[self.columns] = np.arange(len(self.columns))
        found: NDArray[np.intp] = place[self.codes]
        return found

    @property
    def is_held(self) -> NDArray[np.bool_]:
        """Whether each sample is of a class that is held out."""
        found: NDArray[np.bool_] = self.truth >= len(self.seen.numbers)
        return found

    @cached_property
    def weight(self) -> FloatArray:
        """What a sample adds to the per-class accuracy of its side."""
        counts = np.bincount(self.truth, minlength=len(self.columns))
        n_seen = len(self.seen.numbers)
        sides = [np.count_nonzero(part) for part in (counts[:n_seen], counts[n_seen:])]
        found: FloatArray = 1.0 / (counts[self.truth] * np.array(sides)[self.is_held.astype(int)])
        return found

    @cached_property
    def _small(self) -> tuple[FloatArray, DescribedClasses]:
        """Samples and classes in coordinates of the span of class means and class texts, where all scores come from."""
        assert self.classes is not None
        means, texts = self.seen.means, self.classes.texts
        rows = means if texts is None else np.concatenate([means, texts])
        if len(rows) >= rows.shape[1]:
            return self.samples, self.classes
        basis, _ = np.linalg.qr(rows.T)
        return self.samples @ basis.astype(self.samples.dtype), self.classes.reduced(basis)

    def scores(self, points: Sequence[Point]) -> Iterator[FloatArray]:
        """Zero-shot scores at points that share their kernel and block weights, (t, columns) each."""
        samples, classes = self._small
        for point, mapped in zip(points, classes.mapped(points), strict=True):
            yield metric_scores(samples, mapped[self.columns], point.metric)

    def curve(self, scores: FloatArray, rows: NDArray[np.bool_] | None = None) -> SeenUnseenCurve:
        """Seen-unseen curve of scores, of all test samples or of some."""
        rows = np.ones(len(self.truth), dtype=bool) if rows is None else rows
        n_seen, truth, held = len(self.seen.numbers), self.truth[rows], self.is_held[rows]
        margin = scores[:, :n_seen].max(axis=1) - scores[:, n_seen:].max(axis=1)
        hit = np.where(
            held, scores[:, n_seen:].argmax(axis=1) + n_seen == truth, scores[:, :n_seen].argmax(axis=1) == truth
        )
        weight = hit * self.weight[rows]
        if not rows.all():  # some held-out samples serve as support: the others share the weight of their class
            weight = weight * (np.bincount(self.truth) / np.maximum(np.bincount(truth), 1))[truth]
        return margin_curve(margin[~held], weight[~held], -margin[held], weight[held])

    def scored(self, scores: FloatArray) -> Scored:
        """Scores with what else is known of them."""
        return scores, np.arange(len(self.columns)) < len(self.seen.numbers), self.truth


def metric_scores(samples: FloatArray, classes: FloatArray, metric: str) -> FloatArray:
    """Compare samples of length 1 with classes, in the precision of the samples."""
    if metric == "cosine":
        found: FloatArray = samples @ unit_rows(classes).T.astype(samples.dtype)
        return found
    found = samples @ classes.T.astype(samples.dtype)
    found -= 0.5 * np.square(classes).sum(axis=1).astype(samples.dtype)
    return found


def some_of_each(codes: NDArray[np.intp], train: NDArray[np.intp], test: NDArray[np.intp]) -> NDArray[np.intp]:
    """Test rows of which no class has very many, evenly spread over those of a class: more would hardly say more.

    Of very many classes only some are tested on; all of them stay among those that samples are compared with.
    """
    known = np.bincount(codes[train], minlength=int(codes.max()) + 1) > 0
    numbers = np.unique(codes[test])
    sides = (numbers[known[numbers]], numbers[~known[numbers]])
    tested = [side[evenly_spread(len(side), MOST_CLASSES)] for side in sides]
    most_samples = min(MOST_SAMPLES, MOST_SCORES // len(known))
    share = most_samples // sum(map(len, tested))
    order = test[np.argsort(codes[test], kind="stable")]
    starts = np.searchsorted(codes[order], np.concatenate(tested), side="left")
    ends = np.searchsorted(codes[order], np.concatenate(tested), side="right")
    kept = []
    for number, start, end in zip(np.concatenate(tested), starts, ends, strict=True):
        most = max(2, min(MOST_SEEN if known[number] else MOST_HELD, share))
        own = order[start:end]
        kept.append(own[evenly_spread(len(own), most)])
    return np.sort(np.concatenate(kept))
