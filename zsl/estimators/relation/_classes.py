"""Described classes in a feature space: what a point of the grid makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import binom

from zsl._typing import FloatArray
from zsl.estimators.relation._space import SeenClasses
from zsl.functional.linear.class_kernels import Kernel, joined_blocks
from zsl.functional.linear.kernel_ridge import KernelRidgePath, noise_weights
from zsl.functional.linear.origins import Origin, unit_rows
from zsl.methods.relation.kernel_relation import Metric
from zsl.persistence.codec import register
from zsl.selection.scaling import Scaler, Scaling

_SURE = 0.001
"""A space counts as joint if chance would find as many class texts with this probability at most."""


@register
@dataclass(frozen=True)
class Point:
    """One choice of everything that held-out classes decide about the map."""

    root: bool  # whether features are square-rooted
    kernel: Kernel | None  # kernel between classes; None is the class text alone, with nothing learned
    alpha: float  # penalty
    joint: float  # weight of class texts, in units of the spread of the class means; 0 outside of joint spaces
    metric: Metric  # what the score starts from
    weights: tuple[float, ...]  # weights of the blocks of semantics

    def record(self) -> dict[str, Any]:
        """The point as a record of `selection_`."""
        return {
            "feature_root": self.root,
            "kernel": self.kernel or "none",
            "alpha": self.alpha,
            "joint": self.joint,
            "metric": self.metric,
            "block_weights": list(self.weights),
        }


@dataclass(frozen=True, eq=False)
class DescribedClasses:
    """The semantics of all classes of a table, scaled by those that are trained on."""

    seen: SeenClasses  # those that are trained on; their numbers are rows of `scaled`
    scaler: Scaler  # scales semantic vectors
    blocks: tuple[int, ...]  # widths of their blocks
    scaled: FloatArray  # (C, A), scaled semantic vectors of all classes
    # (C, d) or None, class texts among the samples, of the length that class means are apart, where features and class
    # texts may share a space
    texts: FloatArray | None
    # where lengths of class texts are measured from, and the mean then of those of the classes that are trained on
    text_origin: Origin | None
    text_centre: FloatArray | None

    @classmethod
    def of(
        cls, seen: SeenClasses, table: FloatArray, blocks: Sequence[int], scaling: Scaling, joint_block: int | None
    ) -> DescribedClasses:
        """Scale the table; the block `joint_block` is as wide as the features, and may share their space."""
        scaler = Scaler.fit("semantic_scaling", scaling, table[seen.numbers])
        texts = origin = centre = None
        if joint_block is not None:
            rows = np.split(table, np.cumsum(blocks)[:-1], axis=1)[joint_block]
            own = rows[seen.numbers].astype(np.float64)
            origin = Origin.of(own)
            centre = origin.directions(own).mean(axis=0)
            texts = seen.space.texts(rows, origin, centre) * spread(seen)
        return cls(seen, scaler, tuple(blocks), scaler(table), texts, origin, centre)

    def joined(self, weights: Sequence[float]) -> FloatArray:
        """Joined semantic vectors of all classes."""
        return joined_blocks(self.scaled, self.blocks, weights)

    def path(self, kernel: Kernel, weights: Sequence[float]) -> KernelRidgePath:
        """Decompose the kernel of the classes that are trained on."""
        noise = noise_weights(self.seen.counts, self.seen.means, self.seen.centre)
        return KernelRidgePath.fit(self.joined(weights)[self.seen.numbers], kernel, noise)

    def mapped(self, points: Sequence[Point]) -> Iterator[FloatArray]:
        """Map all classes at points that share their kernel and block weights, (C, d) each."""
        kernel, weights = points[0].kernel, points[0].weights
        if kernel is None:
            yield from (self._texts(point.joint) for point in points)
            return
        path = self.path(kernel, weights)
        features = path.features(self.joined(weights))
        projected: dict[float, FloatArray] = {}
        for point in points:
            if point.joint not in projected:
                projected[point.joint] = path.weights.T @ self.targets(point)
            found = features @ path.shrunk(projected[point.joint], point.alpha) + self.seen.centre
            yield found if not point.joint else found + self._texts(point.joint)

    def left_out(self, point: Point) -> FloatArray:
        """Map each class that is trained on from all the others, (c, d)."""
        own = self._texts(point.joint)[self.seen.numbers] if point.joint else 0.0
        if point.kernel is None:
            return np.asarray(own)
        rows = self.joined(point.weights)[self.seen.numbers]
        path = self.path(point.kernel, point.weights)
        found: FloatArray = self.seen.centre + own + path.left_out(rows, self.targets(point), point.alpha)
        return found

    def targets(self, point: Point) -> FloatArray:
        """What the map is fitted to: class means less their mean and the class texts."""
        rest = self.seen.means - self.seen.centre
        return rest - self._texts(point.joint)[self.seen.numbers] if point.joint else rest

    def reduced(self, basis: FloatArray) -> DescribedClasses:
        """The same with class means and texts in coordinates of an orthonormal basis, (d, q)."""
        seen = replace(self.seen, means=self.seen.means @ basis)
        return replace(self, seen=seen, texts=None if self.texts is None else self.texts @ basis)

    def _texts(self, weight: float) -> FloatArray:
        assert self.texts is not None
        return weight * self.texts


def spread(seen: SeenClasses) -> float:
    """Root mean square distance of class means to their mean."""
    return float(np.sqrt(np.square(seen.means - seen.centre).sum(axis=1).mean()))


def shares_space(described: DescribedClasses) -> bool:
    """Whether seen class texts find their own class means among all, untrained, better than chance by a clear margin.

    By chance one class in C has its own mean nearest. The space counts as joint if the binomial distribution gives as
    many hits as there are, or more, a probability of at most 0.001.
    """
    assert described.texts is not None
    seen = described.seen
    cosines = unit_rows(described.texts[seen.numbers]) @ unit_rows(seen.means - seen.centre).T
    hits = int((cosines.argmax(axis=1) == np.arange(len(cosines))).sum())
    return bool(binom.sf(hits - 1, len(cosines), 1 / len(cosines)) <= _SURE)
