"""Attributes predicted on held-out seen classes: the penalty, the predictions, and how good they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.functional.linear.ridge import column_correlation, ridge_from_moments
from zsl.functional.scores.retrieval import best_f1_threshold
from zsl.selection.folds import ClassFold
from zsl.selection.search import Selection

BLOCK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Attributes of samples, each predicted without any sample of its class."""

    selection: Selection  # the penalty of best mean R²
    predicted: FloatArray  # (n_samples, attribute), attributes, in the table's units
    true: FloatArray  # (n_samples, attribute)
    # (attribute,): R², one minus the squared error divided by that of the mean of the training samples of each fold
    r2: FloatArray

    @property
    def alpha(self) -> float:
        """The chosen penalty."""
        return float(self.selection.params["alpha"])

    def thresholds(self, present: NDArray[np.bool_]) -> FloatArray:
        """The threshold of best F1 of each attribute."""
        columns = zip(self.predicted.T, present.T, strict=True)
        return np.array([best_f1_threshold(values, truth) for values, truth in columns])

    def quality(self, names: Sequence[str], thresholds: FloatArray, present: NDArray[np.bool_]) -> pd.DataFrame:
        """R², correlation and F1 of each attribute, and the F1 of calling it present in every sample."""
        labelled, share = self.predicted >= thresholds, present.mean(axis=0)
        both, either = (labelled & present).sum(axis=0), labelled.sum(axis=0) + present.sum(axis=0)
        columns = {
            "r2": self.r2,
            "correlation": column_correlation(self.predicted, self.true),
            "f1": np.where(share > 0, 2 * both / np.maximum(either, 1), np.nan),
            "base_f1": np.where(share > 0, 2 * share / (1 + share), np.nan),
        }
        return pd.DataFrame(columns, index=pd.Index(names, name="attribute"))


def hold_out(folds: Iterable[ClassFold], alphas: Sequence[float]) -> HeldOut:
    """Choose the penalty by the samples of held-out classes, and keep what is predicted of them."""
    kept, truths = [], []
    errors, spread = [0.0 for _ in alphas], 0.0
    for fold in folds:
        part = fold.part
        rows = fold.test[np.isin(part.codes[fold.test], fold.held)]
        true = fold.semantics[part.codes[rows]]
        maps = list(ridge_from_moments(part.moments, part.semantics, alphas))
        for start in range(0, len(rows), BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            samples = part.scaled(rows[block])
            for number, found in enumerate(maps):
                errors[number] = errors[number] + np.square(true[block] - found(samples)).sum(axis=0)
        spread = spread + np.square(true - part.moments.counts @ part.semantics / part.moments.n).sum(axis=0)
        kept.append((part, rows, maps))
        truths.append(true)
    truth = np.concatenate(truths)
    varies = np.ptp(truth, axis=0) > 0
    r2 = 1 - np.array(errors) / np.where(varies, spread, np.nan)
    means = [float(row[varies].mean()) if varies.any() else 0.0 for row in r2]
    best = means.index(max(means))
    predicted = [
        maps[best](part.scaled(rows[start : start + BLOCK_ROWS]))
        for part, rows, maps in kept
        for start in range(0, len(rows), BLOCK_ROWS)
    ]
    grid = tuple({"alpha": alpha, "r2": mean} for alpha, mean in zip(alphas, means, strict=True))
    selection = Selection({"alpha": alphas[best]}, n_folds=len(kept), figures=grid)
    return HeldOut(selection, np.concatenate(predicted), truth, r2[best])
