"""Files of a folder of shards: arrays, labels, and the list of all files with their check sums."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._files.json import read_json
from zsl._files.writing import put
from zsl.datasets._reading import file_sha256
from zsl.evaluation._arrays import as_labels
from zsl.exceptions import InvalidInputError

SIDECAR = "shards.json"
LABELS = "y.npy"
KEPT = "kept.npy"
_VERSION = 1
_NUMBERS = re.compile(r"[<>|=]?[biuf][1248]|[<>|=]?f16|[<>|=]?\?|bool|u?int(8|16|32|64)|float(16|32|64)")


class _Digesting:
    """A stream that digests what is written to it, so that a check sum holds what was meant, not what the disk kept."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.sha256 = stream, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write."""
        self.sha256.update(data)
        return self._stream.write(data)


def save_array(file: Path, array: NDArray[Any]) -> dict[str, Any]:
    """Write an array in one step, and return the entry of its file in the list."""
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as stream:
        digesting = _Digesting(stream)
        np.save(digesting, array, allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)
    return {"file": file.name, "rows": len(array), "sha256": digesting.sha256.hexdigest()}


def write_sidecar(folder: Path, **content: Any) -> None:
    """Write the list of files."""
    write_json(folder / SIDECAR, {"format": "zsl-shards", "version": _VERSION, **content})


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON."""
    put(path, [json.dumps(content, indent=1).encode("utf-8")])


def write_labels(file: Path, y: ArrayLike, n_rows: int) -> dict[str, Any]:
    """Write the labels of all rows, and return the entry of their file."""
    labels = as_labels("y", y)
    if len(labels) != n_rows:
        raise InvalidInputError(f"y has {len(labels)} labels, blocks {n_rows} rows; wanted one label per row.")
    if labels.dtype.kind == "O":  # as from pandas; numpy would pickle them
        labels = np.array(labels.tolist())
    if labels.dtype.kind not in "iuU":
        raise InvalidInputError(f"y has dtype {labels.dtype}; wanted integers or strings.")
    return save_array(file, labels)


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


def listed(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of all files."""
    return [*content["files"], *(content[name] for name in ("labels", "kept") if content.get(name))]


def check_sums(folder: Path, entries: list[dict[str, Any]], advice: str = "") -> None:
    """Compare each file with its recorded SHA-256."""
    wrong = []
    for entry in entries:
        file = folder / entry["file"]
        if not file.is_file():
            wrong.append(f"{entry['file']} (missing)")
        elif file_sha256(file) != entry["sha256"]:
            wrong.append(entry["file"])
    if wrong:
        raise InvalidInputError(f"{folder} holds files that aren't as they were written: {', '.join(wrong)}.{advice}")


def _is_whole(content: dict[str, Any]) -> bool:
    """Whether the list has all entries, each of the right kind, and numbers of rows that add up."""
    files = content.get("files")
    if not isinstance(files, list) or not files or not all(is_entry(entry, r"X_\d{3,}\.npy") for entry in files):
        return False
    for key, name in (("labels", LABELS), ("kept", KEPT)):
        if content.get(key) is not None and not is_entry(content[key], re.escape(name)):
            return False
    return (
        "labels" in content
        and isinstance(content.get("dtype"), str)
        and _NUMBERS.fullmatch(content["dtype"]) is not None
        and all(_is_count(content.get(name)) for name in ("rows", "width"))
        and content["rows"] == sum(entry["rows"] for entry in files)
    )


def is_entry(entry: Any, name: str) -> bool:
    """Whether that is the entry of a file whose name matches."""
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("file"), str)
        and re.fullmatch(name, entry["file"]) is not None
        and _is_count(entry.get("rows"))
        and isinstance(entry.get("sha256"), str)
    )


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 1 << 48
