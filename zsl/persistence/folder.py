"""Saving and loading estimators: tensors as safetensors, everything else as JSON, and nothing that can run code.

A model is a folder of two files. ``model.json`` names the format version, the class of the estimator, its parameters,
its fitted values, the types and shapes of its tensors, and one sha256 over all of that and over what the tensors hold.
``tensors-<first 16 digits of it>.safetensors`` holds the tensors. The first file points to the second: a model is
replaced at once when ``model.json`` is, and whoever reads meanwhile gets the old one or the new one.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from zsl._files.opening import open_regular
from zsl._files.writing import TEMPORARY, locked, put, sync_folder
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.persistence import header as json_header
from zsl.persistence.tensors import Tensors, as_bytes, checked_shapes, listed, read, size_of, stored, written

FORMAT_VERSION = 4
_JSON = "model.json"
_FIELDS = ("format", "format_version", "estimator", "parameters", "own_module", "state", "tensors", "digest")
_TENSORS = re.compile(r"tensors-[0-9a-f]{16}\.safetensors")
_BEFORE = "tensors.safetensors"
"""Where tensors stood up to format 3."""
_TRIES = 20


def check_target(path: str | PathLike[str]) -> Path:
    """The folder that a path leads to, unless something other than a model lies there.

    Raises
    ------
    InvalidInputError
        If something else does.
    """
    target = _as_path(path)
    try:
        free = not os.path.lexists(target) or (target.is_dir() and (not _others(target) or _is_model(target)))
    except OSError as error:
        raise InvalidInputError(f"path={str(path)!r} cannot be looked at ({error.strerror}).") from error
    if not free:
        raise InvalidInputError(f"path={str(path)!r} exists and is no saved model; wanted a new or empty folder.")
    return target


def write_model(path: str | PathLike[str], name: str, header: Mapping[str, Any], tensors: Tensors) -> None:
    """Write a model folder; at every moment the old model, if there was one, or the new one stands there.

    A link is followed. Other files in the folder are left alone; what earlier writers left behind is removed.

    Raises
    ------
    InvalidInputError
        If something other than a model lies at `path`, or the model cannot be stored.
    ModelFileError
        If the files cannot be written, or a tensor holds values that are not finite.
    """
    target = check_target(path)
    arrays = {key: stored(key, tensor) for key, tensor in tensors.items()}
    for key, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelFileError(f"Tensor {key!r} holds values that are not finite; nothing was saved.")
    content = {"format": "zsl", "format_version": FORMAT_VERSION, "estimator": name, **header}
    content["tensors"] = listed(arrays)
    try:
        content["digest"] = digest(content, arrays)
        text = json_header.laid_out(content)
    except ValueError as error:
        raise InvalidInputError(f"The estimator cannot be saved as JSON: {error}") from error
    if len(text) > json_header.MOST_BYTES:
        raise InvalidInputError(
            f"The parameters of the estimator take {len(text)} bytes as JSON; at most {json_header.MOST_BYTES} can be "
            "saved. Long mappings, such as a prior over very many classes, are set after loading."
        )
    try:
        new = not target.exists()
        target.mkdir(parents=True, exist_ok=True)
        with locked(target):
            try:
                _exchange(target, content["digest"], text, arrays)
            except BaseException:
                if new and not any(target.iterdir()):
                    target.rmdir()
                raise
        if new:
            sync_folder(target.parent)
    except OSError as error:
        raise ModelFileError(
            f"path={str(path)!r} cannot be written ({error.strerror or error}); what stood there before still does."
        ) from error


def read_model(path: str | PathLike[str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Read and check a model folder; return the estimator's class name, the header and the tensors.

    Raises
    ------
    ModelFileError
        If there is no whole model of this format.
    """
    folder, before = _as_path(path), None
    for _ in range(_TRIES):
        content = _read_header(folder)
        source = folder / tensors_name(content["digest"])
        try:
            file = open_regular(source)
        except FileNotFoundError:
            if content["digest"] == before:
                break
            before = content["digest"]  # another model may have been saved here meanwhile
            continue
        except OSError as error:
            raise ModelFileError(f"{source} cannot be read: {error.strerror or error}") from error
        with file:
            return content["estimator"], content, _read_tensors(source, file, content)
    raise ModelFileError(f"{folder} is incomplete: {_JSON} is there, and {source.name} cannot be found.")


