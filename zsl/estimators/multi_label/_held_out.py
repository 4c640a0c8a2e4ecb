"""What is chosen on held-out samples and classes: penalties, the kernel, the seen-class bias, and log-odds from scores.

Samples are divided into folds, and scored by maps that were fitted without them. Then some of the classes are held out
as well, and told from the others by their descriptions: they play the unseen ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators.multi_label._known import Curve, LabelTransfer
from zsl.functional.linear.class_kernels import Kernel
from zsl.functional.linear.kernel_ridge import KernelRidgePath
from zsl.functional.linear.label_ridge import LabelMoments, label_mixing, label_ridge
from zsl.functional.linear.moments import evenly_spread
from zsl.functional.linear.ridge import RidgeMap
from zsl.functional.scores.multi_label import average_precisions, hits_at_k
from zsl.functional.scores.platt import logistic_curve, softened
from zsl.functional.scores.retrieval import best_f1_threshold
from zsl.selection.scaling import Scaler, Scaling
from zsl.selection.search import Selection, alternatives

LEAST_CLASSES = 4
GRID = ("alpha", "kernel", "alpha_semantics")
K = 3
"""For which number of answers per sample the seen-class bias is chosen."""
_MOST_SCORES = 40_000_000
_MOST_RANKED, _MOST_BIASED, _MOST_PAIRS = 2000, 1000, 200_000
_BIASES = tuple(sorted(np.arange(-4, 4.01, 0.5).tolist(), key=abs))
_LEAST_SLOPE = 1e-3
FURTHEST = 20.0
"""Log-odds that stand for always and for never in a threshold."""


@dataclass(frozen=True)
class Grid:
    """Values to choose from."""

    alphas: tuple[float, ...]
    kernels: tuple[Kernel, ...]
    penalties: tuple[float, ...]
    seen_bias: float | None

    def middle(self) -> dict[str, float | str]:
        """Where to fit if nothing is held out."""
        return {
            "alpha": self.alphas[len(self.alphas) // 2],
            "alpha_unseen": self.alphas[len(self.alphas) // 2],
            "kernel": self.kernels[0],
            "alpha_semantics": self.penalties[len(self.penalties) // 2],
        }


@dataclass(frozen=True, eq=False)
class Described:
    """Semantic vectors of the classes, (C, A), in blocks of columns of these widths, and how they are scaled."""

    vectors: FloatArray
    scaling: Scaling
    blocks: tuple[int, ...]

    def scaler(self, known: NDArray[np.intp]) -> Scaler:
        """A scaling by what known classes show."""
        return Scaler.fit("semantic_scaling", self.scaling, self.vectors[known], blocks=self.blocks)


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen, and the curves from scores to log-odds: slopes, offsets and thresholds of classes, (C,)."""

    selection: Selection
    slopes: FloatArray
    offsets: FloatArray
    thresholds: FloatArray
    curve: Curve


def logits(moments: LabelMoments) -> FloatArray:
    """Log-odds of the share of samples that have a class, of one sample more with it and one more without."""
    found: FloatArray = np.log(moments.positives + 1) - np.log(moments.n - moments.positives + 1)
    return found


