"""Held-out seen classes that play the unseen ones, and the search for the point of the grid that does best on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, product

import numpy as np
from numpy.typing import NDArray

from zsl._progress import progress
from zsl._typing import FloatArray
from zsl.estimators.relation._classes import DescribedClasses, Point
from zsl.estimators.relation._settings import JOINT_WEIGHTS, Settings
from zsl.estimators.relation._space import SeenClasses
from zsl.evaluation.curves import SeenUnseenCurve, margin_curve
from zsl.functional.linear.moments import evenly_spread
from zsl.functional.linear.origins import unit_rows
from zsl.selection.calibration import Scored
from zsl.selection.search import alternatives

MOST_HELD, MOST_SEEN = 100, 20
"""How many samples of a held-out class, and of another one, a fold is tested on."""
MOST_CLASSES, MOST_SAMPLES, MOST_SCORES = 400, 8192, 20_000_000
"""How many classes of either side have samples in the test, and how many samples and scores there are."""
_ROUNDS, _ROOT_FOLDS, _NOISE = 3, 2, 0.5
_FACTORS = (0.0, 0.5, 2.0)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Some seen classes are held out, and tested on beside samples of the others."""

    classes: DescribedClasses | None  # the class table, scaled by the other classes; None without semantics
    seen: SeenClasses  # the classes that are trained on
    held: NDArray[np.intp]  # (h,), the numbers of the classes that are held out
    samples: FloatArray  # (t, d), embedded test samples
    codes: NDArray[np.intp]  # (t,), their class numbers
    train: NDArray[np.intp] = field(repr=False)  # (n,), which rows of the data are trained on

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


@dataclass(frozen=True)
class Searched:
    """The best point, the folds in its space, mean AUSUC of every point that was tried, and that of each space."""

    point: Point
    folds: list[HeldOut]
    figures: dict[Point, float]
    spaces: dict[str, float]

    def alternatives(self) -> dict[str, dict[str, float]]:
        """The best AUSUC with each value of each choice that had several."""
        found = alternatives((point.record(), area) for point, area in self.figures.items())
        return found | ({"feature_root": self.spaces} if len(self.spaces) > 1 else {})


def search(
    make_folds: Callable[[bool, int], list[HeldOut]],
    n_folds: int,
    roots: Sequence[bool],
    settings: Settings,
    weights: tuple[float, ...],
    joint: bool,
) -> Searched:
    """Choose the space on the first folds, the rest of the grid on all, and then the weights of blocks of semantics.

    The largest mean AUSUC wins, or a point with a smaller weight of class texts that is worse by less than half a
    standard error.
    """
    root, spaces = _best_root(make_folds, roots, settings, weights, joint)
    folds = make_folds(root, n_folds)
    figures = areas(folds, grid(settings, root, weights, joint), settings.progress)
    best = _lightest(figures)
    if len(weights) > 1 and settings.block_weights == "auto" and best.kernel is not None:
        for _ in range(_ROUNDS):
            tried = [replace(point, alpha=alpha) for point in _reweighted(best) for alpha in settings.alphas]
            figures |= areas(folds, [point for point in tried if point not in figures], settings.progress)
            before, best = best, _lightest(figures)
            if best.weights == before.weights:
                break
    return Searched(best, folds, {point: float(values.mean()) for point, values in figures.items()}, spaces)


def _best_root(
    make_folds: Callable[[bool, int], list[HeldOut]],
    roots: Sequence[bool],
    settings: Settings,
    weights: tuple[float, ...],
    joint: bool,
) -> tuple[bool, dict[str, float]]:
    """Whether to take square roots of features, and the AUSUC of either; folds are most of the work, so two must do."""
    if len(roots) == 1:
        return roots[0], {}
    found = {}
    for root in roots:
        points = [point for point in grid(settings, root, weights, joint) if point.kernel == settings.kernels[0]]
        figures = areas(make_folds(root, _ROOT_FOLDS), points, settings.progress)
        found[root] = max(float(values.mean()) for values in figures.values())
    return max(found, key=found.__getitem__), {str(root): area for root, area in found.items()}


def _lightest(figures: dict[Point, FloatArray]) -> Point:
    """The point with the largest mean, or the best with a smaller weight of class texts, where the folds don't differ.

    Trained on fewer classes than the final map, the folds lean on the texts more than that needs to.
    """
    best = max(figures, key=lambda point: figures[point].mean())
    near = [best]
    for point, values in figures.items():
        alike = (point.kernel, point.metric, point.weights) == (best.kernel, best.metric, best.weights)
        loss = figures[best] - values
        noise = loss.std(ddof=1) / np.sqrt(len(loss)) if len(loss) > 1 else 0.0
        if alike and point.joint < best.joint and loss.mean() <= _NOISE * noise:
            near.append(point)
    return max(near, key=lambda point: (-point.joint, figures[point].mean()))


def grid(settings: Settings, root: bool, weights: tuple[float, ...], joint: bool) -> list[Point]:
    """All points of one space; in a joint one with the class text alone, too."""
    joints = JOINT_WEIGHTS if joint else (0.0,)
    points = [
        Point(root, kernel, alpha, text, metric, weights)
        for kernel, metric, text, alpha in product(settings.kernels, settings.metrics, joints, settings.alphas)
    ]
    if joint and "cosine" in settings.metrics:
        points.append(Point(root, None, settings.alphas[0], 1.0, "cosine", weights))
    return points


def areas(folds: Sequence[HeldOut], points: Sequence[Point], shown: bool = False) -> dict[Point, FloatArray]:
    """AUSUC of each point on each fold."""
    found: dict[Point, list[float]] = {point: [] for point in points}
    with progress("grid points on held-out classes", len(folds) * len(found), shown=shown, delay=2.0) as bar:
        for fold in folds:
            for _, alike in groupby(found, key=lambda point: (point.kernel, point.weights)):
                group = list(alike)
                for point, scores in zip(group, fold.scores(group), strict=True):
                    found[point].append(fold.curve(scores).ausuc)
                    bar.update()
    return {point: np.array(values) for point, values in found.items()}


def _reweighted(point: Point) -> list[Point]:
    """The point with the weight of one block changed, the sum kept at 1."""
    found = []
    for place, factor in product(range(len(point.weights)), _FACTORS):
        weights = np.array(point.weights)
        weights[place] *= factor
        if weights.sum() > 1e-9:
            found.append(replace(point, weights=tuple((weights / weights.sum()).round(6).tolist())))
    return found
