"""Whether two methods differ: a paired comparison on the same test classes and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.random import RandomState

from zsl._arguments import check_kind, shown
from zsl._escaping import one_line
from zsl.evaluation.benchmark._tables import BenchmarkResult
from zsl.evaluation.comparing._arms import fits_of, units_of
from zsl.evaluation.comparing.resampling import FIGURES, Estimate, Over, Units, check_drawing, estimated
from zsl.exceptions import InvalidInputError

Figure = Literal["t1", "seen", "unseen", "harmonic_mean", "ausuc"]
_SHOWN = dict(zip(FIGURES, ("T1", "S", "U", "H", "AUSUC"), strict=True))
_MEAN = "(mean)"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Differences between two methods, with confidence intervals, as found by `compare`.

    Parameters
    ----------
    names : tuple of two str
        What the methods are called.
    table : DataFrame
        One row per data set and figure, and for several data sets their mean, "(mean)". Columns: ``a`` and ``b``, the
        figures; ``difference`` of these; ``low`` and ``high``, the bounds of its interval.
    figure : str
        The figure that `difference`, `interval` and `sentence` are about.
    over : str
        What was drawn, "classes" or "samples".
    level : float
        Confidence of the intervals.
    basis : mapping of str to str
        What was resampled, by data set.
    """

    names: tuple[str, str]
    table: pd.DataFrame
    figure: Figure
    over: Over
    level: float
    basis: Mapping[str, str]

    @property
    def difference(self) -> float:
        """The figure of the first method minus that of the second; the mean over several data sets."""
        return float(self._row(self._last)["difference"])

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of the confidence interval of `difference`; NaN if there is none."""
        row = self._row(self._last)
        return float(row["low"]), float(row["high"])

    @property
    def sentence(self) -> str:
        """What can be said of the difference."""
        return self._said(self._last)

    @property
    def _last(self) -> str:
        return str(self.table.index[-1][0])

    def _row(self, data: str) -> Any:
        return self.table.loc[(data, self.figure)]

    def _said(self, data: str) -> str:
        row, (one, other), what = self._row(data), map(one_line, self.names), _SHOWN[self.figure]
        difference, low, high = row["difference"], row["low"], row["high"]
        if high < 0:
            one, other, difference, low, high = other, one, -difference, -high, -low
        where = f"averaged over {len(self.basis)} data sets" if data == _MEAN else f"on {one_line(data)}"
        basis = f"{self.over} of each" if data == _MEAN else self.basis[data]
        if np.isnan(low):
            return f"{one} minus {other} in {what} {where}: {difference:.3f}. One class alone gives no interval."
        bounds = f"{100 * self.level:g} % interval {low:.3f} to {high:.3f}, from resampling {basis}"
        if low > 0:
            return f"{one} beats {other} by {difference:.3f} in {what} {where} ({bounds})."
        return f"No difference in {what} can be told between {one} and {other} {where}: {difference:.3f} ({bounds})."

    def __str__(self) -> str:
        lines = [self._said(data) for data in dict.fromkeys(self.table.index.get_level_values(0))]
        shown = self.table.rename(index=_SHOWN).rename(columns=dict(zip("ab", map(one_line, self.names), strict=True)))
        lines += ["", shown.to_string(float_format=lambda value: f"{value:.3f}")]
        if "ausuc" not in self.table.index.get_level_values(1):
            lines += ["", "AUSUC is left out: it takes the margins of single samples, and is resampled over classes."]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Comparison({self.sentence!r})"


def compare(
    a: Any,
    b: Any,
    *,
    within: BenchmarkResult | None = None,
    names: Sequence[str] | None = None,
    figure: Figure = "harmonic_mean",
    over: Over = "classes",
    level: float = 0.95,
    n_draws: int = 2000,
    random_state: int | RandomState | None = 0,
) -> Comparison:
    r"""Compare two methods on the same test classes and samples, by a paired bootstrap.

    Both methods meet the same classes in each draw, so that what makes a class easy or hard for both doesn't count.

    Over classes, whole classes are drawn with all their samples: the interval holds for other classes of the same kind,
    and covers the choice of samples, too. Over samples, the classes stay and samples are drawn within them: the
    interval is narrower, and holds for these very classes. Where a method was fitted with several random states, these
    are drawn as well, for each method on its own. Data sets stay as they are; their mean weights each alike.

    Parameters
    ----------
    a, b : GZSLResult, sequence of GZSLResult, str or BenchmarkResult
        What was measured of each: of a single fit; of fits with several random states on the same data; the name of a
        method in `within`; or a benchmark of that method alone.
    within : BenchmarkResult or None, default=None
        Where `a` and `b` are looked up if they are names. Data sets that one of them has no finished fit on are left
        out.
    names : sequence of two str or None, default=None
        What to call the methods. None takes the names in the benchmarks, or "a" and "b".
    figure : {"t1", "seen", "unseen", "harmonic_mean", "ausuc"}, default="harmonic_mean"
        What the sentence is about; the table has all of them.
    over : {"classes", "samples"}, default="classes"
        What is drawn.
    level : float in (0, 1), default=0.95
        Confidence of the intervals. Each holds on its own: of many comparisons some are wrong by chance.
    n_draws : int, default=2000
        Number of draws, at least 100.
    random_state : int, RandomState or None, default=0
        What is drawn.

    Returns
    -------
    Comparison
        Differences, intervals, and a sentence. AUSUC is left out over samples, and where predictions weren't kept.

    Raises
    ------
    InvalidInputError
        If an argument is none of these, a name isn't known, there is no data set that both were measured on, their
        test classes or samples differ, or `over` is "samples" and predictions weren't kept.

    Notes
    -----
    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993; whole classes are drawn as in C. A. Field
    and A. H. Welsh, "Bootstrapping Clustered Data", JRSS B 69, 2007. One class fewer is drawn than there are, and the
    interval is :math:`\hat\theta \pm t_\nu \, \widehat{\mathrm{se}}`; see `zsl/evaluation/comparing/resampling.py`.
    ``python -m benchmarks.robustness.coverage`` prints how often such intervals hold the true difference.

    Examples
    --------
    >>> from zsl import ESZSLClassifier, RidgePrototypeClassifier, evaluate_gzsl
    >>> from zsl.datasets import make_zero_shot
    >>> split = make_zero_shot(random_state=0)
    >>> ours = evaluate_gzsl(RidgePrototypeClassifier(semantics=split.semantics), split)
    >>> theirs = evaluate_gzsl(ESZSLClassifier(semantics=split.semantics), split)
    >>> found = compare(ours, theirs, names=("ridge", "ESZSL"))
    >>> low, high = found.interval
    >>> low <= found.difference <= high
    True
    """
    for argument, option, known in (("figure", figure, FIGURES), ("over", over, get_args(Over))):
        if not isinstance(option, str) or option not in known:
            raise InvalidInputError(f"{argument}={shown(option)}; wanted one of {', '.join(known)}.")
    rng = check_drawing(level, n_draws, random_state)
    if within is not None:
        check_kind("within", within, BenchmarkResult)
    found = [fits_of(name, value, within) for name, value in (("a", a), ("b", b))]
    called = _names(names, [name for name, _ in found])
    (_, one), (_, other) = found
    if within is None and len(one) == len(other) == 1:  # results may be named as one likes
        other = dict.fromkeys(one, *other.values())
    shared = [data for data in one if data in other]
    if not shared:
        raise InvalidInputError(f"a was measured on {sorted(one)} and b on {sorted(other)}; wanted a data set of both.")
    rows: dict[tuple[str, str], list[float]] = {}
    basis: dict[str, str] = {}
    estimates, columns = [], []
    for data in shared:
        arms = [units_of(name, data, fits[data], over) for name, fits in zip("ab", (one, other), strict=True)]
        digests = {fit.digest for fits in (one, other) for fit in fits[data]} - {None}
        if len(digests) > 1 or any(fit.key != arms[0][0].key for arm in arms for fit in arm):
            raise InvalidInputError(f"a and b were measured on other test {over} of {data!r}; wanted the same ones.")
        estimate, means = estimated(arms, (1.0, -1.0), n_draws, rng)
        estimates.append(estimate)
        columns.append(means)
        basis[data] = _basis(arms[0][0], over, called, [len(arm) for arm in arms])
    if len(shared) > 1:
        estimates.append(Estimate.mean_of(estimates))
        columns.append([np.mean(means, axis=0) for means in zip(*columns, strict=True)])
    for data, estimate, means in zip([*shared, _MEAN], estimates, columns, strict=False):
        half = estimate.half(level)
        for place, name in enumerate(FIGURES):
            value = float(estimate.value[place])
            if not np.isnan(value):
                bounds = np.clip([value - half[place], value + half[place]], -1, 1).tolist()
                rows[data, name] = [*(float(mean[place]) for mean in means), value, *bounds]
    index = pd.MultiIndex.from_tuples(rows, names=["data", "figure"])
    table = pd.DataFrame([*rows.values()], index, columns=["a", "b", "difference", "low", "high"])
    if not all((data, figure) in rows for data, _ in rows):
        raise InvalidInputError(f"figure={figure!r} takes predictions of all fits, over classes; wanted another.")
    return Comparison(called, table, figure, over, float(level), basis)


def compare_best(result: BenchmarkResult) -> list[str]:
    """What can be said of the two methods of the largest H in a benchmark, one sentence a line; nothing of fewer.

    H is averaged over the data sets. Methods that didn't finish on all of them are left out.
    """
    frame = result.to_frame()
    n_data = frame["data"].nunique()
    done = frame[frame["seeds"] > 0].groupby("method", sort=False)["harmonic_mean"]
    ranked = done.mean()[done.size() == n_data].sort_values(ascending=False, kind="stable")
    if len(ranked) < 2:
        return []
    one, other = ranked.index[:2]
    try:
        lines = [compare(one, other, within=result).sentence]
        if all(found is not None for found in result.predictions):
            lines.append(f"On these very classes: {compare(one, other, within=result, over='samples').sentence}")
    except InvalidInputError as error:  # cells of an earlier version
        return [f"{one_line(one)} and {one_line(other)} have the largest H, and can't be compared: {error}"]
    if len(ranked) > 2:
        lines.append(
            f"They are the two of the largest H among {len(ranked)} methods, picked by these very figures; the "
            "intervals don't allow for that."
        )
    return lines


def _names(given: Sequence[str] | None, found: Sequence[str | None]) -> tuple[str, str]:
    if given is None:
        one, other = (name or default for name, default in zip(found, "ab", strict=True))
        return (one, other) if one != other else ("a", "b")
    if isinstance(given, str) or len(given) != 2 or not all(isinstance(name, str) and name.strip() for name in given):
        raise InvalidInputError(f"names={shown(given)}; wanted two names.")
    return given[0], given[1]


def _basis(fit: Units, over: Over, names: Sequence[str], n_fits: Sequence[int]) -> str:
    """What was drawn on one data set, in words."""
    drawn = [f"{len(fit.seen)} seen and {len(fit.unseen)} unseen {over}"]
    drawn += [f"{n} random states of {one_line(name)}" for name, n in zip(names, n_fits, strict=True) if n > 1]
    return " and ".join(drawn)
