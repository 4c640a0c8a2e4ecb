"""Cells of earlier benchmarks, from the folder that they were kept in or from one JSON file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from zsl._files.json import read_json
from zsl.evaluation.benchmark._records import check_record, read_record
from zsl.evaluation.comparing.predictions import Predictions
from zsl.exceptions import InvalidInputError

Measured = tuple[dict[str, Any], Predictions | None]
_MOST_JSON = 1 << 30
_LEFT_OUT = "its cell is left out"


def read_cells(path: str | PathLike[str]) -> list[Measured]:
    """Cells with their predictions, sorted by data set, method and seed."""
    try:
        place = Path(path)
    except TypeError:
        raise InvalidInputError(f"path={path!r}; wanted the path of a folder of cells or of a JSON file.") from None
    found = _of_folder(place) if place.is_dir() else [(cell, None) for cell in _of_file(place)]
    return sorted(found, key=lambda one: (one[0]["data"], one[0]["method"], -1 if (s := one[0]["seed"]) is None else s))


def _of_file(path: Path) -> list[dict[str, Any]]:
    """Cells as `BenchmarkResult.to_json` writes them, or a single one."""
    content = read_json(path, _MOST_JSON)
    cells: list[dict[str, Any]] = [content] if isinstance(content, dict) else content
    if not isinstance(cells, list) or not cells or not all(isinstance(cell, dict) for cell in cells):
        raise InvalidInputError(f"{path} holds no list of cells; wanted what BenchmarkResult.to_json writes.")
    for number, cell in enumerate(cells):
        try:
            check_record(cell)
        except (ValueError, OverflowError) as error:
            raise InvalidInputError(f"{path} holds no list of cells: at position {number}, {error}.") from error
    return cells


def _of_folder(folder: Path) -> list[Measured]:
    """All whole cells of a folder; of cells of one method on one data set, those that belong to the newest."""
    groups: dict[tuple[str, str], list[tuple[float, Measured]]] = {}
    for path in sorted(folder.glob("*.json")):
        found = read_record(path, failed=True, otherwise=_LEFT_OUT)
        if found is not None:
            key = found[0]["method"], found[0]["data"]
            groups.setdefault(key, []).append((path.stat().st_mtime, found))
    if not groups:
        raise InvalidInputError(f"{folder} holds no cells; wanted a folder that run_benchmark kept some in.")
    cells: list[Measured] = []
    for (method, data), members in groups.items():
        newest = max(members, key=lambda member: member[0])[1][0]
        own = [member for _, member in members if _made(member[0]) == _made(newest)]
        if len(own) < len(members):
            warnings.warn(
                f"{folder} holds {len(members)} cells of {method} on {data} with several parameters, data or versions; "
                f"the {len(own)} that were made like the newest one are taken.",
                stacklevel=4,
            )
        cells += own
    return cells


def _made(cell: Mapping[str, Any]) -> str:
    """What cells have to share to be averaged: parameters but for the seed, data, and version of this package."""
    data = [(cell.get(part) or {}).get("sha256") for part in ("split", "semantics")]
    return json.dumps([_without_seeds(cell.get("estimator")), data, cell["versions"].get("zsl")], sort_keys=True)


def _without_seeds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_seeds(item) for key, item in value.items() if key != "random_state"}
    return [_without_seeds(item) for item in value] if isinstance(value, list) else value
