"""A user's own features, labels and class table, read from files."""

import re
import zlib
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import is_numeric_dtype

from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_labels, as_matrix, check_lengths
from zsl.exceptions import InvalidInputError, MissingExtraError
from zsl.semantics import Semantics

_FEATURES = ("features", "X")
_LABELS = ("labels", "y")
_INTEGER = re.compile(r"-?\d+")


class LabelledFeatures(NamedTuple):
    """What `load_features` found: features, and labels and class table where there are any."""

    X: FloatArray
    y: LabelArray | None
    semantics: Semantics | None


def load_features(
    features: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    semantics: str | PathLike[str] | None = None,
    *,
    label_column: str | None = None,
) -> LabelledFeatures:
    """Read features, and labels and class table if there are any. No file can run code.

    Which format a file has is told by its ending.

    ============  =================================================================================================
    ending        content
    ============  =================================================================================================
    ``.npy``      one array: the features, or the labels
    ``.npz``      arrays ``features`` or ``X``, and ``labels`` or ``y``
    ``.csv``      a header line, then one line a sample; UTF-8. An empty cell is a missing value
    ``.parquet``  the same as a Parquet table; needs the extra ``zslearn[parquet]``
    ``.txt``      labels only, one a line; integers if all of them are. Empty lines don't count
    ============  =================================================================================================

    The labels of a CSV or Parquet table are in `label_column`; by default in the column ``label``, or else in the last
    column if that isn't numeric. All other columns are features. In a table of labels the only column will do, too.

    Parameters
    ----------
    features : path
        Features as ``.npy``, ``.npz``, ``.csv`` or ``.parquet``.
    labels : path or None, default=None
        Labels in a file of their own, in any of the formats. The file of the features must have none then.
    semantics : path or None, default=None
        The class table as CSV: see `zsl.semantics.Semantics.from_csv`.
    label_column : str or None, default=None
        Name of the column of labels, where they are in a table.

    Returns
    -------
    LabelledFeatures
        `X` of shape (n_samples, n_features), `y` of shape (n_samples,) or None, `semantics` or None. To divide them
        into seen and unseen classes, pass all three to `GZSLSplit.from_arrays`.

    Raises
    ------
    InvalidInputError
        If a file is missing, spoiled, of an unknown format, or holds something else than said above.
    SemanticsError
        If the class table cannot be used.
    MissingExtraError
        If a Parquet file is given and pyarrow isn't installed.

    Examples
    --------
    >>> X, y, semantics = load_features("train.npz", semantics="classes.csv")  # doctest: +SKIP
    >>> clf = RelationClassifier(semantics=semantics).fit(X, y)  # doctest: +SKIP
    """
    path = _existing(features)
    found, inside = _read_features(path, label_column if labels is None else None)
    X = as_matrix(f"features of {path}", found)
    if labels is None:
        source, y = path, inside
    elif inside is None:
        source = _existing(labels)
        y = _read_labels(source, label_column)
    else:
        raise InvalidInputError(f"{path} holds labels already, and {labels} would be a second set; wanted one.")
    if y is not None:
        y = as_labels(f"labels of {source}", y)
        check_lengths(f"features of {path}", X, f"labels of {source}", y)
    return LabelledFeatures(X, y, None if semantics is None else Semantics.from_csv(_existing(semantics)))


def _existing(path: str | PathLike[str]) -> Path:
    """The path of a file that is there."""
    path = Path(path)
    if not path.is_file():
        raise InvalidInputError(f"{path} is not a file; wanted the path of an existing one.")
    return path


def _read_features(path: Path, label_column: str | None) -> tuple[ArrayLike, ArrayLike | None]:
    """Features, and labels if the same file has them."""
    match path.suffix.lower():
        case ".npy" | ".npz":
            arrays = _read_arrays(path, "features")
            return _pick(path, arrays, _FEATURES), _pick(path, arrays, _LABELS) if arrays.keys() & _LABELS else None
        case ".csv" | ".parquet":
            table = _read_table(path)
            column = _label_column(path, table, label_column)
            numbers = table if column is None else table.drop(columns=column)
            text = [name for name in numbers if not is_numeric_dtype(numbers[name])]
            if text:
                raise InvalidInputError(
                    f"{path} has columns that aren't numeric, {text[:5]}; wanted numbers as features."
                )
            return numbers.to_numpy(dtype=float, na_value=np.nan), None if column is None else _column(table, column)
    raise InvalidInputError(f"{path} ends in {path.suffix!r}; wanted features as .npy, .npz, .csv or .parquet.")


