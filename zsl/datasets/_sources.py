"""Sources of features, labels and other columns: an array, a table, a file or a folder of shards."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.types import is_numeric_dtype

from zsl._typing import LabelArray
from zsl.datasets._reading import existing, read_csv, read_lines, read_npy, read_npz_names, read_parquet
from zsl.datasets.shards.features import ShardedFeatures, open_shards
from zsl.exceptions import InvalidInputError


class ArraySource:
    """A feature array, with the named arrays of an ``.npz`` file beside it."""

    def __init__(self, where: str, path: Path | None = None, features: Any = None) -> None:
        self.where, self._path, self._features = where, path, features
        self.names: list[str] = []
        if path is not None and path.suffix.lower() == ".npz":
            self.names = read_npz_names(path)

    def take(self, name: str) -> ArrayLike:
        """The array of that name."""
        if self._path is None or name not in self.names:
            raise _absent(self.where, name, self.names)
        return read_npy(self._path, name)

    def matrix(self) -> Any:
        """The features: the only array, or the one named features or X."""
        if self._path is None:
            return self._features
        if self._path.suffix.lower() == ".npy":
            return read_npy(self._path)
        for name in ("features", "X"):
            if name in self.names:
                return read_npy(self._path, name)
        raise InvalidInputError(f"{self.where} has the arrays {self.names[:10]}; wanted one named features or X.")


class TableSource:
    """A table whose columns are features, except those taken out by name."""

    def __init__(self, where: str, table: pd.DataFrame) -> None:
        names = pd.Index([str(name) for name in table.columns])
        if not names.is_unique:
            twice = names[names.duplicated()].unique().tolist()
            raise InvalidInputError(f"{where} has columns of one name, {twice[:5]}; wanted each name once.")
        self.where, self._table = where, table.set_axis(names, axis="columns")

    @property
    def names(self) -> list[str]:
        """The columns that are left."""
        return self._table.columns.tolist()

    def take(self, name: str) -> list[Any]:
        """The column of that name, which no longer counts as a feature; a missing cell is None."""
        if name not in self._table:
            raise _absent(self.where, name, self.names)
        column = self._table[name]
        self._table = self._table.drop(columns=name)
        missing = column.isna() | (column == "")
        return [None if gone else value for value, gone in zip(column.tolist(), missing, strict=True)]

    def matrix(self) -> ArrayLike:
        """The columns that are left, all numeric."""
        text = [name for name in self._table if not is_numeric_dtype(self._table[name])]
        if text:
            raise InvalidInputError(f"{self.where} has columns that aren't numeric, {text[:5]}; wanted features only.")
        return self._table.to_numpy(dtype=float, na_value=np.nan)


class ShardSource:
    """A folder of shards, whose labels, if any, are called label."""

    def __init__(self, where: str, shards: ShardedFeatures) -> None:
        self.where, self._shards = where, shards
        self.names = [] if shards.labels is None else ["label"]

    def take(self, name: str) -> LabelArray:
        """The labels."""
        if name not in self.names or self._shards.labels is None:
            raise _absent(self.where, name, self.names)
        return self._shards.labels

    def matrix(self) -> ShardedFeatures:
        """The features."""
        return self._shards


Source = ArraySource | TableSource | ShardSource


def open_source(features: Any, text_columns: tuple[str, ...]) -> Source:
    """A source of features. Cells of the `text_columns` of a CSV file are read as written."""
    if isinstance(features, pd.DataFrame):
        return TableSource("features", features)
    if isinstance(features, ShardedFeatures):
        return ShardSource("features", features)
    if not isinstance(features, (str, PathLike)):
        return ArraySource("features", features=features)
    if Path(features).is_dir():
        return ShardSource(str(features), open_shards(features))
    path = existing(features)
    match path.suffix.lower():
        case ".npy" | ".npz":
            return ArraySource(str(path), path)
        case ".csv":
            return TableSource(str(path), read_csv(path, text_columns))
        case ".parquet":
            return TableSource(str(path), read_parquet(path))
    raise InvalidInputError(f"{path} ends in {path.suffix!r}; wanted features as .npy, .npz, .csv or .parquet.")


def read_labels(labels: str | PathLike[str], column: str) -> Any:
    """Labels of a file of their own."""
    path = existing(labels)
    match path.suffix.lower():
        case ".npy":
            return read_npy(path)
        case ".csv":
            table = read_csv(path, (column,))
            if table.shape[1] > 1 or column in table:
                return TableSource(str(path), table).take(column)
            only = str(table.columns[0])
            return TableSource(str(path), read_csv(path, (only,))).take(only)
        case ".txt":
            return read_lines(path)
    raise InvalidInputError(f"{path} ends in {path.suffix!r}; wanted labels as .npy, .csv or .txt.")


def _absent(where: str, name: str, names: list[str]) -> InvalidInputError:
    found = f"{names[:10]}{' and others' if len(names) > 10 else ''}"
    return InvalidInputError(f"{where} has no column {name!r}; found {found if names else 'no named columns'}.")
