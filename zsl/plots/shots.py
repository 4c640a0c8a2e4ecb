"""Accuracy from zero to many shots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.random import RandomState

from zsl._arguments import check_kind, shown
from zsl._docs import documented_like
from zsl.evaluation.shots import measure_shots
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._theme import Theme, ThemeName, dress, legend_below, names_of
from zsl.plots.seen_unseen import LINES, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WAYS = {"both": "semantics and samples", "support": "samples alone", "class_mean": "class means of samples"}


@dataclass(eq=False, repr=False)
class ShotsDisplay(Display):
    """T1 by the number of support samples per class, as bands of the 95 % interval over draws.

    One estimator is drawn in the three ways of `zsl.evaluation.measure_shots`: semantics and samples, samples alone,
    and class means of samples. Of several estimators each is drawn with all that it has: samples, and semantics where
    it knows them.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        What `zsl.evaluation.measure_shots` or `evaluate_shots` returned, by the name of the estimator.
    """

    tables: Mapping[str, pd.DataFrame]

    def __post_init__(self) -> None:
        check_kind("tables", self.tables, Mapping)
        for name, table in self.tables.items():
            check_kind(f"tables[{shown(name)}]", table, pd.DataFrame)
            missing = [column for way in _WAYS for column in (way, f"{way}_ci95") if column not in table]
            if missing or not len(table):
                raise InvalidInputError(
                    f"tables[{shown(name)}] has {len(table)} rows and no column {missing[:1]}; wanted what "
                    "measure_shots returns."
                )
        if not self.tables:
            raise InvalidInputError("tables is empty; wanted at least one table.")

    @classmethod
    @documented_like(Display.plot)
    def from_results(
        cls,
        tables: pd.DataFrame | Mapping[str, pd.DataFrame],
        *,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Draw what was measured.

        Parameters
        ----------
        tables : DataFrame or mapping of str to DataFrame
            What `zsl.evaluation.measure_shots` or `evaluate_shots` returned, of one estimator or of several by name.
        """
        check_kind("tables", tables, pd.DataFrame, Mapping)
        return cls({"": tables} if isinstance(tables, pd.DataFrame) else dict(tables)).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, measure_shots)
    def from_estimator(
        cls,
        fitted: Any,
        split: GZSLSplit,
        *,
        shots: Sequence[int] = (1, 5, 20),
        n_draws: int = 10,
        random_state: int | RandomState | None = 0,
        name: str = "",
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Measure a fitted estimator with K support samples of each unseen class, and draw.

        Parameters
        ----------
        name : str, default=""
            Name in the legend.
        """
        table = measure_shots(fitted, split, shots=shots, n_draws=n_draws, random_state=random_state)
        return cls({name: table}).plot(ax, theme=theme)

    def _series(self) -> list[tuple[str, pd.DataFrame]]:
        """What is drawn: the words of the legend, and a table with the columns mean and half width."""
        found = []
        for name, table in self.tables.items():
            known = [way for way in _WAYS if table[way].notna().any()]
            for way in known if len(self.tables) == 1 else known[:1]:
                words = _WAYS[way] if len(self.tables) == 1 else f"{name}: {_WAYS[way]}"
                drawn = pd.DataFrame({"mean": table[way], "half": table[f"{way}_ci95"]}).dropna(subset="mean")
                found.append((words, drawn))
        return found

    def _size(self) -> tuple[float, float]:
        return 5.2, 3.6 + 0.2 * len(self._series())

    def _about(self) -> str:
        counts = sorted({int(count) for table in self.tables.values() for count in table.index})
        return f"{', '.join(map(str, counts))} shots" + "".join(f", {name}" for name in self.tables if name)

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        series = self._series()
        for place, (name, drawn) in enumerate(series):
            at, mean, half = _position(drawn.index), drawn["mean"].to_numpy(), drawn["half"].to_numpy()
            colour = theme.series[place % len(theme.series)]
            half = np.where(np.isfinite(half), half, 0)  # a single draw has no interval
            ax.fill_between(at, mean - half, mean + half, color=colour, alpha=0.18, linewidth=0)
            ax.plot(
                at,
                mean,
                color=colour,
                linestyle=LINES[place % len(LINES)],
                marker=MARKERS[place % len(MARKERS)],
                markeredgecolor=theme.background,
                linewidth=1.6,
                label=" ".join(names_of([name], 64)),
            )
        counts = sorted({int(count) for _, drawn in series for count in drawn.index})
        kept = [counts[0]]
        for count in counts[1:]:  # labels that would overlap are left out
            if _position([count])[0] - _position([kept[-1]])[0] >= _position(counts[-1:])[0] / 14:
                kept.append(count)
        ax.set_xticks(_position(kept), [str(count) for count in kept])
        ax.set(xlabel="support samples per class", ylabel="T1: accuracy among unseen classes")
        bottom, top = ax.get_ylim()
        ax.set_ylim(max(bottom, -0.01), min(top, 1.01))
        legend_below(ax)
        dress(ax, theme, grid="both")


def _position(shots: Any) -> Any:
    """Numbers of shots on the axis: logarithmic, with a place for zero."""
    return np.log2(1 + np.asarray(shots, dtype=float))
