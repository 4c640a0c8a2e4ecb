"""How well samples of known classes score at best, by number of classes: what a reject threshold is read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zsl._typing import FloatArray
from zsl.selection.temperature import Scored

_LEVELS = np.linspace(0, 1, 201)
_DRAWS = 4


@dataclass(frozen=True)
class Confidence:
    """Quantiles of the best calibrated score of samples of known classes, measured on held-out seen classes.

    The best of more scores is larger, and folds have fewer classes than the fitted estimator. So the quantiles are
    measured with half of the classes, too, and grow with the logarithm of the number of classes.

    Parameters
    ----------
    quantiles : tuple of float
        At 0, 0.5 %, 1 % and so on up to 100 %; empty if nothing was held out.
    growth : tuple of float
        What each grows by when the number of classes grows by a factor of e; empty for no growth.
    n_classes : float
        With how many classes the quantiles were measured.
    """

    quantiles: tuple[float, ...] = ()
    growth: tuple[float, ...] = ()
    n_classes: float = 1.0

    @classmethod
    def of_folds(cls, folds: Sequence[Scored]) -> "Confidence":
        """Measure on calibrated scores, in which each class weighs the same, however many samples it has."""
        rng = np.random.default_rng(0)
        best, fewer, weights = [], [], []
        for scores, is_seen, truth in folds:
            counts = np.bincount(truth, minlength=scores.shape[1])
            weights.append(1 / (counts[truth] * np.count_nonzero(counts)))
            best.append(scores.max(axis=1))
            own = scores[np.arange(len(scores)), truth]
            for _ in range(_DRAWS):
                kept = np.concatenate([rng.permutation(np.flatnonzero(side))[::2] for side in (is_seen, ~is_seen)])
                fewer.append(np.maximum(scores[:, kept].max(axis=1), own))
        shares = np.concatenate(weights)
        many = _quantiles(np.concatenate(best), shares)
        few = _quantiles(np.concatenate(fewer), np.concatenate([w for w in weights for _ in range(_DRAWS)]))
        growth = np.maximum(many - few, 0) / np.log(2)
        n_classes = float(np.mean([scores.shape[1] for scores, _, _ in folds]))
        return cls(tuple(many.tolist()), tuple(growth.tolist()), n_classes)

    @classmethod
    def of_best(cls, values: FloatArray) -> "Confidence":
        """Take the quantiles of best scores as they are."""
        return cls(tuple(np.quantile(values, _LEVELS).tolist()))

    @classmethod
    def of_stored(cls, stored: Any) -> "Confidence":
        """Read what a file holds: a record, or the quantiles alone."""
        if isinstance(stored, dict):
            return cls(tuple(stored["quantiles"]), tuple(stored["growth"]), float(stored["n_classes"]))
        return cls(tuple(stored))

    def __bool__(self) -> bool:
        return bool(self.quantiles)

    def threshold(self, share: float, n_classes: int) -> float:
        """The score that this share of the samples of known classes falls short of, among so many classes."""
        found = float(np.interp(share, _LEVELS, self.quantiles))
        if not self.growth:
            return found
        return found + float(np.interp(share, _LEVELS, self.growth)) * float(np.log(n_classes / self.n_classes))


def _quantiles(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Quantiles of weighted values."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    found: FloatArray = np.interp(_LEVELS, (share - 0.5 * weights[order]) / share[-1], values[order])
    return found
