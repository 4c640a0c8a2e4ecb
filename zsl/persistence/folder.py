"""Saving and loading estimators: tensors as safetensors, everything else as JSON, and nothing that can run code.

A model is a folder of two files. ``model.json`` names the format version, the class of the estimator, its parameters,
its fitted values, for each tensor its sha256, and the sha256 of all that; ``tensors.safetensors`` holds the tensors.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from zsl.exceptions import InvalidInputError, ModelFileError

FORMAT_VERSION = 3
_JSON, _TENSORS = "model.json", "tensors.safetensors"

Tensors = Mapping[str, NDArray[Any]]


def check_target(path: str | PathLike[str]) -> Path:
    """Refuse a path where something other than a model lies."""
    target = Path(path)
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or (target / _JSON).is_file())):
        raise InvalidInputError(f"path={str(path)!r} exists and is no saved model; wanted a new or empty folder.")
    return target


def write_model(path: str | PathLike[str], name: str, header: Mapping[str, Any], tensors: Tensors) -> None:
    """Write a model folder under a temporary name and move it into place.

    An older model at `path` is replaced; anything else that lies there is left alone, with an error.
    """
    target = check_target(path)
    for key, tensor in tensors.items():
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            raise ModelFileError(f"Tensor {key!r} holds values that are not finite; nothing was saved.")
    content = {
        "format": "zsl",
        "format_version": FORMAT_VERSION,
        "estimator": name,
        **header,
        "sha256": {key: _digest(tensor) for key, tensor in sorted(tensors.items())},
    }
    content["digest"] = _content_digest(content)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        (temporary / _JSON).write_text(text + "\n", encoding="utf-8")
        contiguous = {key: np.asarray(tensor, order="C") for key, tensor in tensors.items()}
        safetensors.numpy.save_file(contiguous, temporary / _TENSORS)
        (temporary / _TENSORS).chmod(0o644)
        temporary.chmod(0o755)
        _replace(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_model(path: str | PathLike[str]) -> tuple[str, dict[str, Any], dict[str, NDArray[Any]]]:
    """Read and check a model folder; return the estimator's class name, the header and the tensors."""
    folder = Path(path)
    if not folder.is_dir() or not (folder / _JSON).is_file():
        raise ModelFileError(f"{folder} is no saved model; wanted a folder that holds {_JSON} and {_TENSORS}.")
    try:
        content = json.loads((folder / _JSON).read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{folder / _JSON} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != "zsl":
        raise ModelFileError(f"{folder / _JSON} is not of the format 'zsl'.")
    if content.get("format_version") != FORMAT_VERSION:
        raise ModelFileError(
            f"{folder} has format version {content.get('format_version')!r}; this package reads {FORMAT_VERSION}."
        )
    digests = content.get("sha256")
    if not isinstance(content.get("estimator"), str) or not isinstance(digests, dict):
        raise ModelFileError(f"{folder / _JSON} lacks the name of the estimator or the digests of the tensors.")
    if content.pop("digest", None) != _content_digest(content):
        raise ModelFileError(f"{folder / _JSON} is corrupt: its sha256 differs from the one noted.")
    try:
        tensors = safetensors.numpy.load_file(folder / _TENSORS)
    except Exception as error:
        raise ModelFileError(f"{folder / _TENSORS} cannot be read: {error}") from error
    if sorted(tensors) != sorted(digests):
        raise ModelFileError(f"{folder} holds other tensors than {_JSON} names; wanted {sorted(digests)}.")
    for key, tensor in tensors.items():
        if _digest(tensor) != digests[key]:
            raise ModelFileError(f"Tensor {key!r} of {folder} is corrupt: its sha256 differs from the one noted.")
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            raise ModelFileError(f"Tensor {key!r} of {folder} holds values that are not finite.")
    return content["estimator"], content, tensors


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}; wanted finite numbers.")


def _replace(temporary: Path, target: Path) -> None:
    """Move a folder into place; the old one is moved away first and only then removed."""
    if not target.exists():
        os.replace(temporary, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    os.replace(target, old / "model")
    try:
        os.replace(temporary, target)
    except OSError:
        os.replace(old / "model", target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _content_digest(content: Mapping[str, Any]) -> str:
    """Digest of what the JSON says, however it is laid out."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(tensor: NDArray[Any]) -> str:
    """Digest of shape, type and content."""
    description = f"{tensor.dtype.str}{tensor.shape}".encode()
    return hashlib.sha256(description + tensor.tobytes()).hexdigest()
