"""JSON files: of limited length, each key once, no constants that aren't JSON."""

import json
from os import PathLike
from typing import Any

from zsl._files.opening import read_whole, reading

MOST_BYTES = 1 << 26


def read_json(path: str | PathLike[str], most: int = MOST_BYTES) -> Any:
    """Read a JSON file of at most so many bytes."""
    with reading(path, "JSON"):
        content = read_whole(path, most).decode("utf-8")
        return json.loads(content, parse_constant=_refuse, object_pairs_hook=_unique)


def _refuse(constant: str) -> Any:
    raise ValueError(f"it holds {constant}, which isn't JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it has a key twice in one object")
    return found
