"""Array files of numpy, ``.npy`` and ``.npz``: checked against the length of the file before memory is taken.

Of what numpy can write, plain arrays are read: numbers, text, times. Structured types and Python objects are refused;
the latter could run code.
"""

import ast
import math
import re
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._files.archives import check_member, open_zip
from zsl._files.opening import length_of, opened, reading

_MAGIC = b"\x93NUMPY"
_MOST_HEADER = 10_000
_TYPE = re.compile(r"[<>|=]?(?:[?biufcSU]\d{0,9}|[mM]8(?:\[\d{0,6}[A-Za-zμ]{1,2}\])?)")
_CHUNK = 1 << 20
WHAT = "an array of numbers or text"


@dataclass(frozen=True)
class Header:
    """What the head of an array file says of its data."""

    dtype: np.dtype[Any]
    fortran_order: bool
    shape: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """Bytes of the data."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy(path: str | PathLike[str]) -> NDArray[Any]:
    """The array of a ``.npy`` file."""
    with reading(path, WHAT), opened(path) as file:
        return _read_array(file, length_of(file))


def map_npy(path: str | PathLike[str]) -> NDArray[Any]:
    """The array of a ``.npy`` file, of numbers, as a read-only memory map."""
    with reading(path, "an array of numbers"), opened(path) as file:
        header = _read_header(file, length_of(file))
        if header.dtype.kind not in "biufc":
            raise ValueError(f"it holds values of type {header.dtype}; wanted numbers")
        order: Any = "F" if header.fortran_order else "C"
        return np.memmap(path, header.dtype, mode="r", offset=file.tell(), shape=header.shape, order=order)


def map_labels(path: str | PathLike[str]) -> NDArray[Any]:
    """The array of a ``.npy`` file, of numbers or text, as a read-only memory map whose values were checked."""
    with reading(path, WHAT), opened(path) as file:
        header = _read_header(file, length_of(file))
        if not header.n_bytes:
            return np.empty(header.shape, header.dtype)
        labels = np.memmap(path, header.dtype, mode="r", offset=file.tell(), shape=header.shape)
        step = max(1, _CHUNK // header.dtype.itemsize)
        for start in range(0, len(labels), step):
            _check_values(labels[start : start + step])
        return labels


def read_npz_names(path: str | PathLike[str]) -> list[str]:
    """The names of the arrays in a ``.npz`` file."""
    with open_zip(path, "arrays of numbers or text") as archive:
        return [_plain(name) for name in archive.namelist()]


def read_npz(path: str | PathLike[str], name: str) -> NDArray[Any]:
    """One array of a ``.npz`` file."""
    with open_zip(path, WHAT) as archive:
        found = [info for info in archive.infolist() if _plain(info.filename) == name]
        if len(found) != 1:
            raise ValueError(f"it holds {len(found)} arrays named {name!r}, wanted one")
        member = found[0]
        check_member(member)
        with archive.open(member) as stream:
            array = _read_array(stream, member.file_size)
            stream.read()  # the check sum is compared at the end
            return array


def _plain(name: str) -> str:
    return name.removesuffix(".npy")


def _read_array(file: Any, length: int) -> NDArray[Any]:
    """The array that starts where the stream stands, of which so many bytes are there."""
    header = _read_header(file, length)
    array = np.empty(math.prod(header.shape), header.dtype)
    if header.n_bytes:
        view = array.view(np.uint8).data
        for start in range(0, len(view), _CHUNK):
            part = view[start : start + _CHUNK]
            if file.readinto(part) != len(part):
                raise EOFError("it ends before its last value")
    _check_values(array)
    return array.reshape(header.shape[::-1]).T if header.fortran_order else array.reshape(header.shape)


def _read_header(file: Any, length: int) -> Header:
    """The header; the stream then stands at the data, which must fit into so many bytes less the header."""
    magic = file.read(len(_MAGIC) + 2)
    if len(magic) < len(_MAGIC) + 2 or not magic.startswith(_MAGIC) or magic[-2] not in (1, 2, 3) or magic[-1]:
        raise ValueError("it doesn't begin like an array file of numpy")
    size = 2 if magic[-2] == 1 else 4
    n_text = int.from_bytes(file.read(size), "little")
    if n_text > _MOST_HEADER:
        raise ValueError(f"its header has {n_text} characters; at most {_MOST_HEADER} are read")
    text = file.read(n_text)
    if len(text) < n_text:
        raise EOFError("it ends within its header")
    header = _parsed(text.decode("utf-8" if magic[-2] == 3 else "latin-1"))
    left = length - len(magic) - size - n_text
    if header.n_bytes > left:
        raise ValueError(f"shape {header.shape} of {header.dtype} takes {header.n_bytes} bytes, {left} are there")
    return header


def _parsed(text: str) -> Header:
    """The header from its text, the literal of a dict."""
    try:
        content = ast.literal_eval(re.sub(r"(?<=\d)L\b", "", text).strip())  # Python 2 wrote 3L
    except Exception as error:  # a MemoryError or RecursionError, where it is nested
        raise ValueError("its header isn't the literal of a dict") from error
    if not isinstance(content, dict) or set(content) != {"descr", "fortran_order", "shape"}:
        raise ValueError("its header has other keys than descr, fortran_order and shape")
    descr, order, shape = content["descr"], content["fortran_order"], content["shape"]
    if descr == "|O" or descr == "O":
        raise ValueError("Object arrays could run code; wanted numbers or text")
    if not isinstance(descr, str) or not _TYPE.fullmatch(descr):
        raise ValueError(f"its type is {str(descr)[:50]!r}; wanted plain numbers or text")
    if not isinstance(order, bool):
        raise ValueError("its order isn't True or False")
    if not isinstance(shape, tuple) or len(shape) > 32 or not all(type(n) is int and 0 <= n < 1 << 63 for n in shape):
        raise ValueError("its shape isn't a tuple of numbers of entries")
    dtype = np.dtype(descr)
    if not dtype.itemsize or math.prod(n for n in shape if n) >= 1 << 63:
        raise ValueError(f"its values of type {descr!r} have no length, or their number none that fits into memory")
    return Header(dtype, order, shape)


def _check_values(array: NDArray[Any]) -> None:
    """Refuse bytes that are no values of their type: numpy would hand them on and Python fail later, anywhere."""
    if array.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
        raise ValueError("it holds truth values other than 0 and 1")
    if array.dtype.kind == "U" and array.size:
        codes = array.view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
        if codes.max() > 0x10FFFF or ((codes >= 0xD800) & (codes <= 0xDFFF)).any():
            raise ValueError("it holds text with code points that Unicode doesn't have")
