"""From a CSV file to a data frame of class × attribute, or to the sentences of each class."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from zsl._files.opening import opened
from zsl._files.separators import is_decimal_comma, separator_of
from zsl._labels import from_text
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import listing
from zsl.semantics._texts import by_class

_MISSING_CELLS = {"", "na", "n/a", "nan", "none", "null", "?"}
_TRUTH_CELLS = {"true": 1.0, "false": 0.0}
_CLASS_NAMES = {"", "class", "classes", "class_name", "classname", "label", "labels", "name", "names", "category"}
_TEXT_NAMES = {"text", "texts", "sentence", "sentences", "description", "descriptions", "prompt", "prompts", "caption"}

Path = str | os.PathLike[str]


def read_csv(
    path: Path, class_column: int | str, sep: str | None, header: bool | None, decimal: str = "."
) -> pd.DataFrame:
    """Read a CSV file into a frame, class names in the index.

    Python's own reader is used, since that of pandas renames repeated columns and takes class "NA" for missing.
    """
    if decimal not in (".", ","):
        raise SemanticsError(f"decimal is {decimal!r}; wanted '.' or ','.")
    lines = _lines(path, sep, header)
    first = lines[0][1]
    if len(first) == 1:
        raise SemanticsError(
            f"{os.fspath(path)} has one column; wanted one of classes and one for each attribute. Names alone are "
            "texts (Semantics.from_texts, --texts)."
        )
    names = None if header is False else first
    at = _column_position(first, class_column, path, named=header is not False)
    if header is None and _like_values([*first[:at], *first[at + 1 :]], first[at], decimal):
        raise _headless(path, first, "a class and its numbers")
    if names is not None:
        del lines[0]
    for number, cells in lines:
        if len(cells) != len(first):
            where = "its header" if names is not None else "line 1"
            raise SemanticsError(
                f"{os.fspath(path)} has {len(cells)} fields in line {number} and {len(first)} in {where}."
            )
    if decimal == ".":
        _refuse_decimal_commas(path, lines, at)
    classes = [cells.pop(at) for _, cells in lines]
    if names is not None:
        del names[at]
    return pd.DataFrame(
        [[_cell(text, decimal) for text in cells] for _, cells in lines],
        index=pd.Index(from_text(classes), dtype=object),
        columns=None if names is None else pd.Index(names, dtype=object),
        dtype=object,
    )


def read_texts(path: Path, header: bool | None = None, sep: str | None = None) -> Mapping[Any, str | list[str]]:
    """Read a CSV file of two columns, class and sentence, into the sentences of each class, in the file's order.

    One column holds names alone, which stand for themselves as in `Semantics.from_texts`.

    Raises
    ------
    SemanticsError
        If the file isn't such a table, or with `header` None nothing says whether its first line is a header.
    """
    lines = _lines(path, sep, header)
    first = lines[0][1]
    for number, cells in lines:
        if len(cells) != len(first) or len(cells) > 2:
            raise SemanticsError(
                f"{os.fspath(path)} has {len(cells)} columns in line {number}; wanted two, class and text, or one of "
                "names."
            )
    if len(first) == 1:
        named = first[0].casefold() in _CLASS_NAMES if header is None else header
        return by_class([cells[0] for _, cells in lines[named:]], os.fspath(path))
    if header is None and first[0].casefold() not in _CLASS_NAMES and first[1].casefold() not in _TEXT_NAMES:
        raise _headless(path, first, "a class and its sentence")
    rows = [cells for _, cells in (lines if header is False else lines[1:])]
    sentences: dict[Any, list[str]] = {}
    for label, (_, text) in zip(from_text([label for label, _ in rows]), rows, strict=True):
        sentences.setdefault(label, []).append(text)
    return sentences


def _lines(path: Path, sep: str | None, header: bool | None) -> list[tuple[int, list[str]]]:
    """The cells of each line that isn't empty, with the number of the line; without `sep` its lines tell."""
    if header is not None and not isinstance(header, bool):
        raise SemanticsError(f"header is {header!r}; wanted True, False or None.")
    if sep is not None and (not isinstance(sep, str) or len(sep) != 1):
        raise SemanticsError(f"sep is {sep!r}; wanted one character, or None to notice it.")
    sep = separator_of(path) if sep is None else sep
    with opened(path) as raw, io.TextIOWrapper(raw, newline="", encoding="utf-8-sig") as file:
        try:
            reader = csv.reader(file, delimiter=sep, skipinitialspace=True)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
        except (UnicodeDecodeError, csv.Error) as error:
            raise SemanticsError(f"{os.fspath(path)} isn't a CSV file in UTF-8 ({error}).") from error
    if not lines:
        raise SemanticsError(f"{os.fspath(path)} is empty; wanted a header line and one line per class.")
    return lines


def _like_values(cells: list[str], name: str, decimal: str) -> bool:
    """Whether the cells of a first line are values of attributes: all are, or most, and these don't rise as years do.

    Columns may be numbered from 0, as pandas does.
    """
    values = [value for text in cells if not isinstance(value := _cell(text, decimal), str) or is_decimal_comma(text)]
    if len(values) < len(cells):
        return 2 * len(values) > len(cells) and not _rise(values)
    return bool(cells) and (cells != [str(place) for place in range(len(cells))] or name.casefold() not in _CLASS_NAMES)


def _rise(values: list[Any]) -> bool:
    """Whether values are whole numbers, each above the one before."""
    whole = all(isinstance(value, float) and value.is_integer() for value in values)
    return whole and all(before < after for before, after in pairwise(values))


def _refuse_decimal_commas(path: Path, lines: list[tuple[int, list[str]]], at: int) -> None:
    """Refuse numbers such as 0,5, which would otherwise be texts."""
    for number, cells in lines:
        if found := [cell for place, cell in enumerate(cells) if place != at and is_decimal_comma(cell)]:
            raise SemanticsError(
                f"{os.fspath(path)} has {found[0]!r} in line {number}, a number with a decimal comma; wanted a point, "
                "or decimal=',' (--decimal ,)."
            )


def _headless(path: Path, cells: list[str], what: str) -> SemanticsError:
    """The error for a first line that looks like the first class."""
    return SemanticsError(
        f"{os.fspath(path)} starts with {listing(cells, 3)}, which look like {what} and not like a header; wanted a "
        "header line. header=False (--no-header) reads the first line as a class, header=True (--header) as a header."
    )


def _column_position(header: list[str], column: int | str, path: Path, named: bool) -> int:
    """Position of the column of class names."""
    if named and isinstance(column, str) and header.count(column) == 1:
        return header.index(column)
    if isinstance(column, int) and not isinstance(column, bool) and -len(header) <= column < len(header):
        return column % len(header)
    raise SemanticsError(
        f"class_column is {column!r}; wanted the position{' or the unique name' * named} of one of the "
        f"{len(header)} columns of {os.fspath(path)}."
    )


def _cell(text: str, decimal: str) -> float | str:
    """The number that a cell holds, NaN for a missing value, or else its text."""
    lower = text.casefold()
    if lower in _MISSING_CELLS:
        return math.nan
    if lower in _TRUTH_CELLS:
        return _TRUTH_CELLS[lower]
    try:
        return float(text if decimal == "." else text.replace(decimal, "."))
    except ValueError:
        return text
