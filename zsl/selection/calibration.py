"""Calibration on held-out classes: the temperature of probabilities, and how well known classes score at best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from zsl._typing import FloatArray
from zsl.functional.linear.moments import evenly_spread
from zsl.persistence.codec import register

Scored = tuple[FloatArray, NDArray[np.bool_], NDArray[np.intp]]
"""Scores (t, C) of test samples of a fold, which of the columns are trained on, and the column of the true class."""
_MOST_SAMPLES, _LEAST_SAMPLES, _MOST_SCORES = 2000, 200, 2_000_000
_LEVELS = np.linspace(0, 1, 201)
_DRAWS = 4


def likeliest_temperature(parts: Sequence[tuple[FloatArray, NDArray[np.intp]]], *, doubt: float = 0.0) -> float:
    r"""Find the temperature of largest likelihood, each part weighing the same.

    .. math:: \arg\max_T \sum_p \frac{1}{|p|} \sum_{i \in p} \log \frac{\exp(g_{i y_i} / T)}{\sum_c \exp(g_{ic} / T)}

    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", 2017, arXiv:1706.04599.
    The likelihood is concave in 1 / T. T is sought between e⁻⁷ and e⁵ times the standard deviation of the scores.

    Parameters
    ----------
    parts : sequence of (array of shape (t, C), array of shape (t,))
        Scores, and the column of the true class of each row.
    doubt : float, default=0.0
        How many rows more count in each part as if all classes were true alike, which keeps T from 0 where all
        predictions are right.

    Returns
    -------
    float
        T, in units of the score.
    """
    spread = float(np.mean([table.std() for table, _ in parts])) or 1.0

    # The terms linear in 1 / T, and the weight of the logarithm of a row's sum, don't change with it.
    tops = [table.max(axis=1, keepdims=True) for table, _ in parts]
    linear = []
    for (table, place), top in zip(parts, tops, strict=True):
        own = float((table[np.arange(len(table)), place] - top[:, 0]).mean(dtype=np.float64))
        linear.append(own + doubt / len(table) * float(table.mean(dtype=np.float64) - top.mean(dtype=np.float64)))
    buffer = np.empty(max(table.size for table, _ in parts))

    def cost(log_temperature: float) -> float:
        rate = float(np.exp(-log_temperature)) / spread
        values = []
        for (table, _), top, slope in zip(parts, tops, linear, strict=True):
            scaled = np.subtract(table, top, out=buffer[: table.size].reshape(table.shape))
            scaled *= rate
            sums = np.log(np.exp(scaled, out=scaled).sum(axis=1))
            values.append(rate * slope - (1 + doubt / len(table)) * sums.mean())
        return -float(np.mean(values))

    return spread * float(np.exp(minimize_scalar(cost, bounds=(-7, 5), method="bounded").x))


def stacked_temperature(folds: Sequence[Scored], bias: float) -> float:
    """Find the temperature for scores over trained and held-out classes, with this bias for the held-out ones.

    Samples of both sides weigh the same in each fold, whatever their numbers.
    """
    parts = []
    for scores, is_seen, truth in folds:
        table, _, _ = lifted((scores.astype(np.float64), is_seen, truth), bias)
        for rows in (is_seen[truth], ~is_seen[truth]):
            if rows.any():
                parts.append((table[rows], truth[rows]))
    return likeliest_temperature(parts)


def sampled(is_seen: NDArray[np.bool_], n_scores: int, weights: FloatArray | None = None) -> NDArray[np.intp]:
    """Numbers, in order, of the samples whose scores are kept: evenly spread over both sides, equally many of each.

    At most 2000, and fewer where a sample has many scores, `n_scores`, so that a fold keeps 2 million scores; but at
    least 200. A single number is chosen by them, which needs no more. With weights the steps go through these, so that
    a sample that counts twice is there twice.
    """
    most = min(_MOST_SAMPLES, max(_LEAST_SAMPLES, _MOST_SCORES // n_scores)) // 2
    kept = []
    for rows in (np.flatnonzero(is_seen), np.flatnonzero(~is_seen)):
        if weights is None:
            kept.append(rows[evenly_spread(len(rows), most)])
        else:
            total = np.cumsum(weights[rows])
            count = min(most, max(len(rows), round(float(total[-1])))) if len(rows) else 0
            kept.append(rows[np.searchsorted(total, np.arange(count) * total[-1:] / max(count, 1), side="right")])
    return np.sort(np.concatenate(kept))


def lifted(fold: Scored, bias: float) -> Scored:
    """A fold with a bias added to the scores of the held-out classes."""
    scores, is_seen, truth = fold
    return scores + np.where(is_seen, 0.0, bias), is_seen, truth


def some(fold: Scored) -> Scored:
    """A fold with the scores of so many of its samples as are enough to choose a single number by."""
    scores, is_seen, truth = fold
    rows = sampled(is_seen[truth], scores.shape[1])
    return scores[rows], is_seen, truth[rows]


def columns_of(classes: NDArray[np.intp], truth: NDArray[np.intp]) -> NDArray[np.intp]:
    """The column of each class number in `truth`, where `classes` are the numbers of the columns, in any order."""
    order = np.argsort(classes)
    columns: NDArray[np.intp] = order[np.searchsorted(classes[order], truth)]
    return columns


@register
@dataclass(frozen=True)
class Confidence:
    """Quantiles of the best calibrated score of samples of known classes, measured on held-out seen classes.

    The best of more scores is larger, and folds have fewer classes than the fitted estimator. So the quantiles are
    also measured with half of the classes, and grow with the logarithm of the number of classes.

    Parameters
    ----------
    quantiles, growth : tuple of float
        At 0, 0.5 %, 1 % and so on up to 100 %, and what each grows by when the number of classes grows by a factor of
        e. Without quantiles nothing was held out, without growth they stay.
    n_classes : float
        With how many classes the quantiles were measured.
    """

    quantiles: tuple[float, ...] = ()
    growth: tuple[float, ...] = ()
    n_classes: float = 1.0

    @classmethod
    def of_folds(cls, folds: Sequence[Scored]) -> "Confidence":
        """Measure calibrated scores; each class weighs the same, however many samples it has."""
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
        """Take the quantiles of the best scores as they are."""
        return cls(tuple(np.quantile(values, _LEVELS).tolist()))

    @classmethod
    def of_ways(cls, *tables: Sequence[Scored]) -> "Confidence":
        """Measure scores among few classes and among many, or, where there is one number of classes, as for folds."""
        if len(tables) < 2:
            return cls.of_folds(tables[0])
        few, many = (_quantiles(np.concatenate([s.max(axis=1) for s, _, _ in folds])) for folds in tables)
        n_few, n_many = (folds[0][0].shape[1] for folds in tables)
        growth = (many - few) / np.log(n_many / n_few)
        return cls(tuple(many.tolist()), tuple(growth.tolist()), float(n_many))

    def fits(self) -> bool:
        """Whether the parts go together."""
        n, m = len(self.quantiles), len(self.growth)
        return n in (0, len(_LEVELS)) and m in (0, n) and self.n_classes > 0

    def __bool__(self) -> bool:
        return bool(self.quantiles)

    def threshold(self, share: float, n_classes: int) -> float:
        """The score that this share of the samples of known classes falls short of, among `n_classes` classes."""
        found = float(np.interp(share, _LEVELS, self.quantiles))
        if not self.growth:
            return found
        return found + float(np.interp(share, _LEVELS, self.growth)) * float(np.log(n_classes / self.n_classes))


def _quantiles(values: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Quantiles of values, weighted or not."""
    weights = np.ones(len(values)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    found: FloatArray = np.interp(_LEVELS, (share - 0.5 * weights[order]) / share[-1], values[order])
    return found
