"""From a CSV file to a data frame of class × attribute."""

import csv
import io
import math
import os
import re

import pandas as pd

from zsl._files.opening import opened
from zsl.exceptions import SemanticsError

_MISSING_CELLS = {"", "na", "n/a", "nan", "none", "null", "?"}
_TRUTH_CELLS = {"true": 1.0, "false": 0.0}


def read_csv(path: str | os.PathLike[str], class_column: int | str, sep: str) -> pd.DataFrame:
    """Read a CSV file with a header into a frame, class names in the index.

    Python's own reader is used, since that of pandas renames repeated columns and takes class "NA" for missing.
    """
    if not isinstance(sep, str) or len(sep) != 1:
        raise SemanticsError(f"sep is {sep!r}; wanted one character.")
    with opened(path) as raw, io.TextIOWrapper(raw, newline="", encoding="utf-8-sig") as file:
        try:
            reader = csv.reader(file, delimiter=sep, skipinitialspace=True)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
        except (UnicodeDecodeError, csv.Error) as error:
            raise SemanticsError(f"{os.fspath(path)} isn't a CSV file in UTF-8 ({error}).") from error
    if not lines:
        raise SemanticsError(f"{os.fspath(path)} is empty; wanted a header line and one line per class.")
    header = lines.pop(0)[1]
    for number, cells in lines:
        if len(cells) != len(header):
            raise SemanticsError(
                f"{os.fspath(path)} has {len(cells)} fields in line {number} and {len(header)} in its header."
            )
    at = _column_position(header, class_column, path)
    names = [cells.pop(at) for _, cells in lines]
    del header[at]
    whole = all(re.fullmatch(r"0|-?[1-9][0-9]*", name) for name in names)
    try:
        index = pd.Index([int(name) for name in names] if whole else names, dtype=object)
    except ValueError as error:  # Python refuses integers of thousands of digits
        raise SemanticsError(f"{os.fspath(path)} has a class of {max(map(len, names))} digits: {error}.") from error
    cells_by_row = [[_cell(text) for text in cells] for _, cells in lines]
    return pd.DataFrame(cells_by_row, index=index, columns=pd.Index(header, dtype=object), dtype=object)


def _column_position(header: list[str], column: int | str, path: str | os.PathLike[str]) -> int:
    """Position of the column of class names."""
    if isinstance(column, str) and header.count(column) == 1:
        return header.index(column)
    if isinstance(column, int) and not isinstance(column, bool) and -len(header) <= column < len(header):
        return column % len(header)
    raise SemanticsError(
        f"class_column is {column!r}; wanted the position or the unique name of one of the "
        f"{len(header)} columns of {os.fspath(path)}."
    )


def _cell(text: str) -> float | str:
    """The number that a cell holds, NaN for a missing value, or else its text."""
    lower = text.casefold()
    if lower in _MISSING_CELLS:
        return math.nan
    if lower in _TRUTH_CELLS:
        return _TRUTH_CELLS[lower]
    try:
        return float(text)
    except ValueError:
        return text
