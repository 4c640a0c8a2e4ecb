"""Confidence against accuracy, with the number of samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from zsl._arguments import check_estimator, check_kind, shown
from zsl._docs import documented_like
from zsl.evaluation._fitted import open_fitted
from zsl.evaluation.calibration import ReliabilityCurve, reliability_curve
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._theme import Theme, ThemeName, dress, legend_below, names_of
from zsl.plots.seen_unseen import LINES, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(eq=False, repr=False)
class ReliabilityDisplay(Display):
    """Reliability diagram: accuracy by bins of the confidence, and how many samples a bin has.

    Parameters
    ----------
    curves : mapping of str to ReliabilityCurve
        What was measured, by the name of the estimator.

    See Also
    --------
    zsl.evaluation.reliability_curve : The numbers that are drawn.
    """

    curves: Mapping[str, ReliabilityCurve]

    def __post_init__(self) -> None:
        check_kind("curves", self.curves, Mapping)
        for name, curve in self.curves.items():
            check_kind(f"curves[{shown(name)}]", curve, ReliabilityCurve)
        if not self.curves:
            raise InvalidInputError("curves is empty; wanted at least one curve.")

    @classmethod
    @documented_like(Display.plot)
    def from_results(
        cls,
        curves: ReliabilityCurve | Mapping[str, ReliabilityCurve],
        *,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Draw what was measured.

        Parameters
        ----------
        curves : ReliabilityCurve or mapping of str to ReliabilityCurve
            What was measured, of one estimator or of several by name.
        """
        check_kind("curves", curves, ReliabilityCurve, Mapping)
        named = {"": curves} if isinstance(curves, ReliabilityCurve) else curves
        return cls(dict(named)).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, reliability_curve)
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_prob: ArrayLike,
        *,
        classes: ArrayLike,
        n_bins: int = 15,
        name: str = "",
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Measure predicted probabilities, and draw.

        Parameters
        ----------
        name : str, default=""
            Name in the legend.
        """
        return cls({name: reliability_curve(y_true, y_prob, classes=classes, n_bins=n_bins)}).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, reliability_curve)
    def from_estimator(
        cls,
        fitted: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        classes: ArrayLike | None = None,
        n_bins: int = 15,
        name: str | None = None,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Measure the probabilities that a fitted estimator predicts, and draw.

        Parameters
        ----------
        fitted : estimator
            Anything with ``predict_proba`` and ``classes_``.
        X : array of samples
            Test samples.
        y : array of shape (n_samples,)
            Their labels.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all that the estimator knows.
        name : str or None, default=None
            Name in the legend. None for that of the class.
        """
        check_estimator("fitted", fitted)
        if classes is None:
            if not (hasattr(fitted, "predict_proba") and hasattr(fitted, "classes_")):
                raise InvalidInputError(
                    f"fitted is a {type(fitted).__name__} without predict_proba or classes_; wanted a fitted "
                    "classifier that predicts probabilities."
                )
            probabilities, known = fitted.predict_proba(X), fitted.classes_
        else:
            opened = open_fitted(fitted, "fitted")
            model: Any = opened.estimator
            probabilities, known = model.predict_proba(opened.transform(X), classes), classes
        curve = reliability_curve(y, probabilities, classes=known, n_bins=n_bins)
        return cls({name or type(fitted).__name__: curve}).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 4.8, 4.1 + 0.2 * len(self.curves)

    def _about(self) -> str:
        found = [(name, curve.expected_calibration_error) for name, curve in self.curves.items()]
        return ", ".join(f"{name + ': ' if name else ''}ECE {error:.3f}" for name, error in found)

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        behind = ax.twinx()
        ax.plot([0, 1], [0, 1], color=theme.text, linewidth=0.8, linestyle=":", label="as right as confident")
        for place, (name, curve) in enumerate(zip(names_of(list(self.curves)), self.curves.values(), strict=True)):
            full, colour = curve.share > 0, theme.series[place % len(theme.series)]
            ax.plot(
                curve.confidence[full],
                curve.accuracy[full],
                color=colour,
                linestyle=LINES[place % len(LINES)],
                marker=MARKERS[place % len(MARKERS)],
                markersize=5,
                markeredgecolor=theme.background,
                linewidth=1.6,
                clip_on=False,
                label=f"{name + ': ' if name else ''}ECE {curve.expected_calibration_error:.3f}",
                zorder=3,
            )
            heights = curve.share if curve.counts is None else curve.counts
            edges = np.linspace(0, 1, len(heights) + 1)
            behind.stairs(heights, edges, fill=len(self.curves) == 1, color=colour, alpha=0.25, linewidth=1.2)
        counted = all(curve.counts is not None for curve in self.curves.values())
        behind.set_ylabel("samples per bin" if counted else "share of the samples per bin")
        behind.set_ylim(0, behind.dataLim.y1 * 2 or 1)  # the lower half
        ax.set(xlabel="confidence: the largest probability", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
        legend_below(ax, 2 if len(self.curves) == 1 else 1)
        ax.set_zorder(behind.get_zorder() + 1)
        ax.patch.set_visible(False)
        dress(behind, theme)
        behind.spines["right"].set_visible(True)
        dress(ax, theme, grid="both")
