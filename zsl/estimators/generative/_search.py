"""What a trained generator scores on held-out seen classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zsl._typing import FloatArray
from zsl.classes.stored import StoredSamples
from zsl.estimators.generative._space import GeneratedSpace
from zsl.evaluation.curves import SeenUnseenCurve, seen_unseen_curve
from zsl.selection.calibration import Scored, sampled
from zsl.selection.folds import ClassFold


@dataclass(frozen=True, eq=False)
class GeneratedScores:
    """The test samples of a fold, as a final classifier on generated samples of the held-out classes scores them."""

    found: SeenUnseenCurve  # seen-unseen curve
    seen: FloatArray  # (t,), best score of each test sample among the trained and among the held-out classes
    held: FloatArray  # (t,)
    scored: Scored  # all scores of some of them, in single precision; see `zsl.selection.calibration.Scored`

    @classmethod
    def of(cls, space: GeneratedSpace, fold: ClassFold, known: StoredSamples, n_points: int) -> GeneratedScores:
        """Generate the held-out classes, and fit a final classifier beside the others, as for unseen classes later."""
        truth = fold.part.codes[fold.test]
        scores = space.light(known).scores(space.embed(space.directions(fold.part.X[fold.test])))
        is_seen = np.isin(truth, fold.part.classes)
        curve = seen_unseen_curve(
            truth[is_seen],
            scores[is_seen],
            truth[~is_seen],
            scores[~is_seen],
            classes=known.labels,
            seen_classes=fold.part.classes,
        )
        kept = sampled(is_seen, n_points * len(known))
        scored = scores[kept].astype(np.float32), known.seen, known.columns(truth[kept])
        return cls(curve, scores[:, known.seen].max(axis=1), scores[:, ~known.seen].max(axis=1), scored)

    def curve(self) -> SeenUnseenCurve:
        """Seen-unseen curve of the fold."""
        return self.found

    def best(self, seen_bias: float) -> FloatArray | None:
        """The best calibrated score of every test sample."""
        found: FloatArray = np.maximum(self.seen, self.held + seen_bias)
        return found


def known_classes(fold: ClassFold, table: FloatArray, limit: int) -> StoredSamples:
    """Classes that are trained on by samples and semantics, and held-out ones by semantics alone."""
    part = fold.part
    rows = np.arange(len(part.X)) if part.rows is None else part.rows
    labels = np.union1d(part.classes, fold.held)
    known = StoredSamples.empty(part.classes, table.shape[1], part.X.shape[1], limit)
    assert part.scaler.origin is not None
    known = known.with_support(part.codes[rows], part.scaler.origin.directions(part.X[rows]))
    return known.with_semantics(labels, table[labels])
