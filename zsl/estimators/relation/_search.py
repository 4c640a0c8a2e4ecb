"""The search over points of the grid on held-out seen classes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product

import numpy as np

from zsl.estimators.relation._classes import Point
from zsl.estimators.relation._folds import HeldOut
from zsl.estimators.relation._settings import JOINT_WEIGHTS, Settings

_ROUNDS = 3
_FACTORS = (0.0, 0.5, 2.0)


@dataclass(frozen=True)
class Searched:
    """The best point, the folds in its space, and AUSUC of every point that was tried, averaged over the folds."""

    point: Point
    folds: list[HeldOut]
    figures: dict[Point, float]

    @property
    def ausuc(self) -> float:
        """AUSUC of the best point."""
        return self.figures[self.point]

    def alternatives(self) -> dict[str, dict[str, float]]:
        """The best AUSUC with each value of each choice that had several."""
        found: dict[str, dict[str, float]] = {}
        for point, area in self.figures.items():
            for name, value in point.record().items():
                values = found.setdefault(name, {})
                values[str(value)] = max(area, values.get(str(value), 0.0))
        return {name: values for name, values in found.items() if len(values) > 1}


def search(
    make_folds: Callable[[bool], list[HeldOut]], roots: Sequence[bool], settings: Settings, n_blocks: int, joint: bool
) -> Searched:
    """Try the whole grid, then the weights of the blocks of semantics at the best point; the largest AUSUC wins."""
    figures: dict[Point, float] = {}
    folds: dict[bool, list[HeldOut]] = {}
    for root in roots:
        folds[root] = make_folds(root)
        figures |= areas(folds[root], grid(settings, root, n_blocks, joint))
    best = max(figures, key=figures.__getitem__)
    if n_blocks > 1 and best.kernel is not None:
        for _ in range(_ROUNDS):
            tried = [replace(point, alpha=alpha) for point in _reweighted(best) for alpha in settings.alphas]
            figures |= areas(folds[best.root], [point for point in tried if point not in figures])
            before, best = best, max(figures, key=figures.__getitem__)
            if best.weights == before.weights:
                break
    return Searched(best, folds[best.root], figures)


def grid(settings: Settings, root: bool, n_blocks: int, joint: bool) -> list[Point]:
    """All points of one space; in a joint one with the class text alone, too."""
    weights = (1 / n_blocks,) * n_blocks
    joints = JOINT_WEIGHTS if joint else (0.0,)
    points = [
        Point(root, kernel, alpha, text, metric, weights)
        for kernel, metric, text, alpha in product(settings.kernels, settings.metrics, joints, settings.alphas)
    ]
    if joint and "cosine" in settings.metrics:
        points.append(Point(root, None, settings.alphas[0], 1.0, "cosine", weights))
    return points


def areas(folds: Sequence[HeldOut], points: Sequence[Point]) -> dict[Point, float]:
    """AUSUC of each point, averaged over the folds."""
    found = dict.fromkeys(points, 0.0)
    for fold in folds:
        for _, alike in groupby(points, key=lambda point: (point.kernel, point.weights)):
            group = list(alike)
            for point, scores in zip(group, fold.scores(group), strict=True):
                found[point] += fold.curve(scores).ausuc / len(folds)
    return found


def _reweighted(point: Point) -> list[Point]:
    """The point with the weight of one block changed, the sum kept at 1."""
    found = []
    for place, factor in product(range(len(point.weights)), _FACTORS):
        weights = np.array(point.weights)
        weights[place] *= factor
        if weights.sum() > 1e-9:
            found.append(replace(point, weights=tuple((weights / weights.sum()).round(6).tolist())))
    return found
