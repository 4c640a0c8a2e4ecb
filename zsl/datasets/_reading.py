"""Files of arrays, tables and lines, read so that none can run code; errors name what cannot be read."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from zsl._extras import needed
from zsl._labels import from_text
from zsl.encoders.images._files import MAX_PIXELS, UNREADABLE, open_image
from zsl.exceptions import InvalidInputError

_MISSING = ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "None", "none", "NULL", "null", "?"]
_UNREADABLE = (ValueError, OSError, EOFError, BadZipFile, zlib.error)


@contextmanager
def reading(path: Path, what: str, errors: tuple[type[Exception], ...] = _UNREADABLE) -> Iterator[None]:
    """Turn what readers of files raise into an error that names the file and what it can't be read as."""
    try:
        yield
    except InvalidInputError:
        raise
    except errors as error:
        raise InvalidInputError(f"{path} can't be read as {what}: {error}") from error


def existing(path: str | PathLike[str]) -> Path:
    """The path of a file that is there."""
    path = Path(path)
    if not path.is_file():
        raise InvalidInputError(f"{path} is not a file; wanted the path of an existing one.")
    return path


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_npz_names(path: Path) -> list[str]:
    """The names of the arrays in the file."""
    errors = (*_UNREADABLE, TypeError)  # TypeError: an .npy file under a wrong name
    with reading(path, "arrays of numbers or text", errors), np.load(path, allow_pickle=False) as archive:
        return list(archive.files)


def read_npy(path: Path, name: str | None = None) -> ArrayLike:
    """The array of a ``.npy`` file, or one array of an ``.npz`` file."""
    with reading(path, "an array of numbers or text", (*_UNREADABLE, KeyError)):
        loaded = np.load(path, allow_pickle=False)
        if name is None and isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            found: ArrayLike = loaded[name]
            return found


def read_csv(path: Path, text_columns: tuple[str, ...]) -> pd.DataFrame:
    """A CSV table in UTF-8 whose columns all have names; cells of the text columns stay as written."""
    with reading(path, "a table"):
        names = [str(name) for name in pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns]
        table = pd.read_csv(
            path,
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


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet table."""
    needed("pyarrow", "parquet", f"Reading {path}")
    with reading(path, "a table"):
        return pd.read_parquet(path, engine="pyarrow")


def read_image(path: Path, max_pixels: int = MAX_PIXELS) -> Any:
    """An image file as an RGB image."""
    with reading(path, "an image", UNREADABLE):
        return open_image(path, max_pixels)


def read_lines(path: Path) -> list[Any]:
    """The lines of a text file that aren't empty, as labels."""
    with reading(path, "text"):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    return from_text([line.strip() for line in lines if line.strip()])
