"""Plots of what was measured. Each draws on given axes or on those of a new figure, and returns the axes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import check_kind, shown
from zsl._docs import documented_like
from zsl._typing import FloatArray
from zsl.evaluation._arrays import as_classes, as_count, as_pairs
from zsl.evaluation.gzsl import GZSLResult
from zsl.evaluation.hubness import k_occurrence, skewness
from zsl.exceptions import InvalidInputError
from zsl.plots._theme import as_theme, axes_for, dress, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ThemeName = Literal["light", "dark"]
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_MARKERS = ("o", "s", "^", "D", "v")
_MOST_CELLS_WITH_NUMBERS, _MOST_NAMES_BESIDE_CELLS = 12, 40


def plot_seen_unseen(
    results: GZSLResult | Mapping[str, GZSLResult], ax: "Axes | None" = None, *, theme: ThemeName = "light"
) -> "Axes":
    """Draw S against U over all values of the seen-class bias γ, with a mark at the chosen γ.

    Parameters
    ----------
    results : GZSLResult or mapping of str to GZSLResult
        What was measured, of one estimator or of several by name.
    ax : Axes or None, default=None
        Where to draw. None for a new figure.
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
    """
    colours = as_theme(theme)
    check_kind("results", results, GZSLResult, Mapping)
    named = {results.name or "GZSL": results} if isinstance(results, GZSLResult) else dict(results)
    for name, result in named.items():
        check_kind(f"results[{shown(name)}]", result, GZSLResult)
    if not named:
        raise InvalidInputError("results is empty; wanted at least one result.")
    ax = axes_for(ax, colours, (4.8, 4.8))
    for place, (name, result) in enumerate(zip(names_of(list(named)), named.values(), strict=True)):
        colour, line = colours.series[place % len(colours.series)], _LINES[place % len(_LINES)]
        curve, gamma = result.curve, result.seen_bias
        label = f"AUSUC {curve.ausuc:.3f}  {name}"
        (drawn,) = ax.plot(curve.unseen, curve.seen, color=colour, linestyle=line, linewidth=1.8, label=label)
        if gamma is None:
            continue
        seen, unseen, harmonic = curve.at(gamma)
        ax.plot(
            unseen,
            seen,
            _MARKERS[place % len(_MARKERS)],
            color=drawn.get_color(),
            markeredgecolor=colours.background,
            markersize=9,
            label=f"chosen γ = {gamma:.3g}, H = {harmonic:.3f}",
            zorder=3,
        )
    ax.set(xlabel="U: accuracy on unseen classes", ylabel="S: accuracy on seen classes", xlim=(0, 1.02), ylim=(0, 1.02))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), fontsize="small", frameon=False)
    return dress(ax, colours, grid="both")


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
    colours = as_theme(theme)
    check_kind("result", result, GZSLResult)
    max_classes = as_count("max_classes", max_classes)
    sides = []
    for side, accuracies in (("unseen", result.unseen_by_class), ("seen", result.seen_by_class)):
        lowest = sorted(accuracies, key=accuracies.__getitem__)[:max_classes]
        drawn = [label for label in accuracies if label in set(lowest)]
        less = "" if len(drawn) == len(accuracies) else f" (the {len(drawn)} lowest of {len(accuracies)})"
        sides.append((f"{side}, among all classes{less}", drawn, [accuracies[label] for label in drawn]))
    count = sum(len(drawn) for _, drawn, _ in sides)
    ax = axes_for(ax, colours, (4.8, 1.5 + 0.21 * count))
    start = 0
    for (name, drawn, values), colour, hatch in zip(sides, colours.series, ("", "///"), strict=False):
        places = np.arange(start, start + len(drawn))
        ax.barh(places, values, height=0.72, color=colour, hatch=hatch, edgecolor=colours.background, label=name)
        start += len(drawn)
    unseen = sides[0][1]
    ax.plot(
        [result.t1_by_class[label] for label in unseen],
        range(len(unseen)),
        "D",
        color=colours.text,
        markeredgecolor=colours.background,
        markersize=6,
        clip_on=False,
        label="unseen, among unseen classes (T1)",
    )
    names = names_of([label for _, drawn, _ in sides for label in drawn])
    ax.set_yticks(range(count), names, fontsize="small", parse_math=False)
    ax.set(xlabel="accuracy", xlim=(0, 1), ylim=(count - 0.4, -0.6))
    # About half an inch below the axes, however tall a long list makes them.
    height = ax.get_window_extent().height / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.45 / height), fontsize="small", frameon=False)
    return dress(ax, colours, grid="x")


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
    colours = as_theme(theme)
    shares = confusion_shares(y_true, y_pred, classes)
    names = names_of(np.asarray(classes).tolist())
    columns = [*names, "other"][: shares.shape[1]]
    side = min(7.0, max(4.8, 1.6 + 0.3 * len(names)))
    ax = axes_for(ax, colours, (side, side * 0.9))
    from matplotlib.colors import LinearSegmentedColormap

    ramp = LinearSegmentedColormap.from_list("share", [colours.background, colours.series[0]])
    image = ax.imshow(shares, cmap=ramp, vmin=0, vmax=1, aspect="auto")
    if len(names) <= _MOST_CELLS_WITH_NUMBERS:
        for (row, column), share in np.ndenumerate(shares):
            on = colours.background if share > 0.6 else colours.text
            ax.text(column, row, f"{share:.2f}", ha="center", va="center", color=on, fontsize="small")
    else:
        bar = ax.figure.colorbar(image, ax=ax, label="share of the true class")
        dress(bar.ax, colours)
    if len(names) <= _MOST_NAMES_BESIDE_CELLS:
        turn = 90 if max(map(len, columns)) > 4 else 0
        ax.set_xticks(range(len(columns)), columns, rotation=turn, fontsize="small", parse_math=False)
        ax.set_yticks(range(len(names)), names, fontsize="small", parse_math=False)
    else:
        ax.set(xticks=[], yticks=[])
    ax.set(xlabel="predicted class", ylabel="true class")
    return dress(ax, colours)


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
    return draw_occurrence(k_occurrence(scores, k), k, ax, theme=theme)


def draw_occurrence(
    counts: NDArray[np.intp], k: int, ax: "Axes | None" = None, *, theme: ThemeName = "light"
) -> "Axes":
    """Histogram of counts that are already known."""
    colours = as_theme(theme)
    ax = axes_for(ax, colours, (4.8, 3.6))
    from matplotlib.ticker import MaxNLocator

    width = max(1, -(-int(np.ptp(counts) + 1) // 25))  # at most 25 bars, each of whole counts
    edges = np.arange(counts.min(), counts.max() + width + 1, width) - 0.5
    ax.hist(counts, bins=edges.tolist(), color=colours.series[0], edgecolor=colours.background)
    mean = float(counts.mean())
    ax.axvline(mean, color=colours.series[1], linestyle="--", linewidth=1.5, label=f"mean {mean:.1f}")
    among = "the best match" if k == 1 else f"among the {k} best"
    ax.set(xlabel=f"queries that have the class as {among}" if k == 1 else f"queries that have the class {among}")
    ax.set(ylabel="classes", title=f"skewness {skewness(counts):.2f}")
    ax.title.set_fontsize("medium")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="upper right", fontsize="small", frameon=False)
    return dress(ax, colours, grid="y")


def confusion_shares(y_true: ArrayLike, y_pred: ArrayLike, classes: ArrayLike) -> FloatArray:
    """Row-normalised confusion, (C, C), or (C, C + 1) if some predictions are outside `classes`."""
    truth, predicted = as_pairs(y_true, y_pred)
    rows: dict[Any, int] = {label: place for place, label in enumerate(as_classes("classes", classes).tolist())}
    if strangers := set(truth.tolist()) - set(rows):
        raise InvalidInputError(f"y_true holds {min(strangers, key=str)!r}; wanted labels of classes only.")
    counts = np.zeros((len(rows), len(rows) + 1))
    for true, guess in zip(truth.tolist(), predicted.tolist(), strict=True):
        counts[rows[true], rows.get(guess, len(rows))] += 1
    shares: FloatArray = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares if counts[:, -1].any() else shares[:, :-1]
