"""What a table or list of lines holds: features, the paths of images, or texts."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from zsl._files.opening import reading
from zsl._files.parquet import read_parquet
from zsl._files.separators import is_decimal_comma
from zsl.datasets._image_folders import is_image
from zsl.datasets._reading import read_csv
from zsl.datasets._sources import as_source
from zsl.datasets.samples._found import Columns, Found, found
from zsl.exceptions import InvalidInputError
from zsl.semantics._labels import listing

_TEXTS = ("text", "texts", "sentence", "utterance", "query", "description", "message", "title")
_LABELS = ("class", "category", "species", "intent", "target", "labels")


def in_table(path: Path, labels: str | PathLike[str] | None, columns: Columns) -> Found:
    """The samples in a CSV, TSV or Parquet file."""
    named = tuple(name for name in (columns.label, columns.text, columns.part) if name is not None)
    frame = _read(path, named, columns)
    texts = [str(name) for name in frame if name not in named and _are_texts(frame[name])]
    if columns.text is not None or texts:
        images = [name for name in texts if _are_images(frame[name])] if columns.text is None else []
        text = columns.text or _text_column(frame, texts, columns)
        if images or text is not None:
            return _to_encode(path, labels, columns, frame, images[:1], text)
    source = as_source(str(path), frame)
    parts = None if columns.part is None else source.take(columns.part)
    has_labels = columns.label in source.columns or (labels is None and columns.label != "label")
    own = source.take(columns.label) if has_labels else None
    return found(path, "features", source.matrix(), own=own, labels=labels, columns=columns, parts=parts)


def in_lines(path: Path, labels: str | PathLike[str] | None, columns: Columns) -> Found:
    """The texts of a text file, one per line; empty lines are ignored."""
    with reading(path, "text"):
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if not lines:
        raise InvalidInputError(f"{path} is empty; wanted one text per line.")
    return found(path, "texts", lines, own=None, labels=labels, columns=columns, names=lines)


def _to_encode(
    path: Path,
    labels: str | PathLike[str] | None,
    columns: Columns,
    frame: pd.DataFrame,
    images: list[str],
    text: str | None,
) -> Found:
    """The images or texts of a table, whose other columns are ignored."""
    column = images[0] if images else str(text)
    label = columns.label
    if label == "label" and label not in frame and labels is None:
        label = next((name for name in _LABELS if name in frame and name != column), label)
    wanted = tuple(dict.fromkeys(name for name in (column, label, columns.part) if name is not None))
    source = as_source(str(path), _read(path, wanted, columns))
    own = source.take(label) if label in source.columns or (labels is None and label != "label") else None
    parts = None if columns.part is None else source.take(columns.part)
    cells = source.take(column)
    if empty := [row for row, cell in enumerate(cells) if cell is None or not str(cell).strip()]:
        raise InvalidInputError(f"{path} has no {column!r} in row {empty[0]}, counted from 0; wanted one in each.")
    items: list[Any] = [str(cell) for cell in cells]
    names = items
    if images:
        items = [path.parent / name for name in names]
        if absent := [name for name, file in zip(names, items, strict=True) if not file.is_file()]:
            raise InvalidInputError(
                f"{path} names {len(absent)} files in the column {column!r} that aren't in {path.parent}: "
                f"{listing(absent)}."
            )
    return found(
        path, "images" if images else "texts", items, own=own, labels=labels, columns=columns, names=names, parts=parts
    )


def _read(path: Path, text_columns: tuple[str, ...], columns: Columns) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        return read_parquet(path)
    return read_csv(path, text_columns, columns.sep, columns.decimal)


def _are_texts(column: pd.Series) -> bool:
    return not is_numeric_dtype(column) and not any(map(is_decimal_comma, column.tolist()))


def _are_images(column: pd.Series) -> bool:
    cells = [cell for cell in column.tolist() if isinstance(cell, str) and cell.strip()]
    return bool(cells) and all(is_image(cell.strip()) for cell in cells)


def _text_column(frame: pd.DataFrame, texts: list[str], columns: Columns) -> str | None:
    """The column of texts in a table without numbers: by its name, or the only one."""
    others = [name for name in texts if name not in _LABELS]
    if any(is_numeric_dtype(frame[name]) for name in frame if name not in (columns.label, columns.part)):
        return None
    named = [name for name in others if name.casefold() in _TEXTS]
    return named[0] if named else others[0] if len(others) == 1 else None
