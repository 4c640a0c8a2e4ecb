"""A draft as two CSV files: the table, and a second one of the same shape with the source of each value."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from zsl._files.separators import SEPARATORS
from zsl._files.writing import put
from zsl.exceptions import SemanticsError
from zsl.semantics._csv import read_csv
from zsl.semantics._frames import frame_parts
from zsl.semantics.authoring._cells import BY_PERSON, SOURCES, Cells

_SOURCE = re.compile(r"(?P<source>\w+)(?: (?P<value>[^\s±]+))?(?: ± (?P<doubt>\S+))?")


def sources_path(path: str | os.PathLike[str]) -> Path:
    """Where the sources of a draft's values stand: beside it, ``draft.sources.csv`` of ``draft.csv``."""
    return Path(path).with_suffix(".sources.csv")


def write(draft: Cells, path: str | os.PathLike[str], sep: str, decimal: str) -> None:
    """Write both files, each whole or not at all; the sources first, since those of open cells don't count."""
    if sep == decimal or len(sep) != 1 or decimal not in (".", ","):
        raise SemanticsError(
            f"sep={sep!r} and decimal={decimal!r}; wanted two different characters, decimal '.' or ','."
        )
    said = [[_said(draft, row, column) for column in range(len(draft.attributes))] for row in range(len(draft))]
    put(sources_path(path), [_table(draft, said, sep)])
    cells = [["" if v != v else _number(v).replace(".", decimal) for v in row] for row in draft.values.tolist()]
    put(Path(path), [_table(draft, cells, sep)])


def read(path: str | os.PathLike[str], class_column: int | str, sep: str | None, decimal: str) -> dict[str, Any]:
    """Arguments of a draft from its two files, or from a table alone.

    A value that isn't the one which was filled in has been typed since; classes and attributes are matched by name.
    """
    frame = read_csv(path, class_column, sep, True, decimal)
    try:
        parts = frame_parts(frame, "zero", None)
    except SemanticsError as error:
        raise SemanticsError(f"{os.fspath(path)}: {error}") from error
    values, empty = parts["vectors"], parts.pop("imputed")
    if empty is not None:
        values[empty] = np.nan
    attributes = parts["attributes"] = parts["attributes"] or [str(name) for name in frame.columns]
    sources = np.where(np.isnan(values), "", "typed").astype("<U10")
    doubt = np.zeros(values.shape)
    beside = sources_path(path)
    if beside.exists():
        said = read_csv(beside, 0, None if sep in SEPARATORS else sep, True)
        rows = {str(label): row for row, label in enumerate(said.index.tolist())}
        columns = {str(name).strip(): column for column, name in enumerate(said.columns)}
        for row, column in np.argwhere(sources != "").tolist():
            name, attribute = str(parts["classes"][row]), attributes[column]
            if name in rows and attribute in columns:
                text = said.iloc[rows[name], columns[attribute]]
                sources[row, column], doubt[row, column] = _source(text, float(values[row, column]), beside)
    return {"values": values, "classes": parts["classes"], "attributes": attributes, "sources": sources,
            "uncertainty": doubt}  # fmt: skip


def _said(draft: Cells, row: int, column: int) -> str:
    """The source of a value in words: ``sentence 0.73 ± 0.21``."""
    source, doubt = str(draft.sources[row, column]), float(draft.uncertainty[row, column])
    if source in (*BY_PERSON, ""):
        return source
    known = f" ± {_number(doubt)}" if math.isfinite(doubt) else ""
    return f"{source} {_number(float(draft.values[row, column]))}{known}"


def _source(text: Any, value: float, path: Path) -> tuple[str, float]:
    """The source of a value, and its standard error."""
    if isinstance(text, float) and math.isnan(text):
        return "typed", 0.0
    found = _SOURCE.fullmatch(str(text))
    try:
        if found is None or found["source"] not in SOURCES:
            raise ValueError("no source")
        if found["source"] in BY_PERSON:
            return found["source"], 0.0
        if float(found["value"]) != value:
            return "typed", 0.0
        return found["source"], math.inf if found["doubt"] is None else float(found["doubt"])
    except (ValueError, TypeError) as error:
        raise SemanticsError(
            f"{path} holds {str(text)!r}; wanted one of {', '.join(SOURCES[1:])}, the last two with the value that was "
            "filled in, as 'sentence 0.73 ± 0.21'. Without this file all values count as typed."
        ) from error


def _table(draft: Cells, cells: list[list[str]], sep: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=sep, lineterminator="\n")
    writer.writerow(["class", *draft.attributes])
    writer.writerows([label, *row] for label, row in zip(draft.classes.tolist(), cells, strict=True))
    return text.getvalue().encode()


def _number(value: float) -> str:
    """The shortest text that reads back as the same number, without ``.0``."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
