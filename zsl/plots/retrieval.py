"""The best matches of each class in a gallery: as pictures, or as curves of precision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import check_kind
from zsl._docs import documented_like
from zsl._labels import as_labels, as_named_labels, check_one_kind
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count, is_among
from zsl.evaluation._fitted import open_fitted
from zsl.evaluation.retrieval import RetrievalResult, retrieval_metrics
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._pictures import as_picture, check_pictures, show_picture
from zsl.plots._theme import Theme, ThemeName, dress, legend_below, names_of
from zsl.plots.seen_unseen import LINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_ROWS, _MOST_CURVES, _PICTURE = 12, 5, 0.72


@dataclass(eq=False, repr=False)
class RetrievalDisplay(Display):
    """The best k samples per class with hits and misses marked; where there are no pictures, their precision.

    Parameters
    ----------
    result : RetrievalResult
        What was measured.
    ranked : array of int of shape (C, k) or None, default=None
        Positions of the best samples of each class, the best first. None where only `result` is known.
    hits : array of bool of shape (C, k) or None, default=None
        Whether they are of the class.
    pictures : sequence of sequences of arrays or None, default=None
        Pixels of these samples for the first classes, at most 12. None draws precision.
    """

    result: RetrievalResult
    ranked: NDArray[np.intp] | None = None
    hits: NDArray[np.bool_] | None = None
    pictures: Sequence[Sequence[NDArray[np.uint8]]] | None = None

    def __post_init__(self) -> None:
        check_kind("result", self.result, RetrievalResult)

    @property
    def classes(self) -> list[Any]:
        """The classes that were asked for."""
        return list(self.result.average_precision)

    @classmethod
    @documented_like(Display.plot)
    def from_results(cls, result: RetrievalResult, *, ax: "Axes | None" = None, theme: ThemeName = "light") -> Self:
        """Draw the precision at the lengths that were measured.

        Parameters
        ----------
        result : RetrievalResult
            What was measured.
        """
        return cls(result).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, retrieval_metrics)
    def from_predictions(
        cls,
        y: ArrayLike,
        scores: ArrayLike,
        classes: ArrayLike,
        *,
        k: int = 8,
        images: Any = None,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Rank a gallery by scores, and draw.

        Parameters
        ----------
        k : int, default=8
            How many samples of each class are drawn.
        images : sequence of n_samples images or None, default=None
            The samples as paths, arrays of pixels or images of Pillow. Only those that are drawn are opened.
        """
        return cls._ranked(as_labels("y", y), scores, classes, k, images).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, from_predictions)
    def from_estimator(
        cls,
        fitted: Any,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        k: int = 8,
        images: Any = None,
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Rank a gallery of samples for each class by a fitted estimator, and draw.

        Parameters
        ----------
        fitted : estimator
            Zero-shot estimator, or a pipeline or search that ends in one.
        X : array of samples
            The gallery.
        y : array of shape (n_samples,)
            Class of each sample.
        classes : array of labels or None, default=None
            The classes to ask for. None for all known classes of which the gallery has samples.
        """
        opened = open_fitted(fitted, "fitted")
        labels, known = as_labels("y", y), opened.estimator.classes_
        check_one_kind(y=labels, classes_=known)
        asked = known[is_among(known, labels.tolist())] if classes is None else as_named_labels("classes", classes)
        if not len(asked):
            raise InvalidInputError("y has no class that the estimator knows; wanted samples of one class or more.")
        scores = opened.estimator.class_scores(opened.transform(X), asked)
        return cls._ranked(labels, scores, asked, k, images).plot(ax, theme=theme)

    @classmethod
    def _ranked(cls, labels: LabelArray, scores: Any, asked: ArrayLike, k: int, images: Any) -> Self:
        """Measure, rank, and open the pictures of the first classes."""
        k = min(as_count("k", k), len(labels))
        result = retrieval_metrics(labels, scores, asked, k=range(1, k + 1))
        table: FloatArray = np.asarray(scores, dtype=float)
        ranked = np.argsort(-table, axis=0, kind="stable")[:k].T
        hits = np.array(
            [is_among(labels[row], [label]) for row, label in zip(ranked, result.average_precision, strict=True)]
        )
        if images is None:
            return cls(result, ranked, hits)
        items = check_pictures(images, len(labels))
        pictures = [[as_picture(f"images[{at}]", items[at], 96) for at in row] for row in ranked[:_MOST_ROWS]]
        return cls(result, ranked, hits, pictures)

    def _size(self) -> tuple[float, float]:
        if self.pictures is None:
            return 5.2, 3.7 + 0.2 * min(len(self.classes), _MOST_CURVES)
        return 1.9 + _PICTURE * len(self.pictures[0]), 0.7 + (_PICTURE + 0.12) * len(self.pictures)

    def _about(self) -> str:
        return repr(self.result).partition(",")[0]

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        if self.pictures is None:
            self._draw_precision(ax, theme)
        else:
            self._draw_pictures(ax, theme, self.pictures)

    def _draw_pictures(self, ax: "Axes", theme: Theme, pictures: Sequence[Sequence[NDArray[np.uint8]]]) -> None:
        from matplotlib.patches import Rectangle

        assert self.hits is not None
        height = 1.16  # of a row, in widths of a picture
        for row, found in enumerate(pictures):
            for column, picture in enumerate(found):
                hit = bool(self.hits[row, column])
                box = (column + 0.07, column + 0.93, height * row + 0.93, height * row + 0.07)
                show_picture(ax, picture, box)
                frame = Rectangle(
                    (column + 0.03, height * row + 0.03),
                    0.94,
                    0.94,
                    fill=False,
                    edgecolor=theme.series[0] if hit else theme.series[1],
                    linewidth=2.2,
                    linestyle="-" if hit else (0, (2, 1.4)),
                    zorder=3,
                )
                ax.add_patch(frame)
                if not hit:
                    ax.text(
                        column + 0.9,
                        height * row + 0.1,
                        "✗",
                        color=theme.background,
                        fontsize="small",
                        ha="right",
                        va="top",
                        zorder=4,
                        bbox={"boxstyle": "square,pad=0.15", "facecolor": theme.series[1], "edgecolor": "none"},
                    )
        precision = self.result.average_precision
        names = names_of(self.classes[: len(pictures)], 22)
        told = [f"{name}\nAP {precision[label]:.2f}" for name, label in zip(names, self.classes, strict=False)]
        ax.set_yticks([height * row + 0.5 for row in range(len(told))], told, fontsize="small", parse_math=False)
        ax.set(xticks=[], xlim=(0, len(pictures[0])), ylim=(height * len(pictures), 0), aspect="equal")
        less = (
            f" (the first {len(pictures)} of {len(self.classes)} classes)" if len(pictures) < len(self.classes) else ""
        )
        ax.set_title(
            f"best matches, the best at the left; ✗ of another class{less}",
            fontsize="small",
            loc="left",
            color=theme.text,
        )
        dress(ax, theme)
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)

    def _draw_precision(self, ax: "Axes", theme: Theme) -> None:
        lengths = list(self.result.precision)
        by_class = {label: [self.result.precision[k][label] for k in lengths] for label in self.classes}
        if len(by_class) <= _MOST_CURVES:
            for place, (name, values) in enumerate(zip(names_of(self.classes), by_class.values(), strict=True)):
                look: dict[str, Any] = {"color": theme.series[place % len(theme.series)], "linestyle": LINES[place]}
                ax.plot(lengths, values, linewidth=1.4, label=name, **look)
        else:
            low, high = np.quantile(list(by_class.values()), [0.25, 0.75], axis=0)
            ax.fill_between(
                lengths, low, high, color=theme.series[0], alpha=0.2, linewidth=0, label="half of the classes"
            )
        mean = [self.result.mean_precision(k) for k in lengths]
        told = f"mean of {len(by_class)} classes, mAP {self.result.mean_average_precision:.3f}"
        ax.plot(lengths, mean, color=theme.text, linewidth=2.2, marker="o", markersize=4, label=told)
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel="best k samples of a class", ylabel="precision: share that is of the class", ylim=(0, 1.03))
        legend_below(ax)
        dress(ax, theme, grid="both")
