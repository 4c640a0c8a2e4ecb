"""The list of files beside shards: writing, reading and comparing it with what is there."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zsl.datasets._reading import file_sha256
from zsl.evaluation._arrays import as_labels
from zsl.exceptions import InvalidInputError

SIDECAR = "shards.json"
LABELS = "y.npy"
_VERSION = 1


def file_entry(file: Path, rows: int) -> dict[str, Any]:
    """What the list says of one file."""
    return {"file": file.name, "rows": rows, "sha256": file_sha256(file)}


def write_sidecar(folder: Path, **content: Any) -> None:
    """Write the list in one step, so that there is never half of it."""
    part = folder / f"{SIDECAR}.part"
    part.write_text(json.dumps({"format": "zsl-shards", "version": _VERSION, **content}, indent=1), encoding="utf-8")
    os.replace(part, folder / SIDECAR)


def write_labels(file: Path, y: ArrayLike, n_rows: int) -> dict[str, Any]:
    """Write the labels of all rows, and what the list says of their file."""
    labels = as_labels("y", y)
    if len(labels) != n_rows:
        raise InvalidInputError(f"y has {len(labels)} labels, blocks {n_rows} rows; wanted one label a row.")
    if labels.dtype.kind == "O":  # as of pandas; numpy would pickle them
        labels = np.array(labels.tolist())
    if labels.dtype.kind not in "iuU":
        raise InvalidInputError(f"y has dtype {labels.dtype}; wanted integers or strings.")
    np.save(file, labels, allow_pickle=False)
    return file_entry(file, n_rows)


def read_sidecar(folder: Path) -> dict[str, Any]:
    """Read the list; it may come from a stranger, so names that lead out of the folder are refused as well."""
    path = folder / SIDECAR
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidInputError(f"{folder} has no {SIDECAR}; wanted a folder that write_shards finished.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"{path} can't be read as JSON: {error}") from error
    if not isinstance(content, dict) or (content.get("format"), content.get("version")) != ("zsl-shards", _VERSION):
        raise InvalidInputError(f"{path} isn't a list of shards of version {_VERSION}.")
    if not _is_whole(content):
        raise InvalidInputError(f"{path} is spoiled: entries are missing, of a wrong kind, or don't add up.")
    return content


def check_sums(folder: Path, content: dict[str, Any]) -> None:
    """Compare each file with its recorded SHA-256."""
    entries = content["files"] + ([content["labels"]] if content["labels"] else [])
    wrong = []
    for entry in entries:
        file = folder / entry["file"]
        if not file.is_file():
            wrong.append(f"{entry['file']} (missing)")
        elif file_sha256(file) != entry["sha256"]:
            wrong.append(entry["file"])
    if wrong:
        raise InvalidInputError(f"{folder} holds files that aren't as they were written: {', '.join(wrong)}.")


def _is_whole(content: dict[str, Any]) -> bool:
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