def choose(
    X: FloatArray, Y: NDArray[np.bool_], table: Described | None, grid: Grid, cv: int | None
) -> tuple[LabelMoments, Choice]:
    """The moments of scaled samples (n, d) with the classes Y (n, C), and what is chosen on folds of them.

    Without folds that is the middle of the grid.
    """
    n_classes, point = Y.shape[1], grid.middle()
    if cv is None or len(X) < 2 * cv:
        total = LabelMoments.of(X, Y.astype(np.float64))
        (found,) = label_ridge(total, [float(point["alpha"])])
        scores, share = found(X), logits(total)
        return total, _settled(Selection(point, grid.seen_bias or 0.0), scores, scores, Y, share, [])
    total, kept, tables = _left_out(X, Y, grid.alphas, cv)
    truth, share = Y[kept], logits(total)
    few = evenly_spread(len(kept), _MOST_RANKED)
    seen = [_mean_precision(scores[few], truth[few]) for scores in tables]
    folds = _folds(n_classes, cv) if table is not None and n_classes >= LEAST_CLASSES else []
    if table is None or not folds:
        best = int(np.argmax(seen))
        figures = tuple({"alpha": a, "seen": value} for a, value in zip(grid.alphas, seen, strict=True))
        selection = Selection(
            point | {"alpha": grid.alphas[best], "alpha_unseen": grid.alphas[best]},
            grid.seen_bias or 0.0,
            n_folds=cv,
            figures=figures,
        )
        return total, _settled(selection, tables[best], tables[best], truth, share, [])
    tried: list[dict[str, Any]] = []
    unseen, other = -1.0, 0
    mixing: FloatArray = np.zeros((n_classes, n_classes))
    for (kernel, penalty), told in _mixings(table, folds, grid.kernels, grid.penalties):
        for number, alpha in enumerate(grid.alphas):
            values: dict[str, float | str] = {"alpha": alpha, "kernel": kernel, "alpha_semantics": penalty}
            figure = _mean_precision(tables[number][few] @ told.T, truth[few])
            tried.append(values | {"seen": seen[number], "unseen": figure})
            if figure > unseen:
                unseen, mixing, point, other = figure, told, values | {"alpha_unseen": alpha}, number
    own = int(np.argmax(seen))
    point["alpha"] = grid.alphas[own]
    selection = Selection(
        point,
        grid.seen_bias or 0.0,
        2 * seen[own] * unseen / max(seen[own] + unseen, 1e-12),
        n_folds=cv,
        figures=tuple(tried),
        alternatives=alternatives(({k: f[k] for k in GRID}, f["unseen"]) for f in tried),
    )
    held = tables[other] @ mixing.T
    return total, _settled(selection, tables[own], held, truth, share, folds, mixing @ share, grid.seen_bias)


