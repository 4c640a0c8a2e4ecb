r"""Confidence intervals of accuracies, from resampling the classes or the samples that were tested.

Units are drawn with replacement, one fewer than there are, which makes the variance of a mean unbiased: J. N. K. Rao
and C. F. J. Wu, "Resampling Inference With Complex Survey Data", JASA 83, 1988. A class that is drawn brings all its
samples along. Drawing from these once more would count their noise twice: A. C. Davison and D. V. Hinkley, "Bootstrap
Methods and Their Application", 1997, section 3.8. Random states are drawn like classes, on their own. The interval is

.. math:: \hat\theta \pm t_{(1 + \text{level}) / 2,\, \nu} \, \widehat{\mathrm{se}}

with the standard error of the draws (B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters
6 and 12), and Welch and Satterthwaite's degrees of freedom :math:`\nu` from how much each factor varies on its own:
F. E. Satterthwaite, "An Approximate Distribution of Estimates of Variance Components", 1946. Percentiles of the draws
would be too narrow where there are few classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.random import Generator, RandomState
from numpy.typing import NDArray
from scipy import stats

from zsl._arguments import as_random_state, is_number, shown
from zsl._typing import FloatArray
from zsl.evaluation._arrays import as_count
from zsl.evaluation.comparing.predictions import Predictions
from zsl.exceptions import InvalidInputError

Over = Literal["classes", "samples"]
FIGURES = ("t1", "seen", "unseen", "harmonic_mean", "ausuc")
_LEAST = 100
_BLOCK = 1 << 24  # weights at a time


@dataclass(frozen=True, eq=False)
class Units:
    """What one fit got right of each unit: a class, or a sample.

    Parameters
    ----------
    seen, unseen, t1 : arrays of shape (n_seen,), (n_unseen,) and (n_unseen,)
        Shares of hits.
    area : array of shape (n_seen, n_unseen) or None
        What each pair adds to AUSUC, None if that isn't known.
    seen_strata, unseen_strata : arrays of int
        What each unit is drawn among: all classes of its side, or the samples of its class.
    key : object
        What the units are, to be compared.
    """

    seen: FloatArray
    unseen: FloatArray
    t1: FloatArray
    area: FloatArray | None
    seen_strata: NDArray[np.intp]
    unseen_strata: NDArray[np.intp]
    key: Any

    @classmethod
    def from_accuracies(cls, seen: Mapping[Any, float], unseen: Mapping[Any, float], t1: Mapping[Any, float]) -> Self:
        """Classes, by the accuracy of each."""
        s, u, t = (np.array(list(part.values()), dtype=np.float64) for part in (seen, unseen, t1))
        return cls(s, u, t, None, _one_stratum(len(s)), _one_stratum(len(u)), ([*seen], [*unseen]))

    @classmethod
    def from_predictions(cls, found: Predictions, over: Over = "classes") -> Self:
        """Classes, with the area, or single samples."""
        names, seen = np.unique(found.seen_true, return_inverse=True)
        others, unseen = np.unique(found.unseen_true, return_inverse=True)
        s, u, t = (hits.astype(np.float64) for hits in (found.seen_hits, found.unseen_hits, found.t1_hits))
        if over == "samples":
            return cls(s, u, t, None, seen, unseen, (found.seen_true.tolist(), found.unseen_true.tolist()))
        s, u, t = (
            np.bincount(code, hits) / np.bincount(code)
            for code, hits in zip((seen, unseen, unseen), (s, u, t), strict=True)
        )
        strata = _one_stratum(len(names)), _one_stratum(len(others))
        return cls(s, u, t, _areas(found, seen, unseen), *strata, (names.tolist(), others.tolist()))

    def figures(self, seen: FloatArray, unseen: FloatArray) -> FloatArray:
        """The figures, (figure, draw), where units have these weights, (draw, unit)."""
        s, u, t1 = seen @ self.seen, unseen @ self.unseen, unseen @ self.t1
        h = 2 * s * u / np.where(s + u > 0, s + u, 1.0)
        area = np.full_like(h, np.nan) if self.area is None else ((seen @ self.area) * unseen).sum(1)
        return np.stack(np.broadcast_arrays(t1, s, u, h, area))


def units_from(
    predictions: Predictions | None,
    accuracies: tuple[Mapping[Any, float], Mapping[Any, float], Mapping[Any, float]] | None,
    over: Over = "classes",
) -> Units | None:
    """Units from what was kept of a fit, accuracies of seen and unseen classes and T1; None if that isn't enough."""
    if predictions is not None:
        return Units.from_predictions(predictions, over)
    return None if accuracies is None or over == "samples" else Units.from_accuracies(*accuracies)


def _areas(found: Predictions, seen: NDArray[np.intp], unseen: NDArray[np.intp]) -> FloatArray:
    """Share of pairs of a seen and an unseen sample, by class, that some bias gets right both; half for a tie.

    The area under the seen-unseen curve is the mean of it over pairs of classes.
    """
    n_seen = np.bincount(seen)
    area = np.empty((len(n_seen), int(unseen.max()) + 1))
    for column in range(area.shape[1]):
        edges = np.sort(-found.unseen_margins[unseen == column])
        passed = [np.searchsorted(edges, found.seen_margins, side=side) for side in ("left", "right")]
        share = (passed[0] + passed[1]) / (2 * len(edges))
        area[:, column] = np.bincount(seen, share) / n_seen
    return area


