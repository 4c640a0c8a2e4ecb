"""How often each class is among the best matches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._docs import documented_like
from zsl._typing import LabelArray
from zsl.evaluation._arrays import as_classes
from zsl.evaluation._fitted import open_fitted
from zsl.evaluation.hubness import k_occurrence, skewness
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._theme import Theme, ThemeName, dress, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = 3
"""Classes of largest counts that are named."""


@dataclass(eq=False, repr=False)
class HubnessDisplay(Display):
    """Histogram of the k-occurrence over classes, with its skewness and the largest hubs by name.

    Parameters
    ----------
    counts : array of int of shape (C,)
        In how many queries each class is one of the k best: see `zsl.evaluation.k_occurrence`.
    k : int, default=1
        How many best classes of a query count.
    classes : array of shape (C,) or None, default=None
        Labels of the classes. None draws no names.
    """

    counts: NDArray[np.intp]
    k: int = 1
    classes: LabelArray | None = None

    def __post_init__(self) -> None:
        if self.classes is not None and len(self.classes) != len(self.counts):
            raise InvalidInputError(
                f"classes has {len(self.classes)} labels for {len(self.counts)} columns of scores; wanted one each."
            )

    @property
    def skewness(self) -> float:
        """Skewness of the counts: see `zsl.evaluation.hubness`."""
        return skewness(self.counts)

    @classmethod
    @documented_like(Display.plot)
    def from_predictions(
        cls,
        scores: ArrayLike,
        k: int = 1,
        *,
        classes: ArrayLike | None = None,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Count which classes are the best matches by scores, and draw.

        Parameters
        ----------
        scores : array of shape (n_queries, C)
            Scores of the queries against the classes, higher for a better match.
        k : int, default=1
            How many best classes of a query count, from 1 to C.
        classes : array of shape (C,) or None, default=None
            Labels of the classes. None draws no names.
        """
        counts = k_occurrence(scores, k)
        return cls(counts, int(k), None if classes is None else as_classes("classes", classes)).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot)
    def from_estimator(
        cls,
        fitted: Any,
        X: ArrayLike,
        *,
        k: int = 1,
        classes: ArrayLike | None = None,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Count which classes are the best matches of samples, with the seen-class bias applied, and draw.

        Parameters
        ----------
        fitted : estimator
            Zero-shot estimator, or a pipeline or search that ends in one.
        X : array of samples
            The queries.
        k : int, default=1
            How many best classes of a query count, from 1 to C.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all that the estimator knows.
        """
        opened = open_fitted(fitted, "fitted")
        model = opened.estimator
        labels = model.classes_ if classes is None else as_classes("classes", classes)
        scores = model.class_scores(opened.transform(X), labels, calibrated=True)
        return cls(k_occurrence(scores, k), int(k), labels).plot(ax, theme=theme)

    def _size(self) -> tuple[float, float]:
        return 4.8, 3.6

    def _about(self) -> str:
        return f"{len(self.counts)} classes, skewness {self.skewness:.2f}"

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        from matplotlib.ticker import MaxNLocator

        counts = self.counts
        width = max(1, -(-int(np.ptp(counts) + 1) // 25))  # at most 25 bars, each of whole counts
        edges = np.arange(counts.min(), counts.max() + width + 1, width) - 0.5
        heights, *_ = ax.hist(counts, bins=edges.tolist(), color=theme.series[0], edgecolor=theme.background)
        mean = float(counts.mean())
        ax.axvline(mean, color=theme.series[1], linestyle="--", linewidth=1.5, label=f"mean {mean:.1f}")
        among = "as the best match" if self.k == 1 else f"among the {self.k} best"
        ax.set(xlabel=f"queries that have the class {among}", ylabel="classes", title=f"skewness {self.skewness:.2f}")
        ax.title.set_fontsize("medium")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        if self.classes is not None:
            best = [at for at in np.argsort(-counts, kind="stable")[:_NAMED].tolist() if counts[at] > mean]
            labels = self.classes.tolist()
            for place, name in zip(best, names_of([labels[at] for at in best]), strict=True):
                ax.plot([], [], " ", label=f"{counts[place]}: {name}")
        ax.set_ylim(0, float(np.max(heights)) * 1.08)
        ax.legend(loc="best", fontsize="small", frameon=False)
        dress(ax, theme, grid="y")
