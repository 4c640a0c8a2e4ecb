"""What a user passes as a feature matrix, labels, classes and counts, in whichever order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import LARGEST, is_whole, shown
from zsl._arrays import check_finite, doubles, host_array
from zsl._files.rows import RowsOnDisk, block_rows, cuts, on_disk
from zsl._labels import as_labels as as_labels
from zsl._labels import check_one_kind, coded
from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import InvalidInputError

F = TypeVar("F", bound=Callable[..., Any])


def as_matrix(name: str, X: ArrayLike) -> FloatArray:
    """Two-dimensional, non-empty, finite and floating; single and double precision are kept."""
    array = host_array(name, X)
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidInputError(f"{name} has shape {array.shape}; wanted (n_samples, n_features), both above 0.")
    matrix: FloatArray = array if array.dtype in (np.float32, np.float64) else doubles(name, array)
    check_finite(name, matrix)
    return matrix


def as_features(name: str, X: Any) -> Any:
    """A matrix as in `as_matrix`; samples on disk stay there, unless they are no more than one block."""
    stored = on_disk(X)
    if stored is None or len(stored) <= block_rows(stored.shape[1]):
        return as_matrix(name, X if stored is None else stored[:])
    for cut in cuts(stored):
        check_finite(name, stored[cut], start=cut.start)
    return stored


def read_only(array: Any) -> Any:
    """A view that can't be written to; samples on disk can't be in any case."""
    if isinstance(array, RowsOnDisk):
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def as_classes(name: str, y: ArrayLike) -> LabelArray:
    """Labels, none of them twice."""
    labels = as_labels(name, y)
    if len(set(labels.tolist())) < len(labels):
        raise InvalidInputError(f"{name}={labels.tolist()[:10]} names a class twice; wanted each class once.")
    return labels


def as_pairs(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[LabelArray, LabelArray]:
    """True and predicted labels of one kind, as many of the one as of the other, and at least one."""
    truth, predicted = as_labels("y_true", y_true), as_labels("y_pred", y_pred)
    if len(truth) != len(predicted) or not len(truth):
        raise InvalidInputError(
            f"y_true has {len(truth)} labels and y_pred {len(predicted)}; wanted the same number, and at least one."
        )
    check_one_kind(y_true=truth, y_pred=predicted)
    return truth, predicted


def as_count(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """A whole number in a range."""
    if not is_whole(value) or not least <= value <= (LARGEST if most is None else most):
        wanted = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise InvalidInputError(f"{name}={shown(value)}; wanted a whole number {wanted}.")
    return int(value)


def check_lengths(X_name: str, X: Sized, y_name: str, y: Sized) -> None:
    """Raise unless there is one label per row."""
    if len(X) != len(y):
        raise InvalidInputError(f"{X_name} has {len(X)} rows and {y_name} {len(y)} labels; wanted one label per row.")


def is_among(labels: LabelArray, wanted: Iterable[Any]) -> NDArray[np.bool_]:
    """Membership by equality of labels; ``np.isin`` would take 1 and "1" for the same."""
    known = set(wanted)
    found, codes = coded(labels)
    among: NDArray[np.bool_] = np.array([label in known for label in found.tolist()], dtype=bool)[codes]
    return among


def rows_by_class(labels: LabelArray) -> list[NDArray[np.intp]]:
    """The rows of each class, rising, in the order of the sorted classes."""
    codes = coded(labels)[1]
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])


def held_out(y: LabelArray, among: NDArray[np.bool_], fraction: float, rng: RandomState | None) -> NDArray[np.bool_]:
    """Mask of a share of the samples of each class in `among`: drawn by `rng`, or the last ones without it."""
    mask = np.zeros(len(y), dtype=bool)
    for places in rows_by_class(y) if fraction else ():
        if not among[places[0]]:  # all of the class are, or none
            continue
        count = min(max(round(fraction * len(places)), 1), len(places) - 1)
        mask[(places if rng is None else rng.permutation(places))[len(places) - count :]] = True
    return mask


def counts_among(classes: LabelArray, labels: LabelArray) -> NDArray[np.intp]:
    """How often each of the classes occurs."""
    found, codes = coded(labels)
    counts = dict(zip(found.tolist(), np.bincount(codes).tolist(), strict=True))
    return np.array([counts.get(label, 0) for label in classes.tolist()], dtype=np.intp)


def is_equal(labels: LabelArray, others: LabelArray) -> NDArray[np.bool_]:
    """Equality label by label, also of labels of different types."""
    if labels.dtype.kind in "biU" and labels.dtype.kind == others.dtype.kind:
        return np.asarray(labels == others)
    return np.array([a == b for a, b in zip(labels.tolist(), others.tolist(), strict=True)], dtype=bool)


def some(labels: Iterable[Any]) -> str:
    """Up to five labels in sorted order, for a message."""
    ordered = sorted(labels, key=str)
    return f"{ordered[:5]}{' and others' if len(ordered) > 5 else ''}"


def truth_first(**former: str) -> Callable[[F], F]:
    """Let a function of (labels, table) pairs take (table, labels), too; `former` has keywords by their present name.

    Truth comes first, as in scikit-learn; in this package it came second once. Labels have one dimension and tables
    two, so that nothing has to be guessed.
    """

    def understanding(function: F) -> F:
        names = list(signature(function).parameters)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            given = list(args)
            for place in range(0, len(given), 2):
                if _dimensions(given[place]) != 2:
                    continue
                if place + 1 < len(given):
                    if _dimensions(given[place + 1]) == 1:
                        given[place : place + 2] = given[place + 1], given[place]
                elif names[place] in kwargs:
                    given.insert(place, kwargs.pop(names[place]))
            for name, old in former.items():
                if old in kwargs and name not in kwargs:
                    kwargs[name] = kwargs.pop(old)
            return function(*given, **kwargs)

        return cast("F", call)

    return understanding


def _dimensions(value: Any) -> int | None:
    try:
        return int(value.ndim if hasattr(value, "ndim") else np.ndim(value))
    except Exception:  # an array-like may raise anything; the function itself will say what is wrong
        return None
