"""Tensors in the safetensors format, written by one layout, so that a file is known byte by byte before it is read.

Names, types and shapes stand in the header of the model, too. A reader makes the layout from these, and compares: the
sizes of all that is allocated follow from the length of the file.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from zsl.exceptions import InvalidInputError, ModelFileError

Tensors = Mapping[str, NDArray[Any]]
Shapes = Mapping[str, tuple[str, tuple[int, ...]]]
"""The type and the shape of each tensor, by the names of safetensors."""
_TYPES = {
    "BOOL": "|b1",
    "I8": "|i1",
    "U8": "|u1",
    "I16": "<i2",
    "U16": "<u2",
    "F16": "<f2",
    "I32": "<i4",
    "U32": "<u4",
    "F32": "<f4",
    "I64": "<i8",
    "U64": "<u8",
    "F64": "<f8",
}
_NAMES = {kind: name for name, kind in _TYPES.items()}
_ENTRY = re.compile(r"[A-Z]+[0-9]*( [0-9]{1,9}){0,8}", re.ASCII)


def stored(name: str, tensor: NDArray[Any]) -> NDArray[Any]:
    """A tensor as it is written: contiguous, the least significant byte first.

    Raises
    ------
    InvalidInputError
        If its type isn't known to the format.
    """
    array = np.asarray(tensor, order="C")
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype.str not in _NAMES:
        raise InvalidInputError(f"{name} holds {tensor.dtype}, which cannot be saved.")
    return array


def shapes_of(tensors: Tensors) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The types and shapes of stored tensors."""
    return {name: (_NAMES[tensor.dtype.str], tensor.shape) for name, tensor in tensors.items()}


def listed(tensors: Tensors) -> dict[str, str]:
    """The same as they stand in a header: the type and the sides of each tensor."""
    return {name: " ".join(map(str, (kind, *shape))) for name, (kind, shape) in shapes_of(tensors).items()}


def checked_shapes(found: dict[str, Any]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The types and shapes that a header lists, or an error.

    Raises
    ------
    ModelFileError
        If an entry is none.
    """
    shapes = {}
    for name, entry in found.items():
        if not isinstance(entry, str) or not _ENTRY.fullmatch(entry) or entry.partition(" ")[0] not in _TYPES:
            odd = f"the tensor {name[:50]!r} as {str(entry)[:50]!r}"
            raise ModelFileError(f"The model lists {odd}; wanted its type and sides, such as 'F64 3 4'.")
        kind, *sides = entry.split(" ")
        shapes[name] = kind, tuple(map(int, sides))
    return shapes


def size_of(shapes: Shapes) -> int:
    """Bytes of the whole file."""
    return len(_beginning(shapes)) + sum(_bytes(*entry) for entry in shapes.values())


def written(tensors: Tensors) -> Iterator[memoryview]:
    """The file of stored tensors, piece by piece."""
    yield memoryview(_beginning(shapes_of(tensors)))
    for name in _order(shapes_of(tensors)):
        yield as_bytes(tensors[name])


def read(file: BinaryIO, shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Read a file of the right length; tensors are the reader's own, and may be written to.

    Raises
    ------
    ModelFileError
        If the file has another layout, or ends early.
    """
    beginning = _beginning(shapes)
    if file.read(len(beginning)) != beginning:
        raise ModelFileError("The file of tensors is corrupt: it doesn't begin as the model says.")
    tensors = {}
    for name in _order(shapes):
        kind, shape = shapes[name]
        tensors[name] = np.empty(shape, dtype=_TYPES[kind])
        if file.readinto(as_bytes(tensors[name])) != tensors[name].nbytes:  # type: ignore[attr-defined]
            raise ModelFileError("The file of tensors is corrupt: it ends early.")
    return {name: tensors[name] for name in shapes}


def as_bytes(array: NDArray[Any]) -> memoryview:
    """The content of a contiguous array, without a copy."""
    return memoryview(array.reshape(-1).view(np.uint8).data)


def _bytes(kind: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * np.dtype(_TYPES[kind]).itemsize


def _order(shapes: Shapes) -> list[str]:
    """Wide types first, so that each tensor begins at a multiple of its item size."""
    return sorted(shapes, key=lambda name: (-np.dtype(_TYPES[shapes[name][0]]).itemsize, name))


def _beginning(shapes: Shapes) -> bytes:
    """The length of the header of safetensors, and that header."""
    entries, start = {}, 0
    for name in _order(shapes):
        kind, shape = shapes[name]
        end = start + _bytes(kind, shape)
        entries[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}
        start = end
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
