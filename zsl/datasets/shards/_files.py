"""Files of a folder of shards: arrays, labels, and the list of all files with their check sums."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl.datasets._reading import file_sha256, reading
from zsl.evaluation._arrays import as_labels
from zsl.exceptions import InvalidInputError

SIDECAR = "shards.json"
LABELS = "y.npy"
_VERSION = 1


def file_entry(file: Path, rows: int) -> dict[str, Any]:
    """The entry of one file in the list."""
    return {"file": file.name, "rows": rows, "sha256": file_sha256(file)}


def write_sidecar(folder: Path, **content: Any) -> None:
    """Write the list of files."""
    write_json(folder / SIDECAR, {"format": "zsl-shards", "version": _VERSION, **content})


@contextmanager
def written(file: Path) -> Iterator[Path]:
    """Give another path to write to, which replaces the file in one step, so that there is never half a file."""
    part = file.with_name(f"{file.name}.part")
    yield part
    os.replace(part, file)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON."""
    with written(path) as part:
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON."""
    with reading(path, "JSON", (OSError, ValueError, RecursionError)):
        return json.loads(path.read_text(encoding="utf-8"))


def map_array(file: Path) -> NDArray[Any]:
    """The array of a file as a read-only memory map."""
    with reading(file, "an array of numbers"):
        loaded: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
        return loaded


def write_labels(file: Path, y: ArrayLike, n_rows: int) -> dict[str, Any]:
    """Write the labels of all rows, and return the entry of their file."""
    labels = as_labels("y", y)
    if len(labels) != n_rows:
        raise InvalidInputError(f"y has {len(labels)} labels, blocks {n_rows} rows; wanted one label per row.")
    if labels.dtype.kind == "O":  # as from pandas; numpy would pickle them
        labels = np.array(labels.tolist())
    if labels.dtype.kind not in "iuU":
        raise InvalidInputError(f"y has dtype {labels.dtype}; wanted integers or strings.")
    np.save(file, labels, allow_pickle=False)
    return file_entry(file, n_rows)


def read_sidecar(folder: Path) -> dict[str, Any]:
    """Read the list of files. Others may have written it, so names that lead out of the folder are refused."""
    path = folder / SIDECAR
    if not path.exists():
        raise InvalidInputError(f"{folder} has no {SIDECAR}; wanted a folder that write_shards finished.")
    content = read_json(path)
    if not isinstance(content, dict) or (content.get("format"), content.get("version")) != ("zsl-shards", _VERSION):
        raise InvalidInputError(f"{path} isn't a list of shards of version {_VERSION}.")
    if not _is_whole(content):
        raise InvalidInputError(f"{path} is corrupt: entries are missing, of a wrong kind, or don't add up.")
    return content


def check_sums(folder: Path, content: dict[str, Any]) -> None:
    """Compare each file with its recorded SHA-256."""
    wrong = []
    for entry in [*content["files"], *([content["labels"]] if content["labels"] else [])]:
        file = folder / entry["file"]
        if not file.is_file():
            wrong.append(f"{entry['file']} (missing)")
        elif file_sha256(file) != entry["sha256"]:
            wrong.append(entry["file"])
    if wrong:
        raise InvalidInputError(f"{folder} holds files that aren't as they were written: {', '.join(wrong)}.")


def _is_whole(content: dict[str, Any]) -> bool:
    """Whether the list has all entries, each of the right kind, and numbers of rows that add up."""
    files, labels = content.get("files"), content.get("labels")
    if not isinstance(files, list) or not files or not all(_is_entry(entry, r"X_\d{3,}\.npy") for entry in files):
        return False
    if labels is not None and not _is_entry(labels, re.escape(LABELS)):
        return False
    try:
        kind = np.dtype(content["dtype"]).kind
    except (KeyError, TypeError, ValueError):
        return False
    counts = (content.get("rows"), content.get("width"))
    return (
        kind in "biuf"
        and all(isinstance(count, int) and count > 0 for count in counts)
        and content["rows"] == sum(entry["rows"] for entry in files)
    )


def _is_entry(entry: Any, name: str) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("file"), str)
        and re.fullmatch(name, entry["file"]) is not None
        and isinstance(entry.get("rows"), int)
        and entry["rows"] > 0
        and isinstance(entry.get("sha256"), str)
    )
