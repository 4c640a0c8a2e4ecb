"""Rows of numbers that stay on disk: their shape is known, and those asked for are read into ordinary arrays.

The memory that is taken follows scikit-learn's setting: `sklearn.set_config(working_memory=MiB)`, 1024 by default.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn import get_config

_BLOCK_SHARE = 16
"""One block of rows, in double precision, takes this share of the working memory."""
_MOST_MAPPED = 1 << 26
"""Bytes that are read before their pages are given back."""


class RowsOnDisk:
    """A matrix over one file or several that stay on disk.

    Indexing with an integer, a slice, an array of integers or a mask reads only these rows, into an ordinary array.
    ``np.asarray(rows)`` reads everything. Reading holds no more memory than it returns: pages of the files that were
    mapped to be read are given back.

    Parameters
    ----------
    files : sequence of arrays of shape (n_rows, n_features)
        The files, mapped into memory.
    dtype : type or None, default=None
        What rows are read as; None for what is in the files.
    rows : range, array or None, default=None
        Which rows of all files there are, in this order. None for all.
    start : int, default=0
        Number of the first row where rows are numbered, if this is a part of something larger.
    """

    ndim = 2

    def __init__(
        self,
        files: Sequence[NDArray[Any]],
        dtype: DTypeLike | None = None,
        rows: range | NDArray[np.intp] | None = None,
        start: int = 0,
    ) -> None:
        self._files = files
        self._starts = np.cumsum([0, *(len(file) for file in files)])
        self._own = range(int(self._starts[-1])) if rows is None else rows
        self._read_since = 0
        self.dtype, self.start = np.dtype(files[0].dtype if dtype is None else dtype), start

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and of features."""
        return len(self._own), int(self._files[0].shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes that all rows would take in memory."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"RowsOnDisk({len(self._files)} files, shape {self.shape}, {self.dtype})"

    def __getitem__(self, index: Any) -> NDArray[Any]:
        rows = self._asked(index)
        found = np.empty((1 if isinstance(rows, int) else len(rows), self.shape[1]), self.dtype)
        if isinstance(rows, int):
            self._gather(found, np.array([rows]))
            row: NDArray[Any] = found[0]
            return row
        if isinstance(rows, range) and rows.step == 1:
            self._copy(found, rows)
        else:
            self._gather(found, np.asarray(rows, dtype=np.intp))
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("Rows on disk can't become an array without a copy.")
        found = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)

    def floats(self) -> RowsOnDisk:
        """The same rows as real numbers: in single precision if that holds all of their values, else in double."""
        narrow = self.dtype.kind in "biu" and self.dtype.itemsize <= 2
        single = narrow or self.dtype.newbyteorder("=") in (np.float16, np.float32)
        return RowsOnDisk(self._files, np.float32 if single else np.float64, self._own, self.start)

    def take(self, rows: NDArray[Any]) -> RowsOnDisk:
        """Some of the rows, by numbers or a mask, which stay on disk as well."""
        asked = self._asked(rows)
        return RowsOnDisk(self._files, self.dtype, np.array([asked]) if isinstance(asked, int) else asked)

    def part(self, cut: slice) -> RowsOnDisk:
        """Successive rows, which stay on disk as well, and keep their numbers."""
        return RowsOnDisk(self._files, self.dtype, self._own[cut], self.start + cut.indices(len(self))[0])

    def _asked(self, index: Any) -> int | range | NDArray[np.intp]:
        """The rows of all files that an index selects."""
        if isinstance(index, slice):
            return self._own[index]
        asked = np.asarray(index)
        if asked.dtype == bool and asked.shape == (len(self),):
            asked = np.flatnonzero(asked)
        if isinstance(index, tuple) or asked.ndim > 1 or (asked.size and asked.dtype.kind not in "iu"):
            raise IndexError(
                f"index {index!r}; wanted an integer, a slice, a list of integers or a mask of {len(self)} rows."
            )
        rows = asked.astype(np.intp)
        outside = (rows < -len(self)) | (rows >= len(self))
        if outside.any():
            raise IndexError(f"index {np.atleast_1d(rows)[np.atleast_1d(outside)][0]}; there are {len(self)} rows.")
        rows = np.where(rows < 0, rows + len(self), rows)
        own = self._own
        rows = own.start + own.step * rows if isinstance(own, range) else own[rows]
        return rows if rows.ndim else int(rows)

    def _copy(self, to: NDArray[Any], rows: range) -> None:
        """Read successive rows."""
        for file, start in zip(self._files, self._starts[:-1].tolist(), strict=True):
            first, last = max(rows.start - start, 0), min(rows.stop - start, len(file))
            if first < last:
                place = start + first - rows.start
                _convert(to[place : place + last - first], file[first:last])
                self._give_back(file, last - first)

    def _gather(self, to: NDArray[Any], rows: NDArray[np.intp]) -> None:
        """Read rows in any order."""
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        for owner in np.unique(owners).tolist():
            places = owners == owner
            file, wanted = self._files[owner], rows[places] - self._starts[owner]
            if len(wanted) == len(rows):
                _convert(to, file[wanted])
            else:
                to[places] = file[wanted]
            self._give_back(file, int(np.ptp(wanted)) + 1)  # whole pages are mapped, and neighbours with each

    def _give_back(self, file: NDArray[Any], n_rows: int) -> None:
        """Let go of pages that were mapped to be read; they stay in the system's cache, as those of any file read."""
        self._read_since += n_rows * file.itemsize * file.shape[1]
        if self._read_since < _MOST_MAPPED:
            return
        self._read_since = 0
        for own in self._files:
            # a private map ("c") would lose what was written to it
            if getattr(own, "mode", None) in ("r", "r+") and hasattr(mmap, "MADV_DONTNEED"):
                own._mmap.madvise(mmap.MADV_DONTNEED)  # type: ignore[attr-defined]


