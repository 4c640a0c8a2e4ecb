"""MATLAB files of versions 5 and 7.3, read to the same arrays: numbers, and lists of strings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from zsl._extras import needed
from zsl._files.opening import check_unpacked, length_of, opened, reading
from zsl.datasets.gbu._mat5 import read_mat5

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MATLAB_BLOCK = 512  # MATLAB writes its own header before the HDF5 part


def read_mat(path: Path, names: Collection[str]) -> dict[str, Any]:
    """The named variables that the file holds, and under ``"__header__"`` the header text of MATLAB.

    Numbers become arrays in MATLAB's orientation. Cell arrays of strings and matrices of characters become lists of
    strings, with spaces around them dropped. Nothing in a file is run as code.
    """
    with reading(path, "a MATLAB file"):
        with opened(path) as file:
            length, start = length_of(file), file.read(_MATLAB_BLOCK + len(_HDF5))
        if start.startswith(_HDF5) or start[_MATLAB_BLOCK:] == _HDF5:
            h5py = needed("h5py", "matlab", f"Reading {path}, a MATLAB 7.3 file,")
            with h5py.File(path, "r") as hdf5:
                found = {name: _variable(h5py, hdf5, name, length) for name in names if name in hdf5}
        else:
            found = {name: _stripped(value) for name, value in read_mat5(path, names).items()}
    header = "" if start.startswith(_HDF5) else start[:116].split(b"\0")[0].decode("latin-1").strip()
    return {"__header__": header, **found}


def _stripped(value: Any) -> Any:
    return [text.strip() for text in value] if isinstance(value, list) else value


def _variable(h5py: Any, file: Any, name: str, length: int) -> Any:
    """A variable of an open file of so many bytes; HDF5 holds arrays with their axes reversed."""
    node = _within(h5py, file, name, length)
    if h5py.check_ref_dtype(node.dtype) is h5py.Reference:
        cells = [_checked(h5py, file[reference], name, length) for reference in node[()].T.ravel(order="F")]
        return [text for cell in cells for text in _strings(name, cell, cell=True)]
    if node.attrs.get("MATLAB_class") == b"char":
        return _strings(name, node, cell=False)
    if node.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds neither real numbers nor strings")
    return node[()].T


def _within(h5py: Any, file: Any, name: str, length: int) -> Any:
    """The data of that name, if they lie in the file itself: a link could lead to any other file."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name} is a link; wanted data in the file itself")
    return _checked(h5py, file[name], name, length)


def _checked(h5py: Any, node: Any, name: str, length: int) -> Any:
    """Data that lie in the file itself and aren't larger than it can justify."""
    if not isinstance(node, h5py.Dataset):
        raise ValueError(f"{name} holds neither real numbers nor strings")
    if node.external or node.is_virtual:
        raise ValueError(f"{name} lies in another file; wanted data in the file itself")
    check_unpacked(name, length, node.size * node.dtype.itemsize if node.shape is not None else 0)
    return node


def _strings(name: str, node: Any, *, cell: bool) -> list[str]:
    """The rows of a matrix of characters, which are stored as UTF-16 code units; a cell holds one row."""
    if node.attrs.get("MATLAB_empty", 0):
        return [""] if cell else []
    codes = node[()].T
    if node.dtype != np.uint16 or codes.ndim != 2 or (cell and len(codes) > 1):
        raise ValueError(f"{name} has a cell that isn't one string" if cell else f"{name} isn't a matrix of characters")
    return [row.astype("<u2").tobytes().decode("utf-16-le").strip() for row in codes]
