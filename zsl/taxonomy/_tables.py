"""From a table to the edges of a tree: children beside parents, or one column per rank."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from zsl._files.opening import opened, reading
from zsl._files.separators import separator_of
from zsl.exceptions import InvalidInputError
from zsl.taxonomy._edges import Edge, as_label, is_missing


def edges_of_table(names: Sequence[str], columns: Sequence[list[Any]]) -> tuple[list[Edge], dict[Any, str] | None]:
    """Edges, and the rank of each node if ranks have names."""
    by_name = {name.strip().casefold(): column for name, column in zip(names, columns, strict=True)}
    if {"child", "parent"} <= set(by_name):
        if odd := set(by_name) - {"child", "parent", "rank"}:
            raise InvalidInputError(
                f"frame has the column {min(odd)!r} beside 'child' and 'parent'; wanted 'rank' only."
            )
        edges = list(zip(_labels(by_name["child"], names[0]), by_name["parent"], strict=True))
        ranks = None
        if "rank" in by_name:
            ranks = {c: str(r) for (c, _), r in zip(edges, by_name["rank"], strict=True) if not is_missing(r)}
        return [(child, None if is_missing(parent) else as_label(parent)) for child, parent in edges], ranks
    if len(by_name) < len(columns):
        raise InvalidInputError(f"frame has the columns {list(names)}; wanted a name of its own for each.")
    _labels(columns[0], names[0])
    edges, ranks = [], {}
    for row in zip(*columns, strict=True):
        line = [(as_label(cell), name) for name, cell in zip(names, row, strict=True) if not is_missing(cell)]
        for node, name in line:
            if ranks.setdefault(node, name) != name:
                raise InvalidInputError(
                    f"frame has {node!r} as {ranks[node]!r} and as {name!r}; wanted names that occur at one rank only."
                )
        edges += [(child, parent) for (child, _), (parent, _) in pairwise(line)]
        edges.append((line[-1][0], None))
    return edges, ranks


def read_table(path: str | os.PathLike[str], sep: str | None) -> tuple[list[str], list[list[str]]]:
    """The header of a CSV file, and its columns."""
    if sep is not None and (not isinstance(sep, str) or len(sep) != 1):
        raise InvalidInputError(f"sep={sep!r}; wanted one character, or None to notice it.")
    with reading(path, "a CSV file in UTF-8"):
        found = separator_of(path) if sep is None else sep
        with opened(path) as raw, io.TextIOWrapper(raw, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=found, skipinitialspace=True)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    if len(lines) < 2 or len(lines[0][1]) < 2:
        raise InvalidInputError(
            f"{os.fspath(path)} has {len(lines)} lines of {len(lines[0][1]) if lines else 0} columns; wanted a header, "
            "and two columns or more: child and parent, or classes and their ranks."
        )
    header = lines[0][1]
    for number, cells in lines:
        if len(cells) != len(header):
            raise InvalidInputError(
                f"{os.fspath(path)} has {len(cells)} fields in line {number} and {len(header)} in its header."
            )
    return header, [list(column) for column in zip(*(cells for _, cells in lines[1:]), strict=True)]


def _labels(column: list[Any], name: str) -> list[Any]:
    """The nodes of a column in which no cell may be empty."""
    if empty := [place for place, cell in enumerate(column) if is_missing(cell)]:
        raise InvalidInputError(f"frame has no {name!r} in row {empty[0]}; wanted one in every row.")
    return [as_label(cell) for cell in column]
