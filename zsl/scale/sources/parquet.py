"""Columns of Parquet files: lists or numbers as features, paths or bytes as images, texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._extras import needed
from zsl._files.opening import reading
from zsl._files.parquet import open_parquet
from zsl.datasets._image_folders import is_image
from zsl.exceptions import InvalidInputError
from zsl.scale.sources.source import Batch, Source, as_objects, told
from zsl.semantics._labels import listing

_WHAT = "a table of samples"


class ParquetSource(Source):
    """Rows of one file or more, in the order of their names. A block is one group of rows or several of a file.

    Groups are what can be read without the rest of a file; those of more rows than a block make larger blocks.
    """

    def __init__(self, name: str, files: Sequence[Path], column: str | None) -> None:
        self.name, self.files = name, list(files)
        rows = [_rows(path) for path in self.files]
        self.column, self.kind = _found(self.files[0], column)
        counts = [count for groups in rows for count in groups]
        self._starts = np.cumsum([0, *counts])
        self._places = [(file, group) for file, groups in enumerate(rows) for group in range(len(groups))]
        if not self._starts[-1]:
            raise InvalidInputError(f"{name} holds no rows; wanted at least one.")

    def cuts(self, block_rows: int) -> NDArray[np.intp]:
        found, before = [0], None
        for place, (file, _) in enumerate(self._places):
            too_many = self._starts[place + 1] - found[-1] > block_rows
            if (file != before or too_many) and self._starts[place] > found[-1]:
                found.append(int(self._starts[place]))
            before = file
        return np.array([*found, self._starts[-1]], dtype=np.intp)

    def read(self, start: int, stop: int, most: int) -> Iterator[Batch]:
        whole = (self._starts[:-1] >= start) & (self._starts[1:] <= stop) & (np.diff(self._starts) > 0)
        places = [self._places[place] for place in np.flatnonzero(whole)]
        path = self.files[places[0][0]]
        parquet = needed("pyarrow.parquet", "parquet", f"Reading {path}")
        columns = None if self.column is None else [self.column]
        with open_parquet(path, _WHAT, lists=True) as file:
            opened = parquet.ParquetFile(file)
            groups = [group for _, group in places]
            for batch in opened.iter_batches(batch_size=most, row_groups=groups, columns=columns):
                yield {"X": self._samples(path, batch)}

    def digest(self) -> str:
        found = hashlib.sha256(f"{self.column}".encode())
        for path in self.files:
            found.update(told(path))
        return found.hexdigest()

    def _samples(self, path: Path, batch: Any) -> NDArray[Any]:
        if self.column is None:
            return np.column_stack([_numbers(path, name, batch.column(name)) for name in batch.schema.names])
        cells = batch.column(self.column)
        if cells.null_count:
            raise InvalidInputError(f"{path} has no {self.column!r} in {cells.null_count} rows; wanted one in each.")
        if self.kind == "features":
            flat = _numbers(path, self.column, cells.flatten())
            if len(flat) % len(cells) or any(np.diff(_lengths(cells))):
                raise InvalidInputError(f"{path} has lists of several lengths in {self.column!r}; wanted one length.")
            return flat.reshape(len(cells), -1)
        values = cells.to_pylist()
        relative = self.kind == "images" and values and isinstance(values[0], str)
        return as_objects([path.parent / value for value in values] if relative else values)


def parquet_files(place: Path) -> list[Path]:
    """The files in a folder, by name, without those that begin with a dot or a low line."""
    return sorted(file for file in place.glob("*.parquet") if not file.name.startswith((".", "_")))


def _rows(path: Path) -> list[int]:
    """Rows of each group."""
    parquet = needed("pyarrow.parquet", "parquet", f"Reading {path}")
    with open_parquet(path, _WHAT, lists=True) as file:
        metadata = parquet.ParquetFile(file).metadata
        return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]


def _found(path: Path, column: str | None) -> tuple[str | None, Any]:
    """The column of samples and their kind; None for a table of numbers alone."""
    arrow, parquet = (needed(name, "parquet", f"Reading {path}") for name in ("pyarrow", "pyarrow.parquet"))
    with open_parquet(path, _WHAT, lists=True) as file:
        opened = parquet.ParquetFile(file)
        schema, types = opened.schema_arrow, arrow.types
        first = next(opened.iter_batches(batch_size=1), None)
    names = list(schema.names)
    if column is not None and column not in names:
        raise InvalidInputError(f"{path} has no column {column!r}; it has {listing(names)}.")

    def is_number(kind: Any) -> bool:
        return bool(types.is_integer(kind) or types.is_floating(kind))

    lists = [name for name in names if hasattr(schema.field(name).type, "value_type")]
    if column is None and all(is_number(schema.field(name).type) for name in names):
        return None, "features"
    if column is None and len(names) > 1 and len(lists) != 1:
        raise InvalidInputError(f"{path} has the columns {listing(names)}; wanted column= with that of the samples.")
    column = column or (lists or names)[0]
    kind = schema.field(column).type
    if hasattr(kind, "value_type") and is_number(kind.value_type):
        return column, "features"
    if types.is_binary(kind) or types.is_large_binary(kind):
        return column, "images"
    if not types.is_string(kind) and not types.is_large_string(kind):
        raise InvalidInputError(
            f"{path} has {kind} in {column!r}; wanted lists of numbers, paths or bytes of images, or texts."
        )
    cell = None if first is None else first.column(column)[0].as_py()
    return column, "images" if cell is not None and is_image(cell.strip()) else "texts"


def _numbers(path: Path, name: str, cells: Any) -> NDArray[Any]:
    if cells.null_count:
        raise InvalidInputError(f"{path} has {cells.null_count} empty cells in {name!r}; wanted a number in each.")
    with reading(path, _WHAT):
        found: NDArray[Any] = cells.to_numpy(zero_copy_only=False)
    return found


def _lengths(cells: Any) -> NDArray[Any]:
    size = getattr(cells.type, "list_size", None)
    return np.full(len(cells), size) if size is not None else cells.value_lengths().to_numpy(zero_copy_only=False)
