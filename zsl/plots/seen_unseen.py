"""S against U over all values of the seen-class bias."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zsl._arguments import check_kind, shown
from zsl._docs import documented_like
from zsl.evaluation.gzsl import GZSLResult, measure_gzsl
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._theme import Theme, ThemeName, dress, legend_below, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")


@dataclass(eq=False, repr=False)
class SeenUnseenDisplay(Display):
    """S against U over all values of the seen-class bias γ, with a mark at the chosen γ.

    Parameters
    ----------
    results : mapping of str to GZSLResult
        What was measured, by the name of the estimator.

    See Also
    --------
    zsl.evaluation.SeenUnseenCurve : The numbers that are drawn.

    Examples
    --------
    >>> from zsl import ESZSLClassifier, load_digits_zsl
    >>> from zsl.plots import SeenUnseenDisplay
    >>> split = load_digits_zsl()
    >>> clf = ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> display = SeenUnseenDisplay.from_estimator(clf, split)
    >>> display.ax_.get_xlabel()
    'U: accuracy on unseen classes'
    """

    results: Mapping[str, GZSLResult]

    def __post_init__(self) -> None:
        check_kind("results", self.results, Mapping)
        for name, result in self.results.items():
            check_kind(f"results[{shown(name)}]", result, GZSLResult)
        if not self.results:
            raise InvalidInputError("results is empty; wanted at least one result.")

    @classmethod
    @documented_like(Display.plot)
    def from_results(
        cls, results: GZSLResult | Mapping[str, GZSLResult], *, ax: "Axes | None" = None, theme: ThemeName = "light"
    ) -> Self:
        """Draw what was measured.

        Parameters
        ----------
        results : GZSLResult or mapping of str to GZSLResult
            What was measured, of one estimator or of several by name.
        """
        check_kind("results", results, GZSLResult, Mapping)
        named = {results.name or "GZSL": results} if isinstance(results, GZSLResult) else results
        return cls(dict(named)).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot)
    def from_estimator(
        cls,
        fitted: Any,
        split: GZSLSplit,
        *,
        name: str | None = None,
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
        name : str or None, default=None
            Name in the legend. None for that of the class.
        """
        return cls({name or type(fitted).__name__: measure_gzsl(fitted, split)}).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        columns = min(2, len(self.results))
        return 4.4 + 0.9 * columns, 4.3 + 0.36 * -(-len(self.results) // columns)

    def _about(self) -> str:
        return ", ".join(f"{name}: AUSUC {result.ausuc:.3f}" for name, result in self.results.items())

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        from matplotlib.lines import Line2D

        handles = []
        for place, (name, result) in enumerate(zip(names_of(list(self.results)), self.results.values(), strict=True)):
            curve, gamma = result.curve, result.seen_bias
            look: dict[str, Any] = {
                "color": theme.series[place % len(theme.series)],
                "linestyle": LINES[place % len(LINES)],
            }
            mark: dict[str, Any] = {
                "marker": MARKERS[place % len(MARKERS)],
                "markeredgecolor": theme.background,
                "markersize": 9,
            }
            told = f"AUSUC {curve.ausuc:.3f}"
            ax.plot(curve.unseen, curve.seen, linewidth=1.8, **look)
            if gamma is not None:
                seen, unseen, harmonic = curve.at(gamma)
                ax.plot(unseen, seen, color=look["color"], linestyle="", clip_on=False, zorder=3, **mark)
                told = f"{told}, H {harmonic:.3f} at γ = {gamma:.3g}"
            label = f"{name}\n{told}"
            handles.append(Line2D([], [], linewidth=1.8, label=label, **look, **(mark if gamma is not None else {})))
        curves = [result.curve for result in self.results.values()]
        ax.set(
            xlabel="U: accuracy on unseen classes",
            ylabel="S: accuracy on seen classes",
            xlim=(0, _beyond(max(curve.unseen.max() for curve in curves))),
            ylim=(0, _beyond(max(curve.seen.max() for curve in curves))),
        )
        legend_below(ax, min(2, len(handles)), handles=handles)
        dress(ax, theme, grid="both")


def _beyond(largest: float) -> float:
    """The end of an axis: a little beyond the curve, so that it fills the axes."""
    return max(float(largest), 0.01) * 1.04
