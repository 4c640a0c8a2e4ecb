"""The accuracy of single classes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zsl._arguments import check_kind
from zsl._docs import documented_like
from zsl.evaluation._arrays import as_count
from zsl.evaluation.gzsl import GZSLResult, measure_gzsl
from zsl.evaluation.splits import GZSLSplit
from zsl.plots._display import Display
from zsl.plots._theme import Theme, ThemeName, dress, legend_below, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR = 0.21
"""Inches per class."""


@dataclass(eq=False, repr=False)
class PerClassDisplay(Display):
    """The accuracy of each class among all classes, and that of unseen ones among unseen ones.

    Parameters
    ----------
    result : GZSLResult
        What was measured.
    max_classes : int, default=20
        Most classes drawn of the seen and of the unseen ones each: if there are more, those of lowest accuracy.
    """

    result: GZSLResult
    max_classes: int = 20

    def __post_init__(self) -> None:
        check_kind("result", self.result, GZSLResult)
        self.max_classes = as_count("max_classes", self.max_classes)

    @classmethod
    @documented_like(Display.plot)
    def from_results(
        cls,
        result: GZSLResult,
        *,
        max_classes: int = 20,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Draw what was measured.

        Parameters
        ----------
        result : GZSLResult
            What was measured.
        max_classes : int, default=20
            Most classes drawn of the seen and of the unseen ones each: if there are more, those of lowest accuracy.
        """
        return cls(result, max_classes).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, from_results)
    def from_estimator(
        cls,
        fitted: Any,
        split: GZSLSplit,
        *,
        max_classes: int = 20,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Measure a fitted estimator on the test samples of a split, and draw.

        Parameters
        ----------
        fitted : estimator
            Zero-shot estimator fitted on the seen classes of the split, or a pipeline or search that ends in one.
        split : GZSLSplit
            The data set.
        """
        return cls(measure_gzsl(fitted, split), max_classes).plot(ax, theme=theme)

    def _sides(self) -> list[tuple[str, dict[Any, float]]]:
        """For unseen and for seen classes the words of the legend, and the accuracies that are drawn."""
        found = []
        for side, accuracies in (("unseen", self.result.unseen_by_class), ("seen", self.result.seen_by_class)):
            lowest = set(sorted(accuracies, key=accuracies.__getitem__)[: self.max_classes])
            drawn = {label: value for label, value in accuracies.items() if label in lowest}
            less = "" if len(drawn) == len(accuracies) else f" (the {len(drawn)} lowest of {len(accuracies)})"
            found.append((f"{side}, among all classes{less}", drawn))
        return found

    def _size(self) -> tuple[float, float]:
        return 4.8, 1.5 + _BAR * sum(len(drawn) for _, drawn in self._sides())

    def _about(self) -> str:
        return f"{len(self.result.seen_by_class)} seen and {len(self.result.unseen_by_class)} unseen classes"

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        sides, start = self._sides(), 0
        for (name, drawn), colour, hatch in zip(sides, theme.series, ("", "///"), strict=False):
            places = np.arange(start, start + len(drawn))
            look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": theme.background, "label": name}
            ax.barh(places, list(drawn.values()), height=0.72, **look)
            start += len(drawn)
        unseen = sides[0][1]
        ax.plot(
            [self.result.t1_by_class[label] for label in unseen],
            range(len(unseen)),
            "D",
            color=theme.text,
            markeredgecolor=theme.background,
            markersize=6,
            clip_on=False,
            label="unseen, among unseen classes (T1)",
        )
        names = names_of([label for _, drawn in sides for label in drawn])
        ax.set_yticks(range(start), names, fontsize="small", parse_math=False)
        ax.set(xlabel="accuracy", xlim=(0, 1), ylim=(start - 0.4, -0.6))
        legend_below(ax)
        dress(ax, theme, grid="x")
