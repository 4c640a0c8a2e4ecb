"""A split from a user's own features, labels and class table."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.random import RandomState
from numpy.typing import ArrayLike

from zsl._files.rows import some_rows
from zsl._typing import FloatArray, LabelArray
from zsl.datasets._checks import PARTS, as_table, as_unseen, check_shares
from zsl.datasets._sources import Source, open_source, read_labels
from zsl.evaluation._arrays import as_features, as_labels, as_matrix, check_lengths
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

_ENDINGS = (".npy", ".csv", ".tsv", ".txt")


def read_features(
    path: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    label_column: str = "label",
    *,
    sep: str | None = None,
    decimal: str = ".",
) -> tuple[FloatArray, LabelArray | None]:
    """Read features, and labels if there are any, from files that cannot run code.

    ============  ==============================================================================
    ending        content
    ============  ==============================================================================
    ``.npy``      one array: the features, or the labels
    ``.npz``      features in the array ``features`` or ``X``, labels in the array `label_column`
    ``.csv``      UTF-8, a header line, one line per sample; an empty cell is a missing value; or ``.tsv``
    ``.parquet``  the same as a Parquet table; needs the extra ``zslearn[parquet]``
    ``.txt``      labels only, one per line; empty lines are ignored
    a folder      shards, see `zsl.datasets.write_shards`; their labels are called "label"
    ============  ==============================================================================

    Labels in a CSV or text file become integers if each of them is written as a whole number prints, such as 7 or -12,
    else they are strings, as in a class table (see `zsl.semantics.Semantics.from_csv`): one 007 makes strings of all.

    Parameters
    ----------
    path : path
        Features as ``.npy``, ``.npz``, ``.csv`` or ``.parquet``, or a folder of shards. All columns of a table
        except the labels are features.
    labels : path or None, default=None
        Labels in a file of their own, ``.npy``, ``.csv`` or ``.txt``. The only column of a CSV may have any name.
    label_column : str, default="label"
        Column (or array of an ``.npz``) that holds the labels. Without `labels`, a name other than the default must
        exist.
    sep : str or None, default=None
        The character between the fields of a CSV file. None takes the comma, or else the semicolon or tab, whichever
        divides all lines into the same number of fields.
    decimal : {".", ","}, default="."
        The character before decimals in a CSV file.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Finite features; float32 stays, everything else becomes float64.
    y : ndarray of shape (n_samples,) or None
        Labels, None if there are none.

    Raises
    ------
    InvalidInputError
        If a file is missing, corrupt, of an unknown format, or has other contents than described above.
    MissingExtraError
        If a Parquet file is given and pyarrow isn't installed.

    See Also
    --------
    load_features : Divides features into a split at once.
    write_shards : Writes features too large for memory.
    """
    source = open_source(Path(path), (label_column,), sep, decimal)
    found: Any = None
    if labels is not None:
        _refuse_second_labels(source, label_column, labels)
        found = read_labels(labels, label_column, sep)
    elif label_column != "label" or label_column in source.columns:
        found = source.take(label_column)
    X = as_matrix(f"features of {source.where}", source.matrix())
    return X, None if found is None else _checked_labels(found, X, source)


def load_features(
    features: str | PathLike[str] | ArrayLike | pd.DataFrame,
    labels: str | PathLike[str] | ArrayLike | None = None,
    *,
    semantics: Any,
    unseen: Iterable[Any] | None = None,
    test_size: float = 0.2,
    pool_size: float = 0.0,
    split: str | ArrayLike | None = None,
    random_state: int | RandomState | None = 0,
    name: str = "",
) -> GZSLSplit:
    """Divide features into a generalized zero-shot split.

    Either `unseen` names the classes to hold out and samples are drawn at random, or `split` gives the part of each
    row.

    Parameters
    ----------
    features : path, array of shape (n_samples, n_features), DataFrame or ShardedFeatures
        The features; file formats are those of `read_features`.
    labels : str, path, array of shape (n_samples,) or None, default=None
        Name of the column (or array of an ``.npz``) that holds the labels, or else the path of a file of labels, or
        the labels themselves. None means the column "label".
    semantics : path, Semantics, DataFrame or dict
        The class table, with one row per class: the path of a CSV file (see `zsl.semantics.Semantics.from_csv`) or
        whatever `zsl.semantics.as_semantics` takes.
    unseen : iterable of labels or None, default=None
        The classes to keep out of training. Required without `split`.
    test_size : float in (0, 1), default=0.2
        Share of the samples of each seen class to test on, in a random division.
    pool_size : float in [0, 1), default=0.0
        Share of the samples of each unseen class that goes into the support pool, in a random division; the rest are
        test samples.
    split : str, array of shape (n_samples,) or None, default=None
        Name of the column that holds the part of each row, or the parts themselves: "train", "test_seen", "test_unseen"
        or "pool".
    random_state : int, RandomState or None, default=0
        Seed of the random division, made where `unseen` is given.
    name : str, default=""
        Name of the data set.

    Returns
    -------
    GZSLSplit
        The split.

    Raises
    ------
    InvalidInputError
        If features or labels cannot be used, not exactly one of `unseen` and `split` is given, or the result isn't a
        valid split.
    SemanticsError
        If the class table cannot be used or lacks a class.
    MissingExtraError
        If a Parquet file is given and pyarrow isn't installed.

    Examples
    --------
    >>> import numpy as np
    >>> table = {"ant": [6, 0], "bee": [6, 1], "cat": [4, 0]}
    >>> X, y = np.arange(12).reshape(6, 2), ["ant", "ant", "bee", "bee", "cat", "cat"]
    >>> load_features(X, y, semantics=table, unseen=["bee"]).unseen_classes.tolist()
    ['bee']
    """
    if (unseen is None) == (split is None):
        given = "neither" if unseen is None else "both"
        raise InvalidInputError(f"unseen and split: {given} given; wanted exactly one.")
    column = "label" if labels is None else labels if isinstance(labels, str) else None
    names = tuple(name for name in (column, split) if isinstance(name, str))
    source = open_source(features, names)
    parts = source.take(split) if isinstance(split, str) else split
    found = _labels(source, labels, column)
    X = as_features(f"features of {source.where}" if source.where != "features" else "features", source.matrix())
    y = _checked_labels(found, X, source)
    table = as_table(semantics)
    if parts is not None:
        return _fixed(X, y, table, parts, name)
    check_shares(test_size, pool_size)
    return GZSLSplit.from_arrays(
        X,
        y,
        table,
        unseen=as_unseen(unseen if unseen is not None else ()),
        seen_test_size=test_size,
        support_size=pool_size,
        random_state=random_state,
        name=name,
    )


def _labels(source: Source, labels: Any, column: str | None) -> Any:
    """Labels by name, from a file of their own, or as given."""
    if column is not None and (column in source.columns or labels is None or Path(column).suffix not in _ENDINGS):
        return source.take(column)
    if isinstance(labels, (str, PathLike)):
        _refuse_second_labels(source, "label", labels)
        return read_labels(labels, "label")
    return labels


def _refuse_second_labels(source: Source, column: str, labels: Any) -> None:
    if column in source.columns:
        raise InvalidInputError(f"{source.where} has a column {column!r}, and {labels} would be a second set.")


def _checked_labels(labels: Any, X: FloatArray, source: Source) -> LabelArray:
    name = "labels" if source.where == "features" else f"labels for {source.where}"
    y = as_labels(name, labels)
    check_lengths(source.where, X, name, y)
    return y


def _fixed(X: FloatArray, y: LabelArray, table: Semantics, given: ArrayLike, name: str) -> GZSLSplit:
    """The split that the user fixed by the part of each row."""
    parts = as_labels("split", given)
    check_lengths("features", X, "split", parts)
    found = set(parts.tolist())
    if strange := sorted(found - set(PARTS), key=str):
        raise InvalidInputError(f"split holds {strange[:5]}; wanted {', '.join(PARTS)}.")
    if absent := [part for part in PARTS[:3] if part not in found]:
        raise InvalidInputError(f"split has no row of {', '.join(absent)}; wanted at least one of each.")
    arrays: dict[str, Any] = {}
    for part in found:
        field = "support" if part == "pool" else part
        arrays |= {f"X_{field}": some_rows(X, parts == part), f"y_{field}": y[parts == part]}
    return GZSLSplit(**arrays, semantics=table, name=name, info={"split": "fixed by the user"})
