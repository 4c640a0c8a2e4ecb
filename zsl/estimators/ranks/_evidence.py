"""What held-out samples say about how far down the tree answers are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from zsl._typing import FloatArray, LabelArray
from zsl.functional.scores.paths import adjusted, first_wrong, floor_for
from zsl.persistence.codec import register
from zsl.taxonomy.known import KnownTree


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out samples of one side, with what is known of each node on their paths."""

    side: str
    values: FloatArray  # (n, d), probabilities
    specificity: FloatArray  # (n, d)
    right: NDArray[np.bool_]  # (n, d)
    labels: LabelArray  # (n,)

    @classmethod
    def of(cls, side: str, tree: KnownTree, probabilities: FloatArray, labels: LabelArray) -> HeldOut:
        """Walk down the tree of the candidates for samples of classes that may not be among them."""
        nodes, values = tree.paths(probabilities)
        right = tree.on_line(nodes, tree.taxonomy.places_of(labels, "y"))
        return cls(side, values, tree.specificity[nodes], right, labels)


@register
@dataclass(frozen=True, eq=False)
class Evidence:
    """The curve that adjusts probabilities of nodes, and where held-out answers turn wrong."""

    slope: float
    loss: float
    offset: float
    wrong: FloatArray
    weights: FloatArray
    unit: float

    def fits(self) -> bool:
        """Whether a stored one can be used."""
        good = self.wrong.ndim == 1 and self.wrong.shape == self.weights.shape and self.slope > 0
        if not good or not len(self.wrong):
            return False
        rising = bool((np.diff(self.wrong) > 0).all())
        return rising and bool((self.weights > 0).all()) and bool((np.abs(self.wrong) <= 1).all()) and self.unit > 0

    @classmethod
    def of(cls, sides: Sequence[HeldOut], shares: Mapping[str, float]) -> Evidence:
        """Fit the curve to all nodes on the paths but the roots, and look where answers turn wrong."""
        values, specificity, right = (
            np.concatenate([getattr(side, name) for side in sides]) for name in ("values", "specificity", "right")
        )
        weights = np.zeros(len(values))
        origin = np.repeat([side.side for side in sides], [len(side.labels) for side in sides])
        labels = np.concatenate([side.labels for side in sides])
        for side, share in shares.items():
            own = origin == side
            weights[own] = share * _by_class(labels[own])
        curve = _fitted(values[:, 1:], specificity[:, 1:], right[:, 1:], weights)
        wrong = first_wrong(adjusted(values, specificity, *curve), right)
        places, codes = np.unique(wrong, return_inverse=True)
        return cls(*curve, places, np.bincount(codes, weights).astype(np.float64), float(weights.max()))

    def floor(self, confidence: float) -> float:
        """The lowest floor at which this share of held-out answers is right."""
        return floor_for(confidence, self.wrong, self.weights, self.unit)

    def adjusted(self, tree: KnownTree, nodes: NDArray[np.intp], values: FloatArray) -> FloatArray:
        """Adjusted probabilities of nodes on paths."""
        return adjusted(values, tree.specificity[nodes], self.slope, self.loss, self.offset)


def _fitted(
    values: FloatArray, specificity: FloatArray, right: NDArray[np.bool_], weights: FloatArray
) -> tuple[float, float, float]:
    """Slope, loss and offset of the likeliest curve; 1, 0 and 0 where the samples don't determine one."""
    there = ~np.isnan(values)
    odds = np.clip(values[there], 1e-12, 1 - 1e-12)
    odds = np.log(odds / (1 - odds))
    truth = right[there]
    if not 0 < truth.sum() < len(truth):
        return 1.0, 0.0, 0.0
    columns = np.column_stack([odds, specificity[there]])
    counted = np.broadcast_to(weights[:, None], values.shape)[there]
    model = LogisticRegression(C=1e3).fit(columns, truth, sample_weight=counted * (len(counted) / counted.sum()))
    slope, gain = map(float, model.coef_[0])
    return (slope, -gain, float(model.intercept_[0])) if slope > 0 else (1.0, 0.0, 0.0)


def _by_class(labels: LabelArray) -> FloatArray:
    """Weights that sum to 1, each class the same."""
    _, codes = np.unique(labels, return_inverse=True)
    counts = np.bincount(codes)
    return np.asarray(1 / (max(len(counts), 1) * counts[codes]))
