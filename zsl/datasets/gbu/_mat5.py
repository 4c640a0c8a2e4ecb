"""MATLAB files of version 5, read from front to back: matrices of numbers, strings, and cells of strings.

The format is that of "MAT-File Format", The MathWorks, chapter 1: tagged elements, each perhaps deflated. Every length
is compared with what is left of the file, or of the element around it, before memory is taken. The reader of scipy
isn't used: its compiled code trusts the tags, and some damaged files end the process.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from zsl._files.opening import length_of, opened
from zsl.datasets.gbu._mat5_parts import Inflated, Part

_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CODECS = {1: "ascii", 2: "ascii", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_INT32, _UINT32, _MATRIX, _DEFLATED = 5, 6, 14, 15  # types of elements
_CELL, _CHARACTERS, _SPARSE, _NUMERIC = 1, 4, 5, range(6, 16)  # classes of arrays
_COMPLEX = 0x800
_HEAD, _MOST_NAME, _MOST_DIMENSIONS = 128, 1000, 32


def read_mat5(path: Path, names: Collection[str]) -> dict[str, Any]:
    """The named variables that the file holds."""
    found: dict[str, Any] = {}
    with opened(path) as file:
        length, head = length_of(file), file.read(_HEAD)
        order = {b"IM": "<", b"MI": ">"}.get(head[-2:] if len(head) == _HEAD else b"")
        if order is None:
            raise ValueError("it begins neither like MATLAB 5 nor like MATLAB 7.3")
        at = _HEAD
        while at < length:
            tag = file.read(8)
            if len(tag) < 8:
                raise EOFError(f"it ends within a tag, at byte {at}")
            kind, size = struct.unpack(f"{order}II", tag)
            if size > length - at - 8:
                raise ValueError(f"the element at byte {at} claims {size} bytes, {length - at - 8} are left")
            if kind not in (_MATRIX, _DEFLATED):
                raise ValueError(f"the element at byte {at} is of type {kind}; wanted a variable")
            name, value = _variable(file, kind, size, order, names)
            if name in found:
                raise ValueError(f"it holds two variables named {name!r}")
            if name in names:
                found[name] = value
            at += 8 + size
            file.seek(at)
    return found


def _variable(file: BinaryIO, kind: int, size: int, order: str, names: Collection[str]) -> tuple[str, Any]:
    """Name and value of a variable; the value is read only if it is wanted."""
    if kind == _MATRIX:
        return _matrix(Part(file.read, size, order), names)
    stream = Inflated(file, size)
    part = Part(stream.read, 8, order)
    kind, inner, _ = part.tag()
    if kind != _MATRIX:
        raise ValueError(f"a deflated element holds one of type {kind}; wanted a variable")
    stream.check(inner)
    found = _matrix(part := Part(stream.read, inner, order), names)
    if found[0] in names:
        part.rest()
        stream.finish()
    return found


def _matrix(part: Part, names: Collection[str] | None = None) -> tuple[str, Any]:
    """Name and value of an array; without `names`, that of a cell."""
    kind, flags = part.data(8)
    if kind != _UINT32 or len(flags) != 8:
        raise ValueError("an array has no flags")
    flag = struct.unpack(f"{part.order}I", flags[:4])[0]
    kind, sizes = part.data(4 * _MOST_DIMENSIONS)
    shape = struct.unpack(f"{part.order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
    if kind != _INT32 or len(shape) < 2 or min(shape) < 0:
        raise ValueError("an array has no shape")
    name = part.data(_MOST_NAME)[1].decode("latin-1")
    if names is not None and name not in names:
        return name, None
    return name, _value(part, name if names is not None else "a cell", flag & 0xFF, flag, shape, names is None)


def _value(part: Part, name: str, kind: int, flag: int, shape: tuple[int, ...], in_cell: bool) -> Any:
    if kind == _SPARSE:
        raise ValueError(f"{name} is sparse; wanted a full matrix")
    if kind == _CHARACTERS:
        return _strings(part, name, shape)
    if kind in _NUMERIC and not flag & _COMPLEX:
        return _numbers(part, name, shape)
    if kind == _CELL and not in_cell:
        return _cells(part, name, shape)
    raise ValueError(f"{name} holds neither real numbers nor strings")


def _numbers(part: Part, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Numbers as they are stored, which is often in fewer bytes than their type in MATLAB has."""
    kind, size, inline = part.tag()
    if kind not in _NUMBERS:
        raise ValueError(f"{name} has data of type {kind}; wanted numbers")
    dtype, count = np.dtype(part.order + _NUMBERS[kind]), math.prod(shape)
    if size != count * dtype.itemsize:
        raise ValueError(f"{name} has {size} bytes for {' × '.join(map(str, shape))} numbers of {dtype}")
    if inline is not None:
        flat = np.frombuffer(inline, dtype).copy()
    else:
        part.check(size)
        flat = np.empty(count, dtype)
        part.fill(flat.view(np.uint8).data)
        part.pad(size)
    return flat.reshape(shape[::-1]).T


def _strings(part: Part, name: str, shape: tuple[int, ...]) -> list[str]:
    """The rows of a matrix of characters."""
    kind, data = part.data()
    rows, columns = shape[0], math.prod(shape[1:])
    if kind not in _CODECS or len(shape) != 2:
        raise ValueError(f"{name} isn't a matrix of characters")
    if not columns or not data:
        return [""] * min(rows, 1)
    codec = _CODECS[kind] + ({"<": "-le", ">": "-be"}[part.order] if "utf" in _CODECS[kind] and kind != 16 else "")
    text = data.decode(codec, "replace")
    if len(text) == rows * columns:
        return [text[row::rows].rstrip("\0") for row in range(rows)]
    if rows == 1 and len(text.encode("utf-16-le", "replace")) == 2 * columns:  # MATLAB counts such units
        return [text.rstrip("\0")]
    raise ValueError(f"{name} has {len(text)} characters for {rows} × {columns}")


def _cells(part: Part, name: str, shape: tuple[int, ...]) -> list[str]:
    """A cell array of strings."""
    count = math.prod(shape)
    part.check(8 * count)  # a tag each
    return [_text(part, name) for _ in range(count)]


def _text(part: Part, name: str) -> str:
    """The next cell, which holds one string or nothing."""
    kind, size, inline = part.tag()
    if kind != _MATRIX or inline is not None:
        raise ValueError(f"{name} has an element of type {kind}; wanted a cell")
    if not size:
        return ""
    value = _matrix(cell := part.within(size))[1]
    cell.rest()
    if len(value) == 0 or (isinstance(value, list) and value == [""]):
        return ""
    if not isinstance(value, list) or len(value) > 1:
        raise ValueError(f"{name} has a cell that isn't one string")
    return str(value[0])
