"""MATLAB files of versions 5 and 7.3, read to the same arrays: numbers, and lists of strings."""

import struct
import warnings
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError, MatReadWarning

from zsl._extras import needed
from zsl.datasets._reading import reading

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MATLAB_BLOCK = 512  # MATLAB writes its own header before the HDF5 part
# A corrupt file makes the readers fail anywhere.
_CORRUPT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, EOFError, RuntimeError)
_UNREADABLE = (*_CORRUPT, MemoryError, MatReadError, struct.error, zlib.error)


def read_mat(path: Path, names: Collection[str]) -> dict[str, Any]:
    """The named variables that the file holds, and under ``"__header__"`` the header text of MATLAB.

    Numbers become arrays in MATLAB's orientation. Cell arrays of strings and matrices of characters become lists of
    strings, with spaces around them dropped. Nothing in a file is run as code, but damage inside an uncompressed file
    of version 5 can crash the reader of scipy.
    """
    with path.open("rb") as file:
        start = file.read(_MATLAB_BLOCK + len(_HDF5))
    with reading(path, "a MATLAB file", (*_UNREADABLE, Warning)):
        if start.startswith(_HDF5) or start[_MATLAB_BLOCK:] == _HDF5:
            h5py = needed("h5py", "matlab", f"Reading {path}, a MATLAB 7.3 file,")
            with h5py.File(path, "r") as hdf5:
                found = {name: _variable(h5py, hdf5, name) for name in names if name in hdf5}
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("error", MatReadWarning)  # two variables of one name
                loaded = loadmat(path, variable_names=list(names))
            found = {name: _plain(name, loaded[name]) for name in names if name in loaded}
    header = "" if start.startswith(_HDF5) else start[:116].split(b"\0")[0].decode("latin-1").strip()
    return {"__header__": header, **found}


def _plain(name: str, value: Any) -> Any:
    """Numbers as they are, strings as a list."""
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name} is sparse; wanted a full matrix")
    if value.dtype == object:
        return [_text(name, cell) for cell in value.ravel(order="F")]
    if value.dtype.kind == "U":
        return [str(text).strip() for text in value.ravel()]
    if value.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds neither real numbers nor strings")
    return value


def _text(name: str, cell: Any) -> str:
    """The string in a cell; an empty cell is an empty string."""
    array = np.asarray(cell)
    if array.size and (array.dtype.kind != "U" or array.size > 1):
        raise ValueError(f"{name} has a cell that isn't one string")
    return str(array.item()).strip() if array.size else ""


def _variable(h5py: Any, file: Any, name: str) -> Any:
    """A variable of an open file; HDF5 holds arrays with their axes reversed."""
    node = file[name]
    if not isinstance(node, h5py.Dataset):
        raise ValueError(f"{name} holds neither real numbers nor strings")
    if h5py.check_ref_dtype(node.dtype) is h5py.Reference:
        return [
            text for reference in node[()].T.ravel(order="F") for text in _strings(name, file[reference], cell=True)
        ]
    if node.attrs.get("MATLAB_class") == b"char":
        return _strings(name, node, cell=False)
    if node.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds neither real numbers nor strings")
    return node[()].T


def _strings(name: str, node: Any, *, cell: bool) -> list[str]:
    """The rows of a matrix of characters, which are stored as UTF-16 code units; a cell holds one row."""
    if node.attrs.get("MATLAB_empty", 0):
        return [""] if cell else []
    codes = node[()].T
    if node.dtype != np.uint16 or codes.ndim != 2 or (cell and len(codes) > 1):
        raise ValueError(f"{name} has a cell that isn't one string" if cell else f"{name} isn't a matrix of characters")
    return [row.astype("<u2").tobytes().decode("utf-16-le").strip() for row in codes]
