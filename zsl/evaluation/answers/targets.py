"""Which classes a sample has: an indicator matrix, or a sequence of sets, as labels and a bool matrix."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._arguments import shown
from zsl._arrays import check_numbers, host_array, named
from zsl._labels import as_labels
from zsl._suggestions import did_you_mean
from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError

Present = NDArray[np.bool_]
_WANTED = "wanted an indicator matrix of 0 and 1, shape (n_samples, n_classes), or one set of labels per sample"


def read_targets(
    y: Any,
    classes: Any = None,
    columns: LabelArray | None = None,
    *,
    known: LabelArray | None = None,
    name: str = "y",
) -> tuple[LabelArray, Present]:
    """The classes, in the order of columns, and which of them each sample has, (n, C).

    Columns of an array without names are `classes`, those of `columns`, or numbered. Sets are of `classes`, of the
    `known` ones and any others that occur, or of those that occur.
    """
    if y is None:
        raise InvalidInputError(f"A fit requires {name} to be passed, but the target {name} is None; {_WANTED}.")
    given = None if classes is None else _distinct("classes", classes)
    if hasattr(y, "columns"):
        if given is not None:
            raise InvalidInputError(f"classes was given beside a {name} whose columns have names; wanted one of them.")
        frame = y if isinstance(y, pd.DataFrame) else pd.DataFrame({name: y[name].to_numpy() for name in y.columns})
        return _distinct(f"{name} (its columns)", list(frame.columns)), _indicator(name, frame.to_numpy())
    own = _collections(y)
    if own is not None:
        return _members(name, own, given, known)
    present = _indicator(name, y)
    if given is None and columns is not None:
        if len(columns) != present.shape[1]:
            raise InvalidInputError(
                f"{name} has {present.shape[1]} columns without names, and {len(columns)} classes are known by their "
                "order; wanted a DataFrame with classes as columns, or their names by classes=."
            )
        given = columns
    if given is not None and len(given) != present.shape[1]:
        raise InvalidInputError(
            f"{name} has {present.shape[1]} columns and classes {len(given)} names; wanted one each."
        )
    return np.arange(present.shape[1]) if given is None else given, present


def _distinct(name: str, labels: Any) -> LabelArray:
    """Labels, each once."""
    found = as_labels(name, labels)
    if not len(found) or len(set(found.tolist())) < len(found):
        raise InvalidInputError(f"{name} has {len(found)} labels, {found.tolist()[:5]}; wanted one or more, each once.")
    return found


def _collections(y: Any) -> list[list[Any]] | None:
    """The labels of each sample, if `y` is a sequence of collections of them; a matrix in lists is none."""
    if (isinstance(y, np.ndarray) and y.dtype.kind != "O") or isinstance(y, (str, bytes, dict, set)):
        return None
    if not hasattr(y, "__iter__") or not hasattr(y, "__len__") or getattr(y, "ndim", 1) != 1:
        return None
    entries = list(y)
    if not entries or not all(isinstance(entry, Collection) and not _is_text(entry) for entry in entries):
        return None
    if any(hasattr(entry, "dtype") for entry in entries):  # rows of a matrix
        return None
    listed = [list(entry) for entry in entries]
    plain = all(isinstance(entry, list) for entry in entries) and len({len(entry) for entry in listed}) == 1
    if (
        plain
        and listed[0]
        and all(type(value) in (int, bool, float) and value in (0, 1) for e in listed for value in e)
    ):
        return None
    return listed


def _is_text(entry: Any) -> bool:
    return isinstance(entry, (str, bytes, dict))


def _members(
    name: str, entries: list[list[Any]], classes: LabelArray | None, known: LabelArray | None
) -> tuple[LabelArray, Present]:
    """Labels of sets: those of `classes`, or the known ones and all that occur, sorted."""
    flat = as_labels(name, [label for entry in entries for label in entry])
    if classes is None:
        if not len(flat):
            raise InvalidInputError(f"{name} has no label in any of its sets; wanted one class or more.")
        classes = np.unique(flat if known is None else np.concatenate([known, flat]))
    place = {label: column for column, label in enumerate(classes.tolist())}
    unknown = list(dict.fromkeys(label for label in flat.tolist() if label not in place))
    if unknown:
        raise InvalidInputError(
            f"{name} has labels that classes doesn't name, {unknown[:5]}; it names {classes.tolist()[:5]}."
            + did_you_mean(unknown, list(place))
        )
    present = np.zeros((len(entries), len(classes)), dtype=bool)
    rows = np.repeat(np.arange(len(entries)), [len(entry) for entry in entries])
    present[rows, [place[label] for label in flat.tolist()]] = True
    return classes, present


def _indicator(name: str, y: Any) -> Present:
    """A matrix of nothing but 0 and 1."""
    array = host_array(name, y)
    if array.ndim != 2 or 0 in array.shape:
        hint = " Estimators such as ESZSLClassifier take one label per sample." if array.ndim == 1 else ""
        raise InvalidInputError(f"{name} has shape {array.shape}; {_WANTED}.{hint}")
    if array.dtype.kind in "US":
        raise InvalidInputError(f"{name} holds texts such as {shown(array[0, 0])}; {_WANTED}.")
    check_numbers(name, array)
    with named(name):
        values = array.astype(np.float64)
    odd = np.argwhere((values != 0) & (values != 1))
    if len(odd):
        row, column = odd[0].tolist()
        value = values[row, column]
        word = "NaN" if np.isnan(value) else "inf" if np.isinf(value) else f"{value:g}"
        raise InvalidInputError(f"{name} has {word} at row {row}, column {column}; wanted 0 or 1, absent or present.")
    found: Present = values == 1
    return found