def check_drawing(level: float, n_draws: int, random_state: int | RandomState | None) -> Generator:
    """Refuse what can't be drawn with, and give what draws."""
    if not is_number(level) or not 0 < level < 1:
        raise InvalidInputError(f"level={shown(level)}; wanted a number in (0, 1).")
    as_count("n_draws", n_draws, _LEAST)
    return np.random.default_rng(as_random_state(random_state).randint(2**32, dtype=np.uint32))


@dataclass(frozen=True, eq=False)
class Estimate:
    """A figure, or a difference, and what it varies with.

    Parameters
    ----------
    value, variance : arrays of shape (F,)
        The figures, and their variances over all draws.
    parts : sequence of tuple
        For each factor on its own, the variance and its degrees of freedom.
    """

    value: FloatArray
    variance: FloatArray
    parts: Sequence[tuple[FloatArray, int]]

    @staticmethod
    def mean_of(estimates: Sequence[Estimate]) -> Estimate:
        """The mean of independent estimates."""
        n = len(estimates)
        parts = [(variance / n**2, freedom) for estimate in estimates for variance, freedom in estimate.parts]
        value, variance = (np.sum([getattr(e, name) for e in estimates], axis=0) for name in ("value", "variance"))
        return Estimate(value / n, variance / n**2, parts)

    def half(self, level: float) -> FloatArray:
        """Half the width of the interval."""
        variances = np.stack([variance for variance, _ in self.parts])
        dof = np.array([max(number, 1) for _, number in self.parts])
        total, weighted = variances.sum(0), (variances**2 / dof[:, None]).sum(0)
        freedom = np.where(weighted > 0, total**2 / np.where(weighted > 0, weighted, 1.0), np.inf)
        return np.asarray(stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(self.variance))


def estimated(
    arms: Sequence[Sequence[Units]], signs: Sequence[float], n_draws: int, rng: Generator
) -> tuple[Estimate, list[FloatArray]]:
    """Estimate a signed sum of means over the fits of each arm, all on the same units; and the mean of each arm."""
    strata = arms[0][0].seen_strata, arms[0][0].unseen_strata
    fits = [fit for arm in arms for fit in arm]
    flat = [_even(side) for side in strata]
    plain = np.stack([fit.figures(*flat)[:, 0] for fit in fits])
    blocks: dict[str, list[FloatArray]] = {"both": [], "seen": [], "unseen": []}
    size = max(1, _BLOCK // sum(map(len, strata)))
    for start in range(0, n_draws, size):
        seen, unseen = (_drawn(side, min(size, n_draws - start), rng) for side in strata)
        for name, weights in (("both", (seen, unseen)), ("seen", (seen, flat[1])), ("unseen", (flat[0], unseen))):
            blocks[name].append(np.stack([fit.figures(*weights) for fit in fits]))
    drawn = {name: np.concatenate(parts, axis=2) for name, parts in blocks.items()}  # (fit, figure, draw)

    varied = {name: np.zeros(drawn[name].shape[1:]) for name in drawn}
    means, parts, first = [], [], 0
    for arm, sign in zip(arms, signs, strict=True):
        own = slice(first, first + len(arm))
        first += len(arm)
        picks = _drawn(_one_stratum(len(arm)), n_draws, rng) if len(arm) > 1 else np.ones((n_draws, 1))
        varied["both"] += sign * np.einsum("sfb,bs->fb", drawn["both"][own], picks)
        for name in ("seen", "unseen"):
            varied[name] += sign * drawn[name][own].mean(0)
        if len(arm) > 1:
            parts.append(((picks @ plain[own]).var(axis=0), len(arm) - 1))
        means.append(plain[own].mean(0))
    for name, side in zip(("seen", "unseen"), strata, strict=True):
        parts.append((varied[name].var(axis=1), len(side) - int(side.max()) - 1))
    value = np.sum([sign * mean for sign, mean in zip(signs, means, strict=True)], axis=0)
    return Estimate(value, varied["both"].var(axis=1), parts), means


def resampled(
    fit: Units | None, *, level: float = 0.95, n_draws: int = 2000, random_state: int | RandomState | None = 0
) -> pd.DataFrame:
    """Interval of each figure of one fit; NaN if nothing was kept of it."""
    rng = check_drawing(level, n_draws, random_state)
    if fit is None:
        return pd.DataFrame(np.nan, pd.Index(FIGURES), ["value", "low", "high", "half"])
    found, _ = estimated([[fit]], [1.0], n_draws, rng)
    half = found.half(level)
    low, high = np.clip(found.value - half, 0, 1), np.clip(found.value + half, 0, 1)
    return pd.DataFrame({"value": found.value, "low": low, "high": high, "half": half}, index=pd.Index(FIGURES))


def _one_stratum(n: int) -> NDArray[np.intp]:
    return np.zeros(n, dtype=np.intp)


def _even(strata: NDArray[np.intp]) -> FloatArray:
    """Equal weights of strata, and of units within each, (1, unit)."""
    sizes = np.bincount(strata)
    return np.asarray(1.0 / (sizes[strata] * len(sizes)))[None]


def _drawn(strata: NDArray[np.intp], n_draws: int, rng: Generator) -> FloatArray:
    """Weights of units, (draw, unit): one fewer than there are is drawn in each stratum. NaN for a single unit."""
    sizes = np.bincount(strata)
    weights = np.full((n_draws, len(strata)), 1.0 / len(sizes) if len(strata) > 1 else np.nan)
    for stratum, size in enumerate(sizes):
        if size > 1:
            counts = rng.multinomial(size - 1, np.full(size, 1.0 / size), n_draws)
            weights[:, strata == stratum] = counts / ((size - 1) * len(sizes))
    return weights