def digest(content: Mapping[str, Any], tensors: Tensors) -> str:
    """The sha256 of a header, whose own digest doesn't count, and of what stored tensors hold."""
    found = hashlib.sha256(json_header.canonical({key: v for key, v in content.items() if key != "digest"}))
    for key in sorted(tensors):
        found.update(as_bytes(tensors[key]))
    return found.hexdigest()


def tensors_name(content_digest: str) -> str:
    """Name of the file of tensors."""
    return f"tensors-{content_digest[:16]}.safetensors"


def _exchange(target: Path, content_digest: str, text: bytes, arrays: Tensors) -> None:
    """Put the tensors beside those of the old model, then the header in place of the old one, then clean up."""
    kept = tensors_name(content_digest)
    put(target / kept, written(arrays))
    sync_folder(target)
    put(target / _JSON, [text])
    sync_folder(target)
    for stray in target.iterdir():
        if stray.name == _BEFORE or (_is_stray(stray) and stray.name != kept):
            stray.unlink(missing_ok=True)


def _read_header(folder: Path) -> dict[str, Any]:
    try:
        is_model = folder.is_dir() and os.path.lexists(folder / _JSON)
    except OSError:
        is_model = False
    if not is_model:
        raise ModelFileError(f"{folder} is no saved model; wanted a folder that holds {_JSON} and a file of tensors.")
    try:
        with open_regular(folder / _JSON) as file:
            raw = file.read(json_header.MOST_BYTES + 1)
        if len(raw) > json_header.MOST_BYTES:
            raise ModelFileError(
                f"{folder / _JSON} is larger than {json_header.MOST_BYTES} bytes, the most it may have."
            )
        content = json_header.parsed(raw)
    except ModelFileError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{folder / _JSON} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != "zsl":
        raise ModelFileError(f"{folder / _JSON} is not of the format 'zsl'.")
    if type(content.get("format_version")) is not int or content["format_version"] != FORMAT_VERSION:
        raise ModelFileError(
            f"{folder} has format version {str(content.get('format_version'))[:50]}; this package reads "
            f"{FORMAT_VERSION}. The version of the package that saved a model reads it, too."
        )
    if set(content) != set(_FIELDS):
        odd = sorted(set(content) ^ set(_FIELDS))[:5]
        raise ModelFileError(f"{folder / _JSON} lacks fields or has others than it should: {odd}.")
    kinds = {"estimator": str, "parameters": dict, "own_module": bool, "state": dict, "tensors": dict, "digest": str}
    for name, kind in kinds.items():
        if not isinstance(content[name], kind):
            raise ModelFileError(f"{folder / _JSON} has {name}={str(content[name])[:50]!r}; wanted a {kind.__name__}.")
    if not re.fullmatch(r"[0-9a-f]{64}", content["digest"]):
        raise ModelFileError(f"{folder / _JSON} is corrupt: it holds no sha256.")
    return content


def _read_tensors(source: Path, file: BinaryIO, content: dict[str, Any]) -> dict[str, Any]:
    shapes = checked_shapes(content["tensors"])
    found, wanted = os.fstat(file.fileno()).st_size, size_of(shapes)
    if found != wanted:
        raise ModelFileError(f"{source} is corrupt: it has {found} bytes; wanted {wanted}.")
    try:
        tensors = read(file, shapes)
        right = digest(content, tensors)
    except ModelFileError:
        raise
    except (OSError, ValueError, MemoryError) as error:
        raise ModelFileError(f"{source} cannot be read: {error}") from error
    if right != content["digest"]:
        raise ModelFileError(f"{source.parent} is corrupt: its sha256 differs from the one noted.")
    for key, tensor in tensors.items():
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            raise ModelFileError(f"Tensor {key!r} of {source.parent} holds values that are not finite.")
    return tensors


def _as_path(path: str | PathLike[str]) -> Path:
    """The folder behind a path, links followed."""
    try:
        return Path(os.path.realpath(os.fsdecode(path)))
    except (TypeError, ValueError, OSError) as error:
        raise InvalidInputError(f"path={path!r}; wanted the path of a folder.") from error


def _is_stray(path: Path) -> bool:
    """Whether a writer of ours may have left this behind."""
    return path.match(TEMPORARY) or _TENSORS.fullmatch(path.name) is not None


def _others(folder: Path) -> bool:
    return any(not _is_stray(path) for path in folder.iterdir())


def _is_model(folder: Path) -> bool:
    """Whether a model of this package, of whatever version, lies in a folder."""
    if not os.path.lexists(folder / _JSON):
        return False
    with open_regular(folder / _JSON) as file:
        return re.match(rb'\s*\{\s*"format": "zsl"', file.read(100)) is not None
