"""Files of arrays, tables and lines, read so that none can run code; errors name what cannot be read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from zsl._files.opening import opened, reading
from zsl._files.separators import separator_of
from zsl._labels import from_text
from zsl.encoders.images._files import MAX_PIXELS, open_image
from zsl.exceptions import InvalidInputError

_MISSING = ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "None", "none", "NULL", "null", "?"]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_csv(path: Path, text_columns: tuple[str, ...], sep: str | None = None, decimal: str = ".") -> pd.DataFrame:
    """A CSV table in UTF-8 whose columns all have names; cells of the text columns stay as written.

    Without `sep` the lines tell it.
    """
    if sep is not None and (not isinstance(sep, str) or len(sep) != 1):
        raise InvalidInputError(f"sep={sep!r}; wanted one character, or None to notice it.")
    if decimal not in (".", ","):
        raise InvalidInputError(f"decimal={decimal!r}; wanted '.' or ','.")
    with reading(path, "a table"):
        how: Any = {"sep": separator_of(path) if sep is None else sep, "decimal": decimal}
        names = [str(name) for name in pd.read_csv(path, nrows=0, encoding="utf-8-sig", **how).columns]
        table: pd.DataFrame = pd.read_csv(
            path,
            **how,
            dtype={name: str for name in names if name in text_columns},
            na_values={name: _MISSING for name in names if name not in text_columns},  # a class may be called NA
            keep_default_na=False,
            encoding="utf-8-sig",
            low_memory=False,
        )
    if not table.index.equals(pd.RangeIndex(len(table))) or any(name.startswith("Unnamed: ") for name in names):
        raise InvalidInputError(f"{path} has columns without a name; write it with a header and without an index.")
    numbers = pd.to_numeric(pd.Series(names), errors="coerce").dropna()
    # Rising whole numbers, as pandas numbers columns, are a header; other numbers are a first row of values.
    if (numbers % 1 != 0).any() or (numbers.diff() <= 0).any():
        raise InvalidInputError(f"{path} starts with {names[:5]}, which look like values; wanted a header line.")
    for name in text_columns:
        if name in table:
            cells = [cell.strip() for cell in table[name].tolist()]
            table[name] = pd.Series(from_text(cells), dtype=object)
    return table


def read_image(path: Path, max_pixels: int = MAX_PIXELS) -> Any:
    """An image file as an RGB image."""
    with reading(path, "an image"):
        return open_image(path, max_pixels)


def read_lines(path: Path) -> list[Any]:
    """The lines of a text file that aren't empty, as labels."""
    with reading(path, "text"):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        return from_text([line.strip() for line in lines if line.strip()])
