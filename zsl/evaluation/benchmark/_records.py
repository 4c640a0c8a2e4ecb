"""Records of cells as files: whole or not there, and believed only if they are what was written."""

import hashlib
import json
import math
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zsl._files.writing import TEMPORARY, put
from zsl.evaluation.gzsl import ACCURACIES, FIGURES
from zsl.evaluation.metrics import harmonic_mean
from zsl.exceptions import InvalidInputError

_DIGEST = "record_sha256"
_LARGEST = 2**26  # bytes; records have some thousand
_OLD = 600.0  # seconds; writing takes milliseconds


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write with a digest, under a temporary name, and move into place, so that a file is whole or not there."""
    text = json.dumps({_DIGEST: _digest(record), **record}, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        # What UTF-8 can't write, such as half a surrogate pair in a message, becomes JSON's escape for it.
        put(path, [text.encode("utf-8", "backslashreplace")])
    except OSError as error:
        raise InvalidInputError(f"folder={str(path.parent)!r}: {path.name} can't be written: {error}") from error


def read_record(path: Path) -> dict[str, Any] | None:
    """A record that is done and as it was written, or None; with a warning if it was altered or damaged."""
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"more than {_LARGEST:,} bytes")
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("no JSON object")
        digest = record.pop(_DIGEST, None)
        if digest is None or record.get("status") == "failed":
            return None  # of a version without digests, or to be tried again
        if digest != _digest(record):
            raise ValueError("its digest is another")
        _check(record)
    except (
        ValueError,
        OverflowError,
        RecursionError,
        OSError,
        MemoryError,
    ) as error:  # RecursionError: nested too deep
        warnings.warn(f"{path} was altered or damaged ({error}); its cell is measured again.", stacklevel=2)
        return None
    return record


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


def _check(record: Mapping[str, Any]) -> None:
    """Raise a ValueError unless the record has all that tables are made of, in its range."""
    for name in FIGURES:
        least, most = (0.0, 1.0) if name in ACCURACIES else (0.0 if name.endswith("_seconds") else -math.inf, math.inf)
        value = record.get(name)
        if name == "seen_bias" or (name == "hubness" and value is None):  # no table shows a bias, which may be infinite
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"{name} is {value!r}; wanted a number")
        if not least <= value <= most:
            raise ValueError(f"{name} is {value!r}; wanted a number from {least:g} to {most:g}")
    if abs(record["harmonic_mean"] - harmonic_mean(record["seen"], record["unseen"])) > 1e-9:
        raise ValueError("harmonic_mean isn't that of seen and unseen")
    if record.get("error") is not None or record.get("status") != "done":
        raise ValueError(f"its status is {record.get('status')!r}")
    chosen, where = record.get("chosen"), record.get("machine")
    if not (chosen is None or isinstance(chosen, dict)):
        raise ValueError("chosen is no table")
    if not isinstance(where, dict) or not {"platform", "cpu_count", "gpu"} <= set(where):
        raise ValueError("machine is incomplete")
    if not isinstance(record.get("versions"), dict):
        raise ValueError("versions is no table")
    told = record.get("warnings")
    if not isinstance(told, list) or not all(isinstance(warning, str) for warning in told):
        raise ValueError("warnings is no list of texts")
