"""Sources of features, labels and other columns: an array, a table, a file or a folder of shards."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.types import is_numeric_dtype

from zsl._files.npy import read_npy, read_npz, read_npz_names
from zsl._files.opening import existing
from zsl._files.parquet import read_parquet
from zsl._files.separators import is_decimal_comma
from zsl._suggestions import did_you_mean
from zsl.datasets._reading import read_csv, read_lines
from zsl.datasets.shards.features import ShardedFeatures, open_shards
from zsl.exceptions import InvalidInputError


@dataclass
class Source:
    """Features, and the columns beside them by name, each read only when it is taken."""

    where: str
    matrix: Callable[[], Any]
    columns: dict[str, Callable[[], Any]] = field(default_factory=dict)

    def take(self, name: str) -> Any:
        """The column of that name, which no longer counts as a feature."""
        if name not in self.columns:
            found = f"{list(self.columns)[:10]}{' and others' if len(self.columns) > 10 else ''}"
            raise InvalidInputError(
                f"{self.where} has no column {name!r}; found {found if self.columns else 'no named columns'}."
                + did_you_mean(name, self.columns)
            )
        return self.columns.pop(name)()


def open_source(features: Any, text_columns: tuple[str, ...], sep: str | None = None, decimal: str = ".") -> Source:
    """A source of features. Cells of the `text_columns` of a CSV file are read as written."""
    if isinstance(features, pd.DataFrame):
        return as_source("features", features)
    if isinstance(features, ShardedFeatures):
        return _shards("features", features)
    if not isinstance(features, (str, PathLike)):
        return Source("features", lambda: features)
    if os.path.isdir(features):
        return _shards(str(features), open_shards(features))
    path = existing(features)
    match path.suffix.lower():
        case ".npy":
            return Source(str(path), partial(read_npy, path))
        case ".npz":
            names = read_npz_names(path)
            return Source(
                str(path), partial(_only, path, names), {name: partial(read_npz, path, name) for name in names}
            )
        case ".csv" | ".tsv":
            return as_source(str(path), read_csv(path, text_columns, sep, decimal))
        case ".parquet":
            return as_source(str(path), read_parquet(path))
    raise InvalidInputError(f"{path} ends in {path.suffix!r}; wanted features as .npy, .npz, .csv or .parquet.")


def _only(path: Path, names: list[str]) -> ArrayLike:
    """The features among the arrays of a file: those named features or X."""
    for name in ("features", "X"):
        if name in names:
            return read_npz(path, name)
    raise InvalidInputError(f"{path} has the arrays {names[:10]}; wanted one named features or X.")


def _shards(where: str, shards: ShardedFeatures) -> Source:
    """A folder of shards, whose labels, if any, are called label."""
    return Source(where, lambda: shards, {} if shards.labels is None else {"label": lambda: shards.labels})


def as_source(where: str, given: pd.DataFrame) -> Source:
    """A table whose columns are features, except those that are taken; a missing cell of these is None."""
    names = pd.Index([str(name) for name in given.columns])
    if not names.is_unique:
        twice = names[names.duplicated()].unique().tolist()
        raise InvalidInputError(f"{where} has columns of one name, {twice[:5]}; wanted each name once.")
    table = given.set_axis(names, axis="columns")

    def take(name: str) -> list[Any]:
        column = table.pop(name)
        missing = column.isna() | (column == "")
        return [None if gone else value for value, gone in zip(column.tolist(), missing, strict=True)]

    def matrix() -> ArrayLike:
        if text := [name for name in table if not is_numeric_dtype(table[name])]:
            if found := [cell for cell in table[text[0]].tolist() if is_decimal_comma(cell)]:
                raise InvalidInputError(
                    f"{where} has {found[0]!r} in the column {text[0]!r}, a number with a decimal comma; wanted a "
                    "point, or decimal=',' (--decimal ,)."
                )
            raise InvalidInputError(f"{where} has columns that aren't numeric, {text[:5]}; wanted features only.")
        return table.to_numpy(dtype=float, na_value=np.nan)

    return Source(where, matrix, {name: partial(take, name) for name in names})


def read_labels(labels: str | PathLike[str], column: str, sep: str | None = None) -> Any:
    """Labels of a file of their own."""
    path = existing(labels)
    match path.suffix.lower():
        case ".npy":
            return read_npy(path)
        case ".csv" | ".tsv":
            table = read_csv(path, (column,), sep)
            if table.shape[1] > 1 or column in table:
                return as_source(str(path), table).take(column)
            only = str(table.columns[0])
            if only in table[only].tolist():
                raise InvalidInputError(
                    f"{path} starts with {only!r}, which stands below again, as a label does; wanted a header line."
                )
            return as_source(str(path), read_csv(path, (only,), sep)).take(only)
        case ".txt":
            return read_lines(path)
    raise InvalidInputError(f"{path} ends in {path.suffix!r}; wanted labels as .npy, .csv or .txt.")
