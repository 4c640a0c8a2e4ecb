"""A gate between seen and unseen classes, in place of one bias for all samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax, logsumexp
from sklearn.linear_model import LogisticRegression

from zsl._typing import FloatArray
from zsl.persistence.codec import register
from zsl.selection.calibration import Scored, likeliest_temperature


@register
@dataclass(frozen=True)
class Gate:
    r"""Mix an expert for the seen classes with one for the unseen ones.

    Y. Atzmon and G. Chechik, "Adaptive Confidence Smoothing for Generalized Zero-Shot Learning", 2019,
    arXiv:1812.09903:

    .. math:: p(c | x) = g(x)\, p_S(c | x) + (1 - g(x))\, p_U(c | x)

    where each expert is a softmax at its own temperature, in units of the score, smoothed towards the uniform
    distribution by the probability that the sample belongs to the other side, and :math:`g` is a logistic regression,
    with weights and an offset, on the confidence of both. Departures from the paper: both experts are parts of one
    score, and the gate sees the best score and the best log-probability of each side, where the paper's sees several of
    the largest probabilities.
    """

    temperatures: tuple[float, float]
    weights: tuple[float, ...]
    offset: float

    def __post_init__(self) -> None:
        if len(self.temperatures) != 2 or not min(self.temperatures) > 0 or len(self.weights) != 4:
            raise ValueError(f"a gate of {self}; wanted two temperatures above 0 and four weights")

    @classmethod
    def fit(cls, folds: Sequence[Scored]) -> "Gate":
        """Fit on samples of seen classes, some of which were held out and play the unseen ones."""
        temperatures = (_temperature(folds, seen=True), _temperature(folds, seen=False))
        rows, sides = [], []
        for scores, is_seen, truth in folds:
            rows.append(_confidences(scores, is_seen, temperatures))
            sides.append(is_seen[truth])
        X, y = np.concatenate(rows), np.concatenate(sides)
        centre, spread = X.mean(axis=0), X.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit((X - centre) / spread, y)
        weights = model.coef_[0] / spread
        return cls(temperatures, tuple(weights.tolist()), float(model.intercept_[0] - weights @ centre))

    def log_probabilities(self, scores: FloatArray, is_seen: NDArray[np.bool_]) -> FloatArray:
        """Logarithms of p(c | x), (n, C), for scores whose columns of seen classes are given by `is_seen`."""
        if is_seen.all() or not is_seen.any():
            alone: FloatArray = log_softmax(scores / self.temperatures[0 if is_seen.all() else 1], axis=1)
            return alone
        logit = _confidences(scores, is_seen, self.temperatures) @ np.array(self.weights) + self.offset
        mixed = np.empty_like(scores)
        for own, temperature, share in (
            (is_seen, self.temperatures[0], expit(logit)),
            (~is_seen, self.temperatures[1], expit(-logit)),
        ):
            expert = np.exp(log_softmax(scores[:, own] / temperature, axis=1))
            smooth = share[:, None] * expert + (1 - share[:, None]) / own.sum()
            mixed[:, own] = share[:, None] * smooth
        # Without samples near a class both parts may vanish in rounding.
        logarithms: FloatArray = np.log(np.maximum(mixed, 1e-300))
        return logarithms


def _confidences(scores: FloatArray, is_seen: NDArray[np.bool_], temperatures: tuple[float, float]) -> FloatArray:
    """Best score and best log-probability of both sides, (n, 4)."""
    columns = []
    for own, temperature in ((is_seen, temperatures[0]), (~is_seen, temperatures[1])):
        scaled = scores[:, own] / temperature
        columns += [scaled.max(axis=1), scaled.max(axis=1) - logsumexp(scaled, axis=1)]
    return np.stack(columns, axis=1)


def _temperature(folds: Sequence[Scored], *, seen: bool) -> float:
    """The temperature of largest likelihood for the samples of one side among the classes of that side."""
    parts = []
    for scores, is_seen, truth in folds:
        own = is_seen if seen else ~is_seen
        rows = own[truth]
        parts.append((scores[rows][:, own], (np.cumsum(own) - 1)[truth[rows]]))
    return likeliest_temperature(parts)
