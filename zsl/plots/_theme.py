"""Colours, axes and PNGs of the plots. No setting of matplotlib is changed."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zsl._arguments import shown
from zsl._escaping import one_line
from zsl._extras import needed
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

ThemeName = Literal["light", "dark"]
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
    found: type[Figure] = needed("matplotlib.figure", "plots", "A plot").Figure
    return found


def axes_for(ax: "Axes | None", theme: Theme, size: tuple[float, float]) -> "Axes":
    """The axes that were given, or those of a new figure of pyplot, which notebooks show; the size is in inches."""
    check_matplotlib()
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # chooses how figures are shown, so it waits until one is

    return plt.figure(figsize=size, layout="constrained", facecolor=theme.background).add_subplot()


def unmanaged_axes(theme: Theme, size: tuple[float, float]) -> "Axes":
    """Axes of a figure that pyplot doesn't know, so that nobody has to close it."""
    return check_matplotlib()(figsize=size, layout="constrained", facecolor=theme.background).add_subplot()


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


def legend_below(ax: "Axes", columns: int = 1, **options: Any) -> None:
    """A legend below the label of the x axis, at the same distance whatever the size of the axes."""
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.45, 0), "borderaxespad": 4.6}
    ax.legend(**place, fontsize="small", frameon=False, ncols=columns, **options)


def names_of(labels: Sequence[Any], longest: int = LONGEST_NAME) -> list[str]:
    """Labels as text on one line; long ones lose their middle, or how they begin if they would look alike then."""
    names = [" ".join(one_line(label).split()) for label in labels]
    short = {name: name if len(name) <= longest else f"{name[: longest - 11]}…{name[-10:]}" for name in names}
    groups: dict[str, list[str]] = {}
    for name, text in short.items():
        groups.setdefault(text, []).append(name)
    for alike in groups.values():
        if len(alike) > 1:
            first, last = min(alike), max(alike)  # what these two share at the beginning, all of them share
            start = next(at for at in range(len(last)) if first[at : at + 1] != last[at])
            start = first.rfind(" ", 0, start) + 1
            for name in alike:
                rest = name[start:]
                cut = rest if len(rest) <= longest - 6 else f"{rest[: longest - 7].rstrip()}…"
                short[name] = f"{name[:5]}…{cut}" if start > 5 else name[: longest - 1] + "…"
    return [short[name] for name in names]


def as_png(ax: "Axes", dpi: int = 160) -> bytes:
    """The figure of the axes as a PNG."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name in letters that the font lacks shows as boxes; the page has the names as text as well.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        ax.get_figure(root=True).savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})  # type: ignore[union-attr]
    return buffer.getvalue()
