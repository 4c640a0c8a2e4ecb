"""What is chosen on the support itself: by samples that are left out, and by whole classes that are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.classes.stored import StoredSamples
from zsl.evaluation.curves import SeenUnseenCurve, seen_unseen_curve
from zsl.functional.linear.origins import unit_rows
from zsl.functional.losses.cross_entropy import cross_entropy
from zsl.methods.joint.adapter import JointAdapter
from zsl.selection.calibration import Scored, likeliest_temperature, sampled
from zsl.selection.folds import class_splits
from zsl.selection.search import Point, Selection, search
from zsl.selection.split_moments import Split

N_FOLDS = 4
"""Folds of samples, where a class has that many."""
_UNMEASURED, _LEAST = 20.0, 5.0
"""The scale without texts, and where these say next to nothing of the samples."""


@dataclass(frozen=True, eq=False)
class Task:
    """Samples of length 1, (n, d), their rising class numbers, and texts of length 1, (C, d), of all classes."""

    samples: FloatArray
    codes: NDArray[np.intp]
    texts: FloatArray

    def part(self, rows: NDArray[Any]) -> Task:
        """The same classes with some of the samples."""
        return Task(self.samples[rows], self.codes[rows], self.texts)

    def shared(self) -> NDArray[np.bool_]:
        """Which samples aren't the only ones of their class."""
        found: NDArray[np.bool_] = np.bincount(self.codes, minlength=len(self.texts))[self.codes] > 1
        return found


def left_out_scores(
    task: Task, path: Callable[[Task], Sequence[JointAdapter]]
) -> tuple[list[FloatArray], NDArray[np.intp]]:
    """Scores of samples by adapters that were fitted without them, a table for each adapter of a path, and the classes.

    Samples are left out a fold at a time, each once, but never the only one of its class.
    """
    place = np.arange(len(task.codes)) - np.searchsorted(task.codes, task.codes)
    fold = np.where(task.shared(), place % min(N_FOLDS, int(place.max()) + 1), -1)
    tables, truth = [], []
    for number in range(fold.max() + 1):
        rows = fold == number
        tables.append([scores_of(adapter, task.samples[rows]) for adapter in path(task.part(~rows))])
        truth.append(task.codes[rows])
    return [np.concatenate(parts) for parts in zip(*tables, strict=True)], np.concatenate(truth)


def task_of(classes: StoredSamples, width: int) -> Task:
    """What an adapter of classes is fitted on; a class without a text has the mean text of the others."""
    texts = np.zeros((len(classes), width))
    if classes.described.any():
        texts[classes.described] = unit_rows(classes.rows[classes.described])
        texts[~classes.described] = texts[classes.described].mean(axis=0)
    codes = np.repeat(np.arange(len(classes)), classes.counts.astype(np.intp))
    return Task(classes.stacked(width).astype(np.float64), codes, texts)


def scores_of(adapter: JointAdapter, samples: FloatArray) -> FloatArray:
    """Scores of samples of length 1."""
    with torch.inference_mode():
        found: FloatArray = adapter.scores(torch.as_tensor(samples)).numpy()
    return found


def likeliest(tables: Sequence[FloatArray], truth: NDArray[np.intp]) -> int:
    """Which table of scores has the largest likelihood, each at the temperature that suits it best."""
    found = []
    for table in tables:
        temperature = likeliest_temperature([(table, truth)], doubt=1.0)
        found.append(cross_entropy(table / temperature, truth)[0])
    return int(np.argmin(found))


def text_scale(task: Task) -> float:
    """The factor at which cosines of samples and texts, of which nothing is learned, have the largest likelihood."""
    if not task.texts.any():
        return _UNMEASURED
    return max(1 / likeliest_temperature([(task.samples @ task.texts.T, task.codes)], doubt=1.0), _LEAST)


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """Scores of test samples where some classes are known by a text alone, as `zsl.selection.search` measures them."""

    scores: FloatArray
    trained: NDArray[np.bool_]
    truth: NDArray[np.intp]

    @property
    def scored(self) -> Scored:
        """All scores of some of the samples, in single precision."""
        kept = sampled(self.trained[self.truth], self.scores.shape[1])
        return self.scores[kept].astype(np.float32), self.trained, self.truth[kept]

    def curve(self) -> SeenUnseenCurve:
        """Seen-unseen curve of the fold."""
        is_seen, classes = self.trained[self.truth], np.arange(len(self.trained))
        sides = [part for rows in (is_seen, ~is_seen) for part in (self.truth[rows], self.scores[rows])]
        return seen_unseen_curve(*sides, classes=classes, seen_classes=classes[self.trained])

    def best(self, seen_bias: float) -> FloatArray | None:
        """The best calibrated score of every sample."""
        found: FloatArray = (self.scores + np.where(self.trained, 0.0, seen_bias)).max(axis=1)
        return found


def chosen_balance(
    task: Task, point: Point, solve: Callable[[Task], JointAdapter], cv: Any, seen_bias: float | None
) -> Selection:
    """Choose the seen-class bias, unless it is given, and the temperature, with classes whose samples are held out."""
    splits = class_splits(cv, task.samples, task.codes)
    if not splits:
        return Selection(point, seen_bias or 0.0)

    def measure(split: Split) -> list[tuple[Point, HeldOutScores]]:
        part, rows = task.part(split[0]), split[1]
        trained = np.bincount(part.codes, minlength=len(task.texts)) > 0
        return [(point, HeldOutScores(scores_of(solve(part), task.samples[rows]), trained, task.codes[rows]))]

    return search(measure, splits, seen_bias)
