"""How badly classes fit samples, by a score and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import RandomState

from zsl._typing import FloatArray
from zsl.functional.scores.conformal import Standing, cumulative_scores, threshold_scores

Score = Literal["aps", "raps", "lac"]
_STREAMS = ("calibration", "prediction")


@dataclass(frozen=True)
class Scoring:
    """A score and its settings; shares of a class's own probability are drawn from a seed, or are 0 without."""

    score: Score
    penalty: float
    n_free: int
    seed: int | None

    def __call__(self, standing: Standing, stream: Literal["calibration", "prediction"]) -> FloatArray:
        """Scores of one class per sample, (n,), or of all, (n, C), low for those that fit."""
        if self.score == "lac":
            return threshold_scores(standing)
        share = np.zeros(len(standing.own))
        if self.seed is not None:
            share = np.asarray(RandomState([self.seed, _STREAMS.index(stream)]).random_sample(len(share)))
        if standing.own.ndim == 2:
            share = share[:, None]
        penalty = self.penalty if self.score == "raps" else 0.0
        return cumulative_scores(standing, own_share=share, penalty=penalty, n_free=self.n_free)
