"""Shares of classes predicted as classes, drawn so that few and many classes are legible."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.plots._theme import Theme, dress, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_WITH_NUMBERS, MOST_WITH_NAMES = 12, 60


def draw_matrix(
    ax: "Axes",
    theme: Theme,
    shares: FloatArray,
    labels: Sequence[Any],
    seen: NDArray[np.bool_] | None,
    mistakes: Sequence[tuple[Any, Any, float]],
) -> None:
    """Draw shares by true class (row) and predicted class (column)."""
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    n, written = len(labels), len(labels) <= MOST_WITH_NUMBERS
    ramp = LinearSegmentedColormap.from_list("share", [theme.background, theme.series[0]])
    # The square root makes single samples of a large class visible; with numbers in the cells colours are proportional.
    image = ax.imshow(shares, cmap=ramp, norm=PowerNorm(1 if written else 0.5, 0, 1), aspect="auto")
    if written:
        for (row, column), share in np.ndenumerate(shares):
            on = theme.background if share > 0.6 else theme.text
            ax.text(column, row, f"{share:.2f}", ha="center", va="center", color=on, fontsize="small")
    else:
        bar = ax.figure.colorbar(
            image, ax=ax, label="share of the true class", shrink=0.6, ticks=[0, 0.05, 0.2, 0.5, 1]
        )
        dress(bar.ax, theme)
    ax.set(xlabel="predicted class", ylabel="true class")
    if n <= MOST_WITH_NAMES:
        names = names_of(labels, 28 if n <= 20 else 20)
        columns = [*names, "other"][: shares.shape[1]]
        size: Any = "small" if n <= 20 else 6.5
        ax.set_xticks(range(len(columns)), columns, fontsize=size, parse_math=False)
        ax.set_yticks(range(n), names, fontsize=size, parse_math=False)
        ax.tick_params(axis="x", rotation=90 if max(map(len, columns)) > 4 else 0)
    else:
        ax.set(xticks=[], yticks=[])
        _number_mistakes(ax, theme, labels, mistakes)
    if seen is not None and seen.any() and not seen.all():
        _part_groups(ax, theme, seen)
    dress(ax, theme)


def _number_mistakes(
    ax: "Axes", theme: Theme, labels: Sequence[Any], mistakes: Sequence[tuple[Any, Any, float]]
) -> None:
    """Rings around the cells of the most frequent mistakes, and a list of them below."""
    place, names = {label: at for at, label in enumerate(labels)}, names_of(labels)
    told = []
    for number, (truth, guess, share) in enumerate(mistakes, 1):
        at = place[guess], place[truth]
        ax.plot(*at, "o", markersize=9, markerfacecolor="none", markeredgecolor=theme.series[1], markeredgewidth=1.3)
        ax.annotate(
            str(number), at, (6, 4), textcoords="offset points", color=theme.text, fontsize="small", weight="bold"
        )
        told.append(f"{number}  {names[at[1]]} → {names[at[0]]}  {share:.2f}")
    if told:
        ax.set_xlabel(
            "predicted class\n\nmost frequent mistakes:\n" + "\n".join(told), parse_math=False, linespacing=1.3
        )


def _part_groups(ax: "Axes", theme: Theme, seen: NDArray[np.bool_]) -> None:
    """Lines between seen and unseen classes, and the names of the groups above and at the right."""
    border, n = float(seen.sum()) - 0.5, len(seen)
    ax.axhline(border, color=theme.text, linewidth=1)
    ax.axvline(border, color=theme.text, linewidth=1)
    groups = (("seen", 0, int(seen.sum())), ("unseen", int(seen.sum()), n))
    for name, start, end in groups:
        middle, label = (start + end - 1) / 2, f"{name} ({end - start})"
        style: dict[str, Any] = {"color": theme.text, "fontsize": "small", "textcoords": "offset points"}
        ax.annotate(label, (middle, 1), (0, 4), xycoords=ax.get_xaxis_transform(), ha="center", va="bottom", **style)
