"""What speaks for one class and against another, with the picture of the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._arguments import check_estimator, check_kind
from zsl._docs import documented_like
from zsl.evaluation._arrays import as_count
from zsl.evaluation._fitted import open_fitted
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._pictures import as_picture, smoothing
from zsl.plots._theme import Theme, ThemeName, dress, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REST = "(everything else)"


@dataclass(eq=False, repr=False)
class ExplanationDisplay(Display):
    """Bars of the attributes that speak for one class and against another, with the picture of the sample.

    Parameters
    ----------
    table : DataFrame
        What ``explain`` returned: one row per attribute, with the column "contribution" and the values of both classes.
    picture : array of uint8 of shape (h, w, 3) or None, default=None
        Pixels of the sample.
    n_attributes : int, default=10
        How many of the largest contributions have a bar of their own; the others are summed up in a last one.
    """

    table: pd.DataFrame
    picture: NDArray[np.uint8] | None = None
    n_attributes: int = 10

    def __post_init__(self) -> None:
        check_kind("table", self.table, pd.DataFrame)
        self.n_attributes = as_count("n_attributes", self.n_attributes)
        if "contribution" not in self.table or not len(self.table):
            raise InvalidInputError(
                f"table has {len(self.table)} rows and the columns {self.table.columns.tolist()[:5]}; wanted rows with "
                "a column 'contribution', as explain returns them."
            )

    @classmethod
    @documented_like(Display.plot)
    def from_results(
        cls,
        table: pd.DataFrame,
        *,
        image: Any = None,
        n_attributes: int = 10,
        ax: Axes | None = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Draw an explanation.

        Parameters
        ----------
        table : DataFrame
            What ``explain`` returned.
        image : path, array of pixels, image of Pillow or None, default=None
            The sample. Arrays have shape (h, w), (h, w, 3) or (3, h, w), as integers to 255 or floats to 1.
        n_attributes : int, default=10
            How many of the largest contributions have a bar of their own; the others are summed up in a last one.
        """
        picture = None if image is None else as_picture("image", image)
        return cls(table, picture, n_attributes).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, from_results)
    def from_estimator(
        cls,
        fitted: Any,
        x: Any,
        *,
        among: Sequence[Any] | None = None,
        image: Any = None,
        n_attributes: int = 10,
        ax: Axes | None = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Explain one prediction, and draw.

        Parameters
        ----------
        fitted : estimator
            Estimator with ``explain``, or a pipeline or search that ends in one.
        x : one sample
            In the form that `fitted` predicts: a row of features, or a path where a pipeline encodes images, which is
            then the picture, too.
        among : two labels or None, default=None
            The classes to tell apart. None for the best two.
        """
        check_estimator("fitted", fitted)
        opened = open_fitted(fitted, "fitted")
        model: Any = opened.estimator
        if not hasattr(model, "explain"):
            raise InvalidInputError(f"fitted is a {type(model).__name__}, which has no method explain.")
        sample = np.asarray(opened.transform([x]))[0] if opened.steps else x
        if image is None and opened.steps and not _is_row(x):
            image = x
        return cls.from_results(
            model.explain(sample, among=among), image=image, n_attributes=n_attributes, ax=ax, theme=theme
        )

    @property
    def classes(self) -> list[str]:
        """Names of the two classes, as far as the table has their values."""
        return [str(column) for column in self.table.columns if column != "contribution"][:2]

    def _bars(self) -> tuple[list[str], list[float]]:
        """Names and lengths of the bars, the largest first, with what is left over at the end."""
        amounts = self.table["contribution"].to_numpy(dtype=float)
        order = np.argsort(-np.abs(amounts), kind="stable")
        values = self.table[self.table.columns[self.table.columns != "contribution"][:2]].to_numpy(dtype=float)
        names = names_of(self.table.index.tolist())
        kept, rest = order[: self.n_attributes], order[self.n_attributes :]
        told = [names[at] + _values(values[at]) for at in kept]
        lengths = amounts[kept].tolist()
        if len(rest):
            told.append(REST)
            lengths.append(float(amounts[rest].sum()))
        return told, lengths

    def _size(self) -> tuple[float, float]:
        rows = min(len(self.table), self.n_attributes + 1)
        return 6.0 + 2.2 * (self.picture is not None), 1.6 + 0.27 * max(rows, 5)

    def _about(self) -> str:
        return f"{' rather than '.join(self.classes)}, score difference {self.table['contribution'].sum():+.3g}"

    def _draw(self, ax: Axes, theme: Theme) -> None:
        told, lengths = self._bars()
        known = len(self.classes) == 2
        first, second = names_of(self.classes) if known else ("the first class", "the second class")
        for place, length in enumerate(lengths):
            speaks_for = length >= 0
            look: dict[str, Any] = {"color": theme.series[0 if speaks_for else 1], "hatch": "" if speaks_for else "///"}
            ax.barh(place, length, height=0.7, edgecolor=theme.background, **look)
            ax.annotate(
                f"{length:+.3g}".replace("-", "−"),
                (length, place),
                (3 if speaks_for else -3, 0),
                textcoords="offset points",
                ha="left" if speaks_for else "right",
                va="center",
                fontsize="small",
                color=theme.text,
            )
        ax.axvline(0, color=theme.text, linewidth=0.8)
        ax.set_yticks(range(len(told)), told, fontsize="small", parse_math=False)
        ax.set_ylim(len(told) - 0.4, -0.6)
        ax.margins(x=0.24)  # room for the numbers beside the bars
        ax.tick_params(axis="x", labelsize="small")
        total = f"{self.table['contribution'].sum():+.3g}".replace("-", "−")
        title = f"{first} rather than {second}: {total}"
        ax.set_title(title, fontsize="medium", parse_math=False, loc="left", color=theme.text)
        label = f"← for {second}    contribution to the difference of the scores    for {first} →"
        if known:
            label = f"{label}\nin brackets: the values of {first} and of {second}"
        ax.set_xlabel(label, fontsize="small", parse_math=False)
        dress(ax, theme, grid="x")
        if self.picture is not None:
            beside = ax.inset_axes((1.03, 0, 0.5, 1))
            beside.imshow(self.picture, interpolation=smoothing(self.picture))
            beside.set_anchor("NW")
            beside.set_axis_off()


def _values(values: NDArray[np.float64]) -> str:
    """The values of both classes in brackets, where the table has them."""
    return (
        "" if len(values) < 2 or np.isnan(values).any() else f"  ({values[0]:.3g}, {values[1]:.3g})".replace("-", "−")
    )


def _is_row(x: Any) -> bool:
    """Whether a sample is a row of numbers and no picture."""
    return isinstance(x, (list, tuple)) or (hasattr(x, "ndim") and x.ndim == 1)
