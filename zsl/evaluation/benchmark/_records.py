"""Records of cells as files: whole or not there, and believed only if they are what was written.

The predictions of a cell lie beside its record, under the same name; the record holds their sha256. They are written
first, so that a record is never there without them. A cell may lack them, as those of earlier versions do.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zsl._files.writing import TEMPORARY, put
from zsl.evaluation.benchmark._notes import COUNTS
from zsl.evaluation.comparing.predictions import Predictions, accuracies
from zsl.evaluation.gzsl import ACCURACIES, FIGURES
from zsl.evaluation.metrics import harmonic_mean
from zsl.exceptions import InvalidInputError

_DIGEST = "record_sha256"
_LARGEST = 2**26  # bytes; records have some thousand
_ROUNDING = 1e-9
_OLD = 600.0  # seconds; writing takes milliseconds


def write_record(path: Path, record: Mapping[str, Any], packed: bytes | None = None) -> None:
    """Write predictions, if there are some, then the record with a digest, so that each file is whole or not there."""
    text = json.dumps({_DIGEST: _digest(record), **record}, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        if packed is not None:
            put(_beside(path), [packed])
        # What UTF-8 can't write, such as half a surrogate pair in a message, becomes JSON's escape for it.
        put(path, [text.encode("utf-8", "backslashreplace")])
    except OSError as error:
        raise InvalidInputError(f"folder={str(path.parent)!r}: {path.name} can't be written: {error}") from error


def read_record(
    path: Path, *, failed: bool = False, otherwise: str = "its cell is measured again"
) -> tuple[dict[str, Any], Predictions | None] | None:
    """A record that is as it was written, and its predictions, or None; with a warning if something was damaged.

    Parameters
    ----------
    path : Path
        The file.
    failed : bool, default=False
        Whether a record of a failed cell is wanted, too.
    otherwise : str, default="its cell is measured again"
        What the warning says of the consequence.
    """
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"more than {_LARGEST:,} bytes")
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("no JSON object")
        digest = record.pop(_DIGEST, None)
        if digest is None or (record.get("status") == "failed" and not failed):
            return None  # of a version without digests or no cell at all, or to be tried again
        if digest != _digest(record):
            raise ValueError("its digest is another")
        check_record(record)
        noted = record.get("predictions")
        if noted is None or not _beside(path).is_file():
            return record, None
        return record, Predictions.read(_beside(path), noted["sha256"], record["classes"])
    except (
        ValueError,
        OverflowError,
        RecursionError,
        OSError,
        MemoryError,
    ) as error:  # RecursionError: nested too deep
        warnings.warn(f"{path} was altered or damaged ({error}); {otherwise}.", stacklevel=2)
        return None


def clear_strays(folder: Path) -> None:
    """Remove what a killed process was writing; a file that another process is writing is younger."""
    for stray in folder.glob(TEMPORARY):
        try:
            if time.time() - stray.stat().st_mtime > _OLD:
                stray.unlink()
        except OSError:  # another process was faster, or it belongs to somebody else
            continue


def _digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a record."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _beside(path: Path) -> Path:
    """Where the predictions of a cell are."""
    return path.with_suffix(".npz")


def check_record(record: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the record has all that tables are made of, in its range."""
    seed, error = record.get("seed"), record.get("error")
    if not all(isinstance(record.get(name), str) and record[name].strip() for name in ("method", "data")):
        raise ValueError("it names no method or no data set")
    if not (seed is None or type(seed) is int):
        raise ValueError(f"its seed is {seed!r}")
    _check_origin(record)
    if record.get("status") == "failed":
        if not isinstance(error, dict) or not all(isinstance(error.get(name), str) for name in ("type", "message")):
            raise ValueError("its error is no table of type and message")
        return
    if error is not None or record.get("status") != "done":
        raise ValueError(f"its status is {record.get('status')!r}")
    _check_figures(record)
    chosen, told = record.get("chosen"), record.get("warnings")
    if not (chosen is None or isinstance(chosen, dict)):
        raise ValueError("chosen is no table")
    if not isinstance(told, list) or not all(isinstance(warning, str) for warning in told):
        raise ValueError("warnings is no list of texts")
    if record.get("classes") is not None:
        _check_classes(record)
    noted = record.get("predictions")
    if noted is not None and not (isinstance(noted, dict) and isinstance(noted.get("sha256"), str)):
        raise ValueError("predictions is no table with a sha256")
    if noted is not None and record.get("classes") is None:
        raise ValueError("it has predictions and no classes")


def _check_figures(record: Mapping[str, Any]) -> None:
    for name in FIGURES:
        least, most = (0.0, 1.0) if name in ACCURACIES else (0.0 if name.endswith("_seconds") else -math.inf, math.inf)
        value = record.get(name)
        if name == "seen_bias" or (name == "hubness" and value is None):  # no table shows a bias, which may be infinite
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"{name} is {value!r}; wanted a number")
        if not least <= value <= most:
            raise ValueError(f"{name} is {value!r}; wanted a number from {least:g} to {most:g}")
    if abs(record["harmonic_mean"] - harmonic_mean(record["seen"], record["unseen"])) > _ROUNDING:
        raise ValueError("harmonic_mean isn't that of seen and unseen")


def _check_origin(record: Mapping[str, Any]) -> None:
    """What the notes below a table tell of data and machine."""
    where, split, table = (record.get(name) for name in ("machine", "split", "semantics"))
    if not isinstance(where, dict) or not {"platform", "cpu_count", "gpu"} <= set(where):
        raise ValueError("machine is incomplete")
    if not isinstance(record.get("versions"), dict):
        raise ValueError("versions is no table")
    if split is not None and not (
        isinstance(split, dict) and isinstance(split.get("info"), dict) and all(name in split for name in COUNTS)
    ):
        raise ValueError("split is incomplete")
    if table is not None and not (isinstance(table, dict) and "n_attributes" in table):
        raise ValueError("semantics is incomplete")


def _check_classes(record: Mapping[str, Any]) -> None:
    """Accuracies of classes, whose means have to be the figures."""
    rows = record["classes"]
    if not isinstance(rows, list) or not all(isinstance(row, dict) and _is_class(row) for row in rows):
        raise ValueError("classes is no list of classes with their accuracies")
    for name, own in zip(("seen", "unseen", "t1"), accuracies(rows), strict=True):
        if not own or abs(sum(own.values()) / len(own) - record[name]) > _ROUNDING:
            raise ValueError(f"{name} isn't the mean over classes")


def _is_class(row: Mapping[str, Any]) -> bool:
    if set(row) != {"class", "seen", "n_test", "accuracy", "t1"} or not isinstance(row["class"], (str, int, float)):
        return False
    if type(row["seen"]) is not bool or type(row["n_test"]) is not int or row["n_test"] < 0:
        return False
    wanted = {"accuracy": row["n_test"] > 0, "t1": row["n_test"] > 0 and not row["seen"]}
    return all(
        (type(row[name]) in (int, float) and 0 <= row[name] <= 1) if there else row[name] is None
        for name, there in wanted.items()
    )