def _read_labels(path: Path, label_column: str | None) -> ArrayLike:
    """Labels of a file of their own."""
    match path.suffix.lower():
        case ".npy" | ".npz":
            return _pick(path, _read_arrays(path, "labels"), _LABELS)
        case ".csv" | ".parquet":
            table = _read_table(path)
            only = table.columns[0] if table.shape[1] == 1 and label_column is None else None
            column = only or _label_column(path, table, label_column)
            if column is None:
                raise InvalidInputError(
                    f"{path} has columns {list(table)[:5]}; wanted one named label, or label_column=."
                )
            return _column(table, column)
        case ".txt":
            lines = _read_lines(path)
            return [int(line) for line in lines] if all(map(_INTEGER.fullmatch, lines)) else lines
    raise InvalidInputError(f"{path} ends in {path.suffix!r}; wanted labels as .npy, .npz, .csv, .parquet or .txt.")


def _read_arrays(path: Path, single: str) -> dict[str, NDArray[Any]]:
    """The arrays of a numpy file by name; an array on its own gets the name `single`."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {single: loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files if name in _FEATURES + _LABELS}
    except (ValueError, OSError, EOFError, BadZipFile, zlib.error) as error:
        raise InvalidInputError(f"{path} can't be read as an array of numbers or text: {error}") from error


def _read_lines(path: Path) -> list[str]:
    """The lines of a text file that aren't empty."""
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (ValueError, OSError) as error:
        raise InvalidInputError(f"{path} can't be read as text: {error}") from error


def _pick(path: Path, arrays: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[Any]:
    """The first array that has one of the names."""
    for name in names:
        if name in arrays:
            return arrays[name]
    raise InvalidInputError(f"{path} has no array {' or '.join(names)}.")


def _read_table(path: Path) -> pd.DataFrame:
    """A CSV or Parquet table whose columns all have names."""
    try:
        if path.suffix.lower() == ".csv":
            table = pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
            numbered = table.index.equals(pd.RangeIndex(len(table)))
        else:
            table = pd.read_parquet(path, engine="pyarrow")
            numbered = True
    except ImportError as error:
        raise MissingExtraError(f"Reading {path} needs pyarrow: pip install 'zslearn[parquet]'.") from error
    except (ValueError, OSError) as error:
        raise InvalidInputError(f"{path} can't be read as a table: {error}") from error
    names = [str(name) for name in table.columns]
    if not numbered or any(name.startswith("Unnamed: ") for name in names):
        raise InvalidInputError(f"{path} has columns without a name; write it with a header and without an index.")
    numbers = pd.to_numeric(pd.Series(names), errors="coerce").dropna()
    if (numbers % 1 != 0).any() or (numbers.diff() <= 0).any():
        raise InvalidInputError(f"{path} starts with {names[:5]}, which look like values; wanted a header line.")
    return table.set_axis(names, axis="columns")


def _label_column(path: Path, table: pd.DataFrame, name: str | None) -> str | None:
    """The column of labels: as named, else `label`, else the last one unless it is numeric."""
    if name is not None and name not in table:
        raise InvalidInputError(f"{path} has no column {name!r}; its columns are {list(table)[:5]} and so on.")
    if name is not None or "label" in table:
        return name or "label"
    last = table.columns[-1]
    return None if is_numeric_dtype(table[last]) else str(last)


def _column(table: pd.DataFrame, name: str) -> list[Any]:
    """The labels of a column, with None for a missing one."""
    column = table[name]
    return [None if missing else label for label, missing in zip(column.tolist(), column.isna(), strict=True)]
