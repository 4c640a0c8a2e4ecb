"""Colours, axes and PNGs of the plots. No global state of matplotlib is read or set."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsl._arguments import shown
from zsl._escaping import one_line
from zsl.exceptions import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

LONGEST_NAME = 28


@dataclass(frozen=True)
class Theme:
    """Colours of a plot and of a page.

    The series are distinguishable with any colour vision (after M. Okabe and K. Ito, "Color Universal Design", 2008),
    darker ones on a light background and lighter ones on a dark one.
    """

    background: str
    text: str
    faint: str
    series: tuple[str, ...]


THEMES = {
    "light": Theme("#ffffff", "#1f2328", "#c9ced4", ("#0072b2", "#d55e00", "#00795a", "#a6447f", "#5f6368")),
    "dark": Theme("#15181c", "#e6e9ed", "#4a5159", ("#56b4e9", "#e69f00", "#2fc79b", "#e59cc4", "#b4bac1")),
}


def as_theme(theme: str) -> Theme:
    """The theme of this name."""
    if not isinstance(theme, str) or theme not in THEMES:
        raise InvalidInputError(f"theme={shown(theme)}; wanted one of {list(THEMES)}.")
    return THEMES[theme]


def check_matplotlib() -> type["Figure"]:
    """The class of figures, or an error that says what to install."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("Plots need matplotlib: pip install 'zslearn[plots]'.") from error
    return Figure


def axes_for(ax: "Axes | None", theme: Theme, size: tuple[float, float]) -> "Axes":
    """The axes that were given, or those of a new figure of a size in inches."""
    figure = check_matplotlib()
    return ax or figure(figsize=size, layout="constrained", facecolor=theme.background).add_subplot()


def dress(ax: "Axes", theme: Theme, grid: str | None = None) -> "Axes":
    """Apply the colours of the theme to the axes; `grid` names the axis whose ticks get lines."""
    ax.set_facecolor(theme.background)
    ax.tick_params(colors=theme.text, which="both")
    for label in (ax.xaxis.label, ax.yaxis.label, ax.title):
        label.set_color(theme.text)
    for side, spine in ax.spines.items():
        spine.set_color(theme.faint)
        spine.set_visible(side in ("left", "bottom"))
    ax.set_axisbelow(True)
    if grid is not None:
        ax.grid(axis=grid, color=theme.faint, linewidth=0.6, alpha=0.6)  # type: ignore[arg-type]
    legend: Legend | None = ax.get_legend()
    if legend is not None:
        legend.get_frame().set(facecolor=theme.background, edgecolor=theme.faint)
        for text in legend.get_texts():
            text.set_color(theme.text)
            text.set_parse_math(False)
    return ax


def names_of(labels: Sequence[Any]) -> list[str]:
    """Labels as text on one line; long ones lose their middle, since names often differ at the end."""
    names = [" ".join(one_line(label).split()) for label in labels]
    return [name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 11]}…{name[-10:]}" for name in names]


def as_png(ax: "Axes", dpi: int = 160) -> bytes:
    """The figure of the axes as a PNG."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name in letters that the font lacks shows as boxes; the page has the names as text as well.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        ax.get_figure(root=True).savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})  # type: ignore[union-attr]
    return buffer.getvalue()
