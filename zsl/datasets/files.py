"""A user's own features, labels and class table as a split."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.datasets._checks import as_unseen, check_shares
from zsl.datasets._reading import existing
from zsl.datasets.shards._sources import Source, open_source, read_labels
from zsl.evaluation._arrays import as_labels, as_matrix, check_lengths
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics, as_semantics

_PARTS = ("train", "test_seen", "test_unseen", "pool")
_ENDINGS = (".npy", ".csv", ".txt")


def read_features(
    path: str | PathLike[str], labels: str | PathLike[str] | None = None, label_column: str = "label"
) -> tuple[FloatArray, LabelArray | None]:
    """Read features, and labels if there are any, from files that cannot run code.

    ============  ==============================================================================
    ending        content
    ============  ==============================================================================
    ``.npy``      one array: the features, or the labels
    ``.npz``      features in the array ``features`` or ``X``, labels in the one `label_column` names
    ``.csv``      UTF-8, a header line, one line a sample; an empty cell is a missing value
    ``.parquet``  the same as a Parquet table; needs the extra ``zslearn[parquet]``
    ``.txt``      labels only, one a line; empty lines don't count
    a folder      shards, see `zsl.datasets.write_shards`; their labels are called "label"
    ============  ==============================================================================

    Labels in a CSV or text file become integers if all of them look like integers, else they are strings.

    Parameters
    ----------
    path : path
        Features as ``.npy``, ``.npz``, ``.csv`` or ``.parquet``, or a folder of shards. All columns of a table but the
        labels are features.
    labels : path or None, default=None
        Labels in a file of their own, ``.npy``, ``.csv`` or ``.txt``. A CSV of one column may call it as it likes.
    label_column : str, default="label"
        Column (or array of an ``.npz``) that holds the labels. Without `labels`, a name other than the default has to
        be there.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Finite features; float32 stays, everything else becomes float64.
    y : ndarray of shape (n_samples,) or None
        Labels, None if there are none.

    Raises
    ------
    InvalidInputError
        If a file is missing, spoiled, of an unknown format, or holds something else than said above.
    MissingExtraError
        If a Parquet file is given and pyarrow isn't installed.
    """
    source = open_source(Path(path), (label_column,))
    found: Any = None
    if labels is not None:
        _refuse_second_labels(source, label_column, labels)
        found = read_labels(labels, label_column)
    elif label_column != "label" or label_column in source.names:
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
    """Divide a user's own features into a generalized zero-shot split.

    Either `unseen` names the classes to be held out and images are drawn at random, or `split` says for each row where
    it belongs.

    Parameters
    ----------
    features : path, array of shape (n_samples, n_features), DataFrame or ShardedFeatures
        The features; file formats are those of `read_features`.
    labels : str, path, array of shape (n_samples,) or None, default=None
        Name of the column (or array of an ``.npz``) that holds the labels, or else the path of a file of labels, or
        the labels themselves. None stands for the column "label".
    semantics : path, Semantics, DataFrame or dict
        The class table, with a row for every class: the path of a CSV (see `zsl.semantics.Semantics.from_csv`) or what
        `zsl.semantics.as_semantics` takes.
    unseen : iterable of labels or None, default=None
        The classes to keep out of training. Needed without `split`.
    test_size : float in (0, 1), default=0.2
        Share of the images of each seen class that is tested on. No effect with `split`.
    pool_size : float in [0, 1), default=0.0
        Share of the images of each unseen class that goes into the support pool. No effect with `split`.
    split : str, array of shape (n_samples,) or None, default=None
        Name of the column that holds the part of each row, or the parts: "train", "test_seen", "test_unseen" or
        "pool".
    random_state : int, RandomState or None, default=0
        Which images are drawn. No effect with `split`.
    name : str, default=""
        Name of the data set.

    Returns
    -------
    GZSLSplit
        The split.

    Raises
    ------
    InvalidInputError
        If features or labels cannot be used, not exactly one of `unseen` and `split` is given, or the classes they
        divide don't make a split.
    SemanticsError
        If the class table cannot be used or misses a class.
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
        raise InvalidInputError(f"unseen and split: {given} given; wanted one, to know which classes are unseen.")
    column = "label" if labels is None else labels if isinstance(labels, str) else None
    names = tuple(name for name in (column, split) if isinstance(name, str))
    source = open_source(features, names)
    parts = source.take(split) if isinstance(split, str) else split
    found = _labels(source, labels, column)
    X = as_matrix(f"features of {source.where}" if source.where != "features" else "features", source.matrix())
    y = _checked_labels(found, X, source)
    is_path = isinstance(semantics, (str, PathLike))
    table = Semantics.from_csv(existing(semantics)) if is_path else as_semantics(semantics)
    if parts is not None:
        return _fixed(X, y, table, _checked_parts(parts, X), name)
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
    """Labels by name, from a file of their own or as given."""
    if column is not None and (column in source.names or labels is None or Path(column).suffix not in _ENDINGS):
        return source.take(column)
    if isinstance(labels, (str, PathLike)):
        _refuse_second_labels(source, "label", labels)
        return read_labels(labels, "label")
    return labels


def _refuse_second_labels(source: Source, column: str, labels: Any) -> None:
    if column in source.names:
        raise InvalidInputError(f"{source.where} has a column {column!r}, and {labels} would be a second set.")


def _checked_labels(labels: Any, X: FloatArray, source: Source) -> LabelArray:
    name = "labels" if source.where == "features" else f"labels for {source.where}"
    y = as_labels(name, labels)
    check_lengths(source.where, X, name, y)
    return y


def _checked_parts(parts: ArrayLike, X: FloatArray) -> LabelArray:
    """Where each row belongs."""
    checked = as_labels("split", parts)
    check_lengths("features", X, "split", checked)
    found = set(checked.tolist())
    if strange := sorted(found - set(_PARTS), key=str):
        raise InvalidInputError(f"split holds {strange[:5]}; wanted {', '.join(_PARTS)}.")
    if absent := [part for part in _PARTS[:3] if part not in found]:
        raise InvalidInputError(f"split has no row of {', '.join(absent)}; wanted at least one each.")
    return checked


def _fixed(X: FloatArray, y: LabelArray, table: Semantics, parts: LabelArray, name: str) -> GZSLSplit:
    """The split that the user fixed."""
    rows: dict[str, NDArray[np.bool_]] = {part: parts == part for part in _PARTS}
    has_pool = rows["pool"].any()
    return GZSLSplit(
        X_train=X[rows["train"]],
        y_train=y[rows["train"]],
        X_test_seen=X[rows["test_seen"]],
        y_test_seen=y[rows["test_seen"]],
        X_test_unseen=X[rows["test_unseen"]],
        y_test_unseen=y[rows["test_unseen"]],
        semantics=table,
        X_support=X[rows["pool"]] if has_pool else None,
        y_support=y[rows["pool"]] if has_pool else None,
        name=name,
        info={"split": "fixed by the user"},
    )