def _left_out(
    X: FloatArray, Y: NDArray[np.bool_], alphas: Sequence[float], cv: int
) -> tuple[LabelMoments, NDArray[np.intp], list[FloatArray]]:
    """The moments of all samples, and of some their scores (m, C) by maps fitted without their fold, per penalty."""
    n, n_classes = Y.shape
    kept = evenly_spread(n, max(2000, _MOST_SCORES // (n_classes * len(alphas))))
    fold = np.empty(n, dtype=np.intp)
    fold[np.random.RandomState(0).permutation(n)] = np.arange(n) % cv
    doubled = Y.astype(np.float64)
    parts = [LabelMoments.of(X[fold == number], doubled[fold == number]) for number in range(cv)]
    total = sum(parts[1:], start=parts[0])
    tables: list[FloatArray] = [np.empty((len(kept), n_classes)) for _ in alphas]
    for number, part in enumerate(parts):
        rows = np.flatnonzero(fold[kept] == number)
        for scores, found in zip(tables, label_ridge(total - part, alphas), strict=True):
            scores[rows] = found(X[kept[rows]])
    return total, kept, tables


def _folds(n_classes: int, cv: int) -> list[NDArray[np.intp]]:
    """Numbers of the classes that are held out together."""
    return np.array_split(np.random.RandomState(0).permutation(n_classes), min(cv, n_classes // 2))


def _mixings(
    table: Described, folds: Sequence[NDArray[np.intp]], kernels: Sequence[Kernel], penalties: Sequence[float]
) -> Iterator[tuple[tuple[Kernel, float], FloatArray]]:
    """For each kernel and penalty, the coefficients (C, C) by which each class is told from those of other folds."""
    n_classes = len(table.vectors)
    for kernel in kernels:
        paths = []
        for held in folds:
            known = np.setdiff1d(np.arange(n_classes), held)
            scaler = table.scaler(known)
            path = KernelRidgePath.fit(scaler.unit(table.vectors[known]), kernel, np.ones(len(known)))
            paths.append((held, known, path, scaler.unit(table.vectors[held])))
        for penalty in penalties:
            mixing = np.zeros((n_classes, n_classes))
            for held, known, path, rows in paths:
                mixing[np.ix_(held, known)] = label_mixing(path, rows, penalty)
            yield (kernel, penalty), mixing


def _mean_precision(scores: FloatArray, truth: NDArray[np.bool_]) -> float:
    found = average_precisions(scores, truth)
    return float(found[np.isfinite(found)].mean()) if np.isfinite(found).any() else 0.0


def _settled(
    selection: Selection,
    scores: FloatArray,
    held: FloatArray,
    truth: NDArray[np.bool_],
    share: FloatArray,
    folds: Sequence[NDArray[np.intp]],
    held_share: FloatArray | None = None,
    bias: float | None = 0.0,
) -> Choice:
    """Fit the curves to scores (m, C) as of seen and as of held-out classes; the bias too, where it is None."""
    n_classes, ones = truth.shape[1], np.ones(len(scores))
    # Scores of length 1 in the mean: a large penalty makes them small.
    size, held_size = (float(np.sqrt(np.square(table).mean())) or 1.0 for table in (scores, held))
    curves = [
        logistic_curve(np.stack([scores[:, c] / size, ones], axis=1), softened(truth[:, c])) for c in range(n_classes)
    ]
    slopes, offsets = np.maximum([c[0] for c in curves], _LEAST_SLOPE) / size, np.array([c[1] for c in curves])
    some = evenly_spread(len(scores), max(200, _MOST_PAIRS // n_classes))
    flat = held[some].ravel() / held_size
    told = np.tile(share if held_share is None else held_share, len(some))
    theta = logistic_curve(np.stack([flat, told, np.ones_like(flat)], axis=1), truth[some].ravel().astype(np.float64))
    slope, rate, offset = max(float(theta[0]), _LEAST_SLOPE) / held_size, float(theta[1]), float(theta[2])
    odds, thresholds, threshold = scores * slopes + offsets, np.zeros(n_classes), 0.0
    held_odds = slope * held + rate * (share if held_share is None else held_share) + offset
    if selection.n_folds:
        each = [best_f1_threshold(odds[:, c], truth[:, c]) for c in range(n_classes)]
        thresholds = np.clip(each, -FURTHEST, FURTHEST)
        pooled = best_f1_threshold(held_odds[some].ravel(), truth[some].ravel())
        threshold = float(np.clip(pooled, -FURTHEST, FURTHEST))
    if folds and bias is None:
        few = evenly_spread(len(scores), _MOST_BIASED)
        best = _best_bias(odds[few], held_odds[few], truth[few], folds)
        selection = Selection(**{**vars(selection), "seen_bias": best})
    return Choice(selection, slopes, offsets, thresholds, Curve(slope, rate, offset, threshold))


def _best_bias(
    odds: FloatArray, held_odds: FloatArray, truth: NDArray[np.bool_], folds: Sequence[NDArray[np.intp]]
) -> float:
    """The bias of most hits among the first answers, of seen and held-out classes together; the least that does."""
    hits = dict.fromkeys(_BIASES, 0)
    for held, bias in product(folds, _BIASES):
        mixed = odds - bias
        mixed[:, held] = held_odds[:, held]
        hits[bias] += hits_at_k(mixed, truth, min(K, mixed.shape[1]))
    best: float = max(hits, key=lambda bias: hits[bias])
    return best


def fitted_transfer(described: Described, found: RidgeMap, share: FloatArray, choice: Choice) -> LabelTransfer:
    """The map from descriptions to weights, intercepts and log-odds of shares, fitted on all seen classes."""
    params = choice.selection.params
    scaler = described.scaler(np.arange(len(described.vectors)))
    rows = scaler.unit(described.vectors)
    path = KernelRidgePath.fit(rows, params["kernel"], np.ones(len(rows)))
    told = np.concatenate([found.weight.T, found.intercept[:, None], share[:, None]], axis=1)
    centre = told.mean(axis=0)
    dual = path.dual(told - centre, float(params["alpha_semantics"]))
    return LabelTransfer(params["kernel"], scaler, path.landmarks, dual, centre, choice.curve)
