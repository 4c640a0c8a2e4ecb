"""Plots as functions. Each draws on given axes or on those of a new figure, and returns the axes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from zsl._docs import documented_like
from zsl.evaluation.gzsl import GZSLResult
from zsl.plots._theme import ThemeName
from zsl.plots.confusion import ConfusionDisplay
from zsl.plots.hubness import HubnessDisplay
from zsl.plots.per_class import PerClassDisplay
from zsl.plots.seen_unseen import SeenUnseenDisplay

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_seen_unseen(
    results: GZSLResult | Mapping[str, GZSLResult], ax: "Axes | None" = None, *, theme: ThemeName = "light"
) -> "Axes":
    """Draw S against U over all values of the seen-class bias γ, with a mark at the chosen γ.

    Parameters
    ----------
    results : GZSLResult or mapping of str to GZSLResult
        What was measured, of one estimator or of several by name.
    ax : Axes or None, default=None
        Where to draw. None for a new figure of pyplot.
    theme : {"light", "dark"}, default="light"
        Colours for a light or a dark page.

    Returns
    -------
    Axes
        The axes, with a legend that gives the area under each curve.

    Raises
    ------
    InvalidInputError
        If there are no results, or `theme` is unknown.
    MissingExtraError
        If matplotlib isn't installed.

    See Also
    --------
    SeenUnseenDisplay : The same, which keeps what was measured.
    """
    return SeenUnseenDisplay.from_results(results, ax=ax, theme=theme).ax_


@documented_like(plot_seen_unseen)
def plot_per_class_accuracy(
    result: GZSLResult, ax: "Axes | None" = None, *, max_classes: int = 20, theme: ThemeName = "light"
) -> "Axes":
    """Draw the accuracy of each class among all classes, and that of unseen ones among unseen ones.

    Parameters
    ----------
    result : GZSLResult
        What was measured.
    max_classes : int, default=20
        Most classes drawn of the seen and of the unseen ones each: if there are more, those of lowest accuracy.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    InvalidInputError
        If `max_classes` is below 1, or `theme` is unknown.
    MissingExtraError
        If matplotlib isn't installed.
    """
    return PerClassDisplay.from_results(result, max_classes=max_classes, ax=ax, theme=theme).ax_


@documented_like(plot_seen_unseen)
def plot_confusion(
    y_true: ArrayLike, y_pred: ArrayLike, classes: ArrayLike, ax: "Axes | None" = None, *, theme: ThemeName = "light"
) -> "Axes":
    """Draw which share of the samples of each class is predicted as which class.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        True labels, all of them in `classes`.
    y_pred : array of shape (n_samples,)
        Predicted labels. Those outside `classes` are counted in a last column, "other".
    classes : array of shape (C,)
        The classes in the order of rows and columns, for example the unseen ones.

    Returns
    -------
    Axes
        The axes. With up to 12 classes the shares are written into the cells, with more there is a colour bar.

    Raises
    ------
    InvalidInputError
        If the labels don't fit each other or `classes`, or `theme` is unknown.
    MissingExtraError
        If matplotlib isn't installed.
    """
    return ConfusionDisplay.from_predictions(y_true, y_pred, classes=classes, ax=ax, theme=theme).ax_


@documented_like(plot_seen_unseen)
def plot_hubness(scores: ArrayLike, k: int = 1, ax: "Axes | None" = None, *, theme: ThemeName = "light") -> "Axes":
    """Draw the histogram of the k-occurrence over classes, with its skewness.

    Parameters
    ----------
    scores : array of shape (n_queries, C)
        Scores of the queries against the classes, higher for a better match.
    k : int, default=1
        How many best classes of a query count, from 1 to C.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    InvalidInputError
        If `scores` isn't a finite matrix, `k` isn't an integer from 1 to C, or `theme` is unknown.
    MissingExtraError
        If matplotlib isn't installed.
    """
    return HubnessDisplay.from_predictions(scores, k, ax=ax, theme=theme).ax_
