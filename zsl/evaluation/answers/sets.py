"""How good prediction sets are: how often they hold the true class, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import check_kind, shown
from zsl._arrays import host_array
from zsl._docs import documented_like
from zsl._labels import check_one_kind, coded
from zsl._typing import LabelArray
from zsl.evaluation._arrays import as_classes, as_count, as_labels, check_lengths
from zsl.evaluation._fitted import check_known_classes, check_seen_classes, competing, fit_clone, open_fitted
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError

_SIZES = (0, 1, 2, 5, 10)


def set_coverage(y_true: ArrayLike, sets: ArrayLike, *, classes: ArrayLike) -> float:
    """Share of the samples whose set holds the true class.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        True labels. One that isn't in `classes` counts as missed.
    sets : bool array of shape (n_samples, C)
        Whether each class is in the set of each sample, as from `ConformalClassifier.predict_set`.
    classes : array of shape (C,)
        The class of each column.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If there are no samples, shapes don't fit each other, `sets` isn't boolean, a class is named twice, or labels
        are of two kinds.
    """
    return float(_checked(y_true, sets, classes)[1].mean())


@documented_like(set_coverage)
def set_coverage_by_class(y_true: ArrayLike, sets: ArrayLike, *, classes: ArrayLike) -> dict[Any, float]:
    """Share of the samples of each class whose set holds it.

    Returns
    -------
    dict of label to float
        A share in [0, 1] for each class of `y_true`, in sorted order.
    """
    truth, hit, _ = _checked(y_true, sets, classes)
    labels, codes = coded(truth)
    shares = np.bincount(codes, hit) / np.bincount(codes)
    return dict(zip(labels.tolist(), shares.tolist(), strict=True))


@documented_like(set_coverage)
def set_figures(y_true: ArrayLike, sets: ArrayLike, *, classes: ArrayLike) -> dict[str, float]:
    """What is told of sets in one row: coverage, and how much they say.

    Returns
    -------
    dict of str to float
        "coverage", over samples; "class_coverage", averaged over classes, and "class_coverage_ci95", the half width of
        its 95 % confidence interval over classes, infinite for a single one; "least_class_coverage"; "size", the mean
        number of classes in a set; "empty" and "single", the shares of sets with none and with one.
    """
    truth, hit, sizes = _checked(y_true, sets, classes)
    codes = coded(truth)[1]
    by_class = np.bincount(codes, hit) / np.bincount(codes)
    mean, half = mean_confidence_interval(by_class)
    return {
        "coverage": float(hit.mean()),
        "class_coverage": mean,
        "class_coverage_ci95": half,
        "least_class_coverage": float(by_class.min()),
        "size": float(sizes.mean()),
        "empty": float((sizes == 0).mean()),
        "single": float((sizes == 1).mean()),
    }


@documented_like(set_coverage)
def size_stratified_coverage(
    y_true: ArrayLike, sets: ArrayLike, *, classes: ArrayLike, sizes: Sequence[int] = _SIZES
) -> pd.DataFrame:
    """Coverage of small and of large sets: if it differs much, sets of unsure samples are too small.

    The measure of A. N. Angelopoulos, S. Bates, J. Malik and M. I. Jordan, "Uncertainty Sets for Image Classifiers
    using Conformal Prediction", 2021, arXiv:2009.14193.

    Parameters
    ----------
    sizes : sequence of int, default=(0, 1, 2, 5, 10)
        The least size of each stratum, rising from 0 on. The last one has no upper limit.

    Returns
    -------
    DataFrame
        One row per stratum, with its least size as the index ``size``, and columns ``share`` of the samples, and
        ``coverage``, NaN where there are none.
    """
    _, hit, found = _checked(y_true, sets, classes)
    listed = [as_count(f"sizes[{place}]", size, least=0) for place, size in enumerate(_listed(sizes))]
    if listed[:1] != [0] or (np.diff(listed) <= 0).any():
        raise InvalidInputError(f"sizes={shown(sizes)}; wanted rising numbers from 0 on.")
    stratum = np.searchsorted(listed, found, side="right") - 1
    counts = np.bincount(stratum, minlength=len(listed))
    with np.errstate(invalid="ignore"):
        coverage = np.bincount(stratum, hit, minlength=len(listed)) / counts
    return pd.DataFrame({"share": counts / len(found), "coverage": coverage}, index=pd.Index(listed, name="size"))


def measure_sets(fitted: Any, split: GZSLSplit, *, coverage: float | None = None) -> pd.DataFrame:
    """Measure the sets of a fitted `ConformalClassifier` on the test samples of a split.

    Parameters
    ----------
    fitted : ConformalClassifier
        Fitted on the seen classes of the split, and knowing its unseen ones.
    split : GZSLSplit
        The data set.
    coverage : float in (0, 1) or None, default=None
        The coverage asked for. None for that of the classifier.

    Returns
    -------
    DataFrame
        One row for "seen" and one for "unseen" samples, where all classes of the split compete, and one for unseen
        samples where the unseen classes alone do, "unseen alone". Columns as from `set_figures`.

    Raises
    ------
    InvalidInputError
        If `fitted` predicts no sets, doesn't know a class of the split, or the classes that it was fitted on aren't the
        seen classes of the split.

    See Also
    --------
    evaluate_sets : Fit a clone first.
    """
    opened = open_fitted(fitted, "fitted")
    model: Any = opened.estimator
    check_kind("split", split, GZSLSplit)
    if not hasattr(model, "predict_set"):
        raise InvalidInputError(f"fitted is a {type(model).__name__}; wanted a ConformalClassifier.")
    check_seen_classes(model, split)
    check_known_classes(model, split)
    unseen, every = competing(model, split)
    X_seen, X_unseen = opened.transform(split.X_test_seen), opened.transform(split.X_test_unseen)
    rows = {
        "seen": (X_seen, split.y_test_seen, every),
        "unseen": (X_unseen, split.y_test_unseen, every),
        "unseen alone": (X_unseen, split.y_test_unseen, unseen),
    }
    figures = [
        set_figures(y, model.predict_set(X, classes, coverage=coverage), classes=classes)
        for X, y, classes in rows.values()
    ]
    return pd.DataFrame(figures, index=pd.Index(list(rows), name="samples"))


@documented_like(measure_sets)
def evaluate_sets(estimator: Any, split: GZSLSplit, *, coverage: float | None = None) -> pd.DataFrame:
    """Fit a clone of a `ConformalClassifier` on the training samples of a split, then measure its sets.

    Parameters
    ----------
    estimator : ConformalClassifier
        With a class table that holds the unseen classes. Stays as it is.

    See Also
    --------
    measure_sets : Measure one that is fitted already.
    """
    return measure_sets(fit_clone(estimator, split)[0], split, coverage=coverage)


def _listed(sizes: Any) -> list[Any]:
    if not isinstance(sizes, (Sequence, np.ndarray)) or isinstance(sizes, (str, bytes)) or not len(sizes):
        raise InvalidInputError(f"sizes={shown(sizes)}; wanted one whole number or more, in a list.")
    return list(sizes)


def _checked(
    y_true: ArrayLike, sets: ArrayLike, classes: ArrayLike
) -> tuple[LabelArray, NDArray[np.bool_], NDArray[np.intp]]:
    """Checked labels, whether the set of each holds it, and the sizes of the sets."""
    truth, labels, table = as_labels("y_true", y_true), as_classes("classes", classes), host_array("sets", sets)
    if table.dtype != np.bool_ or table.ndim != 2:
        raise InvalidInputError(
            f"sets has shape {table.shape} and type {table.dtype}; wanted a boolean array of shape (n_samples, C)."
        )
    check_lengths("sets", table, "y_true", truth)
    if not len(truth):
        raise InvalidInputError("y_true has no labels; wanted one or more.")
    if table.shape[1] != len(labels):
        raise InvalidInputError(f"sets has {table.shape[1]} columns; wanted one per class, {len(labels)}.")
    check_one_kind(y_true=truth, classes=labels)
    columns = {label: column for column, label in enumerate(labels.tolist())}
    own = np.array([columns.get(label, -1) for label in truth.tolist()], dtype=np.intp)
    return truth, table[np.arange(len(table)), own] & (own >= 0), table.sum(axis=1)
