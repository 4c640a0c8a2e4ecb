"""One checkpoint, one file: tensors and JSON with a digest over both, which stands whole at its path or not at all."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from zsl._files.writing import put, sync_folder
from zsl.training.state import State

FORMAT = "zsl checkpoint 1"
_TENSOR = "$tensor"


class DamagedFileError(Exception):
    """A file is no whole checkpoint; never seen by users."""


def write_file(path: Path, content: dict[str, State]) -> None:
    """Write under a temporary name, sync, and move into place; whatever goes wrong, no part of it stays.

    The content is of dictionaries, lists, tensors, numbers, strings, booleans and None. Errors are `OSError`.
    """
    tensors: dict[str, Tensor] = {}
    text = json.dumps(_packed(content, tensors))
    data = save(tensors, {"format": FORMAT, "content": text, "sha256": _digest(text, tensors)})
    put(path, [data])
    sync_folder(path.parent)


def read_file(path: Path) -> dict[str, State]:
    """Read a checkpoint, or refuse it with `DamagedFileError`."""
    tensors: dict[str, Tensor] = {}
    try:
        if not path.is_file():
            raise DamagedFileError("it is no regular file")
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            for name in file.keys():  # noqa: SIM118, a handle isn't iterable
                tensors[name] = file.get_tensor(name).clone()
        if header.get("format") != FORMAT:
            raise DamagedFileError(f"it is of the format {header.get('format')!r}; wanted {FORMAT!r}")
        if header.get("sha256") != _digest(header["content"], tensors):
            raise DamagedFileError("its sha256 differs from the one noted")
        found: dict[str, State] = _unpacked(json.loads(header["content"]), tensors)
    except DamagedFileError:
        raise
    except Exception as error:
        raise DamagedFileError(f"it can't be read ({error})") from error
    return found


def _packed(value: State, tensors: dict[str, Tensor]) -> Any:
    """The value with tensors set aside; each is copied, since some share memory and others go on to change."""
    if isinstance(value, Tensor):
        name = f"{len(tensors):05d}"
        tensors[name] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {_TENSOR: name}
    if isinstance(value, dict):
        return {key: _packed(own, tensors) for key, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_packed(own, tensors) for own in value]
    return value


def _unpacked(value: Any, tensors: dict[str, Tensor]) -> State:
    if isinstance(value, dict):
        if value.keys() == {_TENSOR}:
            return tensors[value[_TENSOR]]
        return {key: _unpacked(own, tensors) for key, own in value.items()}
    return [_unpacked(own, tensors) for own in value] if isinstance(value, list) else value


def _digest(text: str, tensors: dict[str, Tensor]) -> str:
    found = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()
