"""Which share of the samples of each class is predicted as which class."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import check_kind, shown
from zsl._docs import documented_like
from zsl._labels import check_one_kind
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_classes, as_pairs, is_among
from zsl.evaluation._fitted import check_known_classes, competing, open_fitted
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._matrix import draw_matrix
from zsl.plots._theme import Theme, ThemeName

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Order = Literal["given", "accuracy", "similar"]
ORDERS = ("given", "accuracy", "similar")


@dataclass(eq=False, repr=False)
class ConfusionDisplay(Display):
    """Which share of the samples of each class is predicted as which class, seen and unseen classes apart.

    Up to 12 classes have the shares written into the cells. More have a colour bar, whose colours show small shares
    clearly, and beyond 60, where names would be illegible, the most frequent mistakes are numbered and listed instead.

    Parameters
    ----------
    counts : array of int of shape (C, C + 1)
        Number of samples by true and by predicted class; the last column has predictions outside of `classes`.
    classes : array of shape (C,)
        The classes in the order of rows and columns.
    seen : array of bool of shape (C,) or None, default=None
        Which of them are seen; they come first. None draws no groups.
    """

    counts: NDArray[np.intp]
    classes: LabelArray
    seen: NDArray[np.bool_] | None = None

    @property
    def shares(self) -> FloatArray:
        """Counts as shares of the true class, (C, C), or (C, C + 1) if some predictions are outside of `classes`."""
        shares: FloatArray = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return shares if self.counts[:, -1].any() else shares[:, :-1]

    def mistakes(self, count: int = 8) -> list[tuple[Any, Any, float]]:
        """Find the most frequent mistakes.

        Parameters
        ----------
        count : int, default=8
            Most mistakes that are returned.

        Returns
        -------
        list of tuples
            True class, predicted class and share of the samples of the true class, the largest share first.
        """
        shares = self.shares[:, : len(self.classes)].copy()
        np.fill_diagonal(shares, 0)
        order = np.argsort(-shares, axis=None, kind="stable")[:count]
        labels, pairs = self.classes.tolist(), (divmod(int(place), len(self.classes)) for place in order)
        return [
            (labels[row], labels[column], float(shares[row, column])) for row, column in pairs if shares[row, column]
        ]

    @classmethod
    @documented_like(Display.plot)
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        classes: ArrayLike | None = None,
        seen_classes: ArrayLike | None = None,
        order: Order = "given",
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Count predictions, and draw.

        Parameters
        ----------
        y_true : array of shape (n_samples,)
            True labels, all of them in `classes`.
        y_pred : array of shape (n_samples,)
            Predicted labels. Those outside `classes` are counted in a last column, "other".
        classes : array of shape (C,) or None, default=None
            The classes in the order of rows and columns. None for all that `y_true` and `y_pred` hold, sorted.
        seen_classes : array of labels or None, default=None
            Which of them are seen: these come first, with a line between the groups. None for no groups.
        order : {"given", "accuracy", "similar"}, default="given"
            Order within the groups: that of `classes`, from the most accurate class to the least, or with classes that
            are confused with each other side by side.
        """
        truth, predicted = as_pairs(y_true, y_pred)
        labels = np.unique(np.concatenate([truth, predicted])) if classes is None else as_classes("classes", classes)
        seen = None
        if seen_classes is not None:
            own = as_classes("seen_classes", seen_classes)
            check_one_kind(classes=labels, seen_classes=own)
            seen = is_among(labels, own.tolist())
        return cls._ordered(truth, predicted, labels, seen, order).plot(ax, theme=theme)

    @classmethod
    @documented_like(Display.plot, from_predictions)
    def from_estimator(
        cls,
        fitted: Any,
        split: GZSLSplit,
        *,
        among: Literal["all", "unseen"] = "all",
        order: Order = "given",
        ax: "Axes | None" = None,
        theme: ThemeName = "light",
    ) -> Self:
        """Predict the test samples of a split, and draw.

        Parameters
        ----------
        fitted : estimator
            Zero-shot estimator fitted on the seen classes of the split, or a pipeline or search that ends in one.
        split : GZSLSplit
            The data set.
        among : {"all", "unseen"}, default="all"
            All test samples among all classes, or those of unseen classes among unseen classes.
        """
        return cls._measured(fitted, split, among, order).plot(ax, theme=theme)

    @classmethod
    def _measured(cls, fitted: Any, split: GZSLSplit, among: str = "all", order: Order = "given") -> Self:
        """The display of an estimator, not drawn as yet."""
        check_kind("split", split, GZSLSplit)
        if among not in ("all", "unseen"):
            raise InvalidInputError(f"among={shown(among)}; wanted 'all' or 'unseen'.")
        opened = open_fitted(fitted, "fitted")
        model = opened.estimator
        check_known_classes(model, split)
        unseen, classes = competing(model, split)
        parts = [(split.X_test_unseen, split.y_test_unseen)]
        labels, seen = unseen, None
        if among == "all":
            parts.append((split.X_test_seen, split.y_test_seen))
            labels, seen = classes, is_among(classes, split.seen_classes.tolist())
        truth = np.concatenate([y for _, y in parts])
        predicted = np.concatenate([model.predict(opened.transform(X), classes=labels) for X, _ in parts])
        return cls._ordered(truth, predicted, labels, seen, order)

    @classmethod
    def _ordered(
        cls, truth: LabelArray, predicted: LabelArray, labels: LabelArray, seen: NDArray[np.bool_] | None, order: Order
    ) -> Self:
        """Count, and put the classes in order within their groups."""
        if order not in ORDERS:
            raise InvalidInputError(f"order={shown(order)}; wanted one of {list(ORDERS)}.")
        counts = _count(truth, predicted, labels)
        groups = [np.arange(len(labels))] if seen is None else [np.flatnonzero(seen), np.flatnonzero(~seen)]
        place = np.concatenate(
            [group[_arranged(counts[np.ix_(group, group)], counts[group], order)] for group in groups]
        )
        columns = np.append(place, len(labels))
        return cls(counts[np.ix_(place, columns)], labels[place], None if seen is None else seen[place])

    def _size(self) -> tuple[float, float]:
        side = (
            min(11.0, max(4.8, 2.0 + 0.16 * len(self.classes)))
            if len(self.classes) > 20
            else 1.6 + 0.3 * max(11, len(self.classes))
        )
        return side, side * 0.9

    def _about(self) -> str:
        right = float(np.trace(self.counts[:, :-1]))
        return f"{len(self.classes)} classes, {right / max(self.counts.sum(), 1):.3f} of the samples right"

    def _draw(self, ax: "Axes", theme: Theme) -> None:
        draw_matrix(ax, theme, self.shares, self.classes.tolist(), self.seen, self.mistakes())


def _count(truth: LabelArray, predicted: LabelArray, labels: LabelArray) -> NDArray[np.intp]:
    rows: dict[Any, int] = {label: place for place, label in enumerate(labels.tolist())}
    if strangers := set(truth.tolist()) - set(rows):
        raise InvalidInputError(f"y_true holds {min(strangers, key=str)!r}; wanted labels of classes only.")
    counts = np.zeros((len(rows), len(rows) + 1), dtype=np.intp)
    for true, guess in zip(truth.tolist(), predicted.tolist(), strict=True):
        counts[rows[true], rows.get(guess, len(rows))] += 1
    return counts


def _arranged(own: NDArray[np.intp], counts: NDArray[np.intp], order: Order) -> NDArray[np.intp]:
    """Positions of the classes of one group in their order."""
    n = len(own)
    if order == "given":
        return np.arange(n)
    shares = own / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if order == "accuracy":
        return np.argsort(-np.diag(shares), kind="stable")
    if n < 3:
        return np.arange(n)
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    apart = 1 - (shares + shares.T) / 2
    np.fill_diagonal(apart, 0)
    return leaves_list(
        linkage(squareform(np.clip(apart, 0, None), checks=False), "average", optimal_ordering=n <= 200)
    ).astype(np.intp)