class MappedRows:
    """What a function makes of rows on disk, computed for those that are asked for."""

    ndim = 2

    def __init__(self, rows: Any, function: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
        self._rows, self._function, first = rows, function, function(rows[:1])
        self.shape, self.dtype = (len(rows), first.shape[1]), first.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> NDArray[Any]:
        return self._function(self._rows[index])


def mapped(X: Any, function: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
    """What a function, which takes each row by itself, makes of samples: at once, or for those on disk when asked."""
    return MappedRows(X, function) if isinstance(X, (RowsOnDisk, MappedRows)) else function(X)


def on_disk(X: Any) -> RowsOnDisk | None:
    """Samples on disk as real numbers; None for what is in memory, or is no matrix of numbers."""
    if isinstance(X, RowsOnDisk):
        return X.floats()
    mapped = isinstance(X, np.memmap) and getattr(X, "_mmap", None) is not None
    if not mapped or X.ndim != 2 or 0 in X.shape or X.dtype.kind not in "biuf" or X.dtype.itemsize > 8:
        return None
    return RowsOnDisk([X]).floats()


def budget() -> int:
    """Bytes that may be held for samples on disk, or for what is computed of all of them: the working memory."""
    return int(float(get_config()["working_memory"]) * 2**20)


def block_rows(width: int) -> int:
    """Rows of a block: a power of two, so that blocks are made of whole blocks of those who divide them further."""
    most = max(budget() // _BLOCK_SHARE // (8 * max(width, 1)), 1)
    return int(min(1 << (most.bit_length() - 1), 1 << 16))


def cuts(X: Any, width: int = 0) -> Iterator[slice]:
    """What to go through samples by: blocks of rows of those on disk, with room for a `width` of results; else all."""
    size = block_rows(X.shape[1] + width) if isinstance(X, RowsOnDisk) else max(len(X), 1)
    return (slice(start, min(start + size, len(X))) for start in range(0, len(X), size))


def some_rows(X: Any, rows: NDArray[Any]) -> Any:
    """Some rows, by numbers or a mask; those of samples on disk stay there."""
    return X.take(rows) if isinstance(X, RowsOnDisk) else X[rows]


def _convert(to: NDArray[Any], rows: NDArray[Any]) -> None:
    """Copy rows; numpy takes three times as long for half precision as PyTorch."""
    if rows.dtype == np.float16 and to.dtype == np.float32 and rows.dtype.isnative and to.flags.c_contiguous:
        import torch

        own = rows if type(rows) is np.ndarray and rows.flags.writeable else np.array(rows)
        torch.from_numpy(to).copy_(torch.from_numpy(own))
    else:
        np.copyto(to, rows, casting="unsafe")
