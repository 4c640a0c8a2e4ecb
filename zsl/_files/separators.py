"""Which character stands between the fields of a table of text, and which one before decimals."""

import csv
import io
import re
from os import PathLike

from zsl._files.opening import opened

SEPARATORS = (",", ";", "\t")
"""The characters that are noticed; any other one has to be given."""

_SAMPLE = 1 << 16
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


def separator_of(path: str | PathLike[str]) -> str:
    """The separator of a file by its first lines; the comma if none of them tells."""
    with opened(path) as file:
        start = file.read(_SAMPLE)
    text = start.decode("utf-8-sig", errors="replace")
    return noticed(text, whole=len(start) < _SAMPLE)


def noticed(text: str, whole: bool = True) -> str:
    """The first separator that divides every line into the same number of fields, two or more.

    A comma between digits may be a decimal one, so a table whose commas all stand there is divided by another one if
    that is possible. Of a text that isn't whole the last line doesn't count.
    """
    for sep in SEPARATORS[1:]:
        if _divides(text, sep, whole) and not (_divides(text, ",", whole) and re.search(r"(?<!\d),|,(?!\d)", text)):
            return sep
    return ","


def is_decimal_comma(cell: object) -> bool:
    """Whether a cell is a number with a comma before its decimals."""
    return isinstance(cell, str) and _DECIMAL_COMMA.fullmatch(cell.strip()) is not None


def _divides(text: str, sep: str, whole: bool) -> bool:
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=sep, skipinitialspace=True))
    except csv.Error:
        return False
    widths = {len(row) for row in rows[: None if whole else -1] if any(row)}
    return len(widths) == 1 and widths.pop() > 1
