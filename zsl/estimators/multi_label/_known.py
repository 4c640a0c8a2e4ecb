"""What is known of each class: log-odds that are linear in the sample; and how a description becomes such a class."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._labels import joined
from zsl._typing import FloatArray, LabelArray
from zsl.functional.linear.class_kernels import class_kernel
from zsl.persistence.codec import register
from zsl.selection.scaling import Scaler


@register
@dataclass(frozen=True, eq=False)
class LinearClasses:
    """Classes in the order of columns: log-odds are a scaled sample times `weight` (d, C), plus `intercept` (C,).

    `seen` says which had samples, and from which log-odds on a class counts as present is in `thresholds`, (C,).
    """

    labels: LabelArray
    seen: NDArray[np.bool_]
    weight: FloatArray
    intercept: FloatArray
    thresholds: FloatArray

    def __len__(self) -> int:
        return len(self.labels)

    def fits(self) -> bool:
        """Whether the parts go together."""
        n = len(self.labels)
        flat = (self.labels, self.seen, self.intercept, self.thresholds)
        good = all(part.shape == (n,) for part in flat) and self.weight.ndim == 2 and self.weight.shape[1] == n
        return good and n == len(set(self.labels.tolist()))

    def __call__(self, X: FloatArray) -> FloatArray:
        """Log-odds of scaled samples, (n, C)."""
        odds: FloatArray = X @ self.weight + self.intercept
        return odds

    def columns(self, labels: LabelArray) -> NDArray[np.intp]:
        """Position of each label by its value, -1 where there is none."""
        place = {label: column for column, label in enumerate(self.labels.tolist())}
        return np.array([place.get(label, -1) for label in labels.tolist()], dtype=np.intp)

    def take(self, columns: NDArray[Any]) -> LinearClasses:
        """The classes at these positions, in this order."""
        return replace(self, **{part.name: getattr(self, part.name)[..., columns] for part in fields(self)})

    def beside(self, others: LinearClasses) -> LinearClasses:
        """These classes, and others behind them."""
        parts = {
            part.name: np.concatenate([getattr(self, part.name), getattr(others, part.name)], axis=-1)
            for part in fields(self)
            if part.name != "labels"
        }
        return LinearClasses(labels=joined(self.labels, others.labels, "semantics"), **parts)


@register
@dataclass(frozen=True, eq=False)
class Curve:
    """Log-odds of classes without samples: `slope` times the score, `rate` times the logit of the share, `offset`."""

    slope: float
    rate: float
    offset: float
    threshold: float


@register
@dataclass(frozen=True, eq=False)
class LabelTransfer:
    """What is told of a class from its description: weights, intercept and the logit of its share, d + 2 numbers.

    They are `centre`, (d + 2,), plus the kernel with `landmarks`, (m, A), times `dual`, (m, d + 2).
    """

    kernel: str
    scaler: Scaler
    landmarks: FloatArray
    dual: FloatArray
    centre: FloatArray
    curve: Curve

    def fits(self) -> bool:
        """Whether the parts go together."""
        width = self.centre.shape
        shapes = self.landmarks.ndim == 2 and self.dual.shape == (len(self.landmarks), *width)
        return shapes and self.kernel in ("linear", "rbf") and self.scaler.mean.shape == self.landmarks.shape[1:]

    def classes(self, labels: LabelArray, rows: FloatArray) -> LinearClasses:
        """Classes from their semantic vectors, (C, A)."""
        kernel = class_kernel(self.scaler.unit(rows), self.landmarks, "rbf" if self.kernel == "rbf" else "linear")
        told, curve = self.centre + kernel @ self.dual, self.curve
        intercept = curve.slope * told[:, -2] + curve.rate * told[:, -1] + curve.offset
        weight = np.ascontiguousarray(curve.slope * told[:, :-2].T)
        return LinearClasses(
            labels, np.zeros(len(labels), dtype=bool), weight, intercept, np.full(len(labels), curve.threshold)
        )
