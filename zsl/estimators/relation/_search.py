"""The search over points of the grid on held-out seen classes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product

import numpy as np

from zsl._typing import FloatArray
from zsl.estimators.relation._classes import Point
from zsl.estimators.relation._folds import HeldOut
from zsl.estimators.relation._settings import JOINT_WEIGHTS, Settings
from zsl.selection.search import alternatives

_ROUNDS, _ROOT_FOLDS, _NOISE = 3, 2, 0.5
_FACTORS = (0.0, 0.5, 2.0)


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
    figures = areas(folds, grid(settings, root, weights, joint))
    best = _lightest(figures)
    if len(weights) > 1 and settings.block_weights == "auto" and best.kernel is not None:
        for _ in range(_ROUNDS):
            tried = [replace(point, alpha=alpha) for point in _reweighted(best) for alpha in settings.alphas]
            figures |= areas(folds, [point for point in tried if point not in figures])
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
        figures = areas(make_folds(root, _ROOT_FOLDS), points)
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


def areas(folds: Sequence[HeldOut], points: Sequence[Point]) -> dict[Point, FloatArray]:
    """AUSUC of each point on each fold."""
    found: dict[Point, list[float]] = {point: [] for point in points}
    for fold in folds:
        for _, alike in groupby(found, key=lambda point: (point.kernel, point.weights)):
            group = list(alike)
            for point, scores in zip(group, fold.scores(group), strict=True):
                found[point].append(fold.curve(scores).ausuc)
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
