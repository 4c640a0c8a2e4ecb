"""Features in a folder of array files, written block by block and read a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._files.npy import map_npy, read_npy
from zsl._typing import LabelArray
from zsl.datasets.shards import _files as files
from zsl.evaluation._arrays import as_labels
from zsl.exceptions import InvalidInputError


class ShardedFeatures:
    """One feature array over several files that stay on disk; made by `open_shards`.

    Indexing with an integer, a slice, an array of integers or a mask reads only these rows, into an ordinary
    array. ``np.asarray(features)`` reads everything.

    Parameters
    ----------
    path : Path
        The folder.
    blocks : sequence of arrays of shape (n_rows, n_features)
        The files, mapped into memory.
    labels : array of shape (n_samples,) or None
        The labels of all rows.
    """

    ndim = 2

    def __init__(self, path: Path, blocks: Sequence[NDArray[Any]], labels: LabelArray | None) -> None:
        self.path, self.labels = path, labels
        self._blocks = blocks
        self._starts = np.cumsum([0, *(len(block) for block in blocks)])

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and of features."""
        return int(self._starts[-1]), int(self._blocks[0].shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""
        return self._blocks[0].dtype

    def verify(self) -> None:
        """Compare every file with the SHA-256 that was recorded when it was written.

        Raises
        ------
        InvalidInputError
            If files differ; the error names all of them.
        """
        files.check_sums(self.path, files.listed(files.read_sidecar(self.path)))

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"ShardedFeatures({str(self.path)!r}: {len(self._blocks)} files, shape {self.shape}, {self.dtype})"

    def __getitem__(self, index: Any) -> NDArray[Any]:
        rows = self._rows(index)
        flat = np.atleast_1d(rows)
        found = np.empty((len(flat), self.shape[1]), self.dtype)
        owners = np.searchsorted(self._starts, flat, side="right") - 1
        for owner in np.unique(owners):
            places = owners == owner
            found[places] = self._blocks[owner][flat[places] - self._starts[owner]]
        return found if rows.ndim else found[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("Rows of several files can't become one array without a copy.")
        found = np.concatenate(self._blocks)
        return found if dtype is None else found.astype(dtype, copy=False)

    def _rows(self, index: Any) -> NDArray[np.intp]:
        """The row numbers that an index selects, counted from 0."""
        if isinstance(index, slice):
            return np.arange(*index.indices(len(self)))
        asked = np.asarray(index)
        if asked.dtype == bool and asked.shape == (len(self),):
            return np.flatnonzero(asked)
        if isinstance(index, tuple) or asked.ndim > 1 or (asked.size and asked.dtype.kind not in "iu"):
            raise IndexError(
                f"index {index!r}; wanted an integer, a slice, a list of integers or a mask of {len(self)} rows."
            )
        rows = asked.astype(np.intp)
        outside = (rows < -len(self)) | (rows >= len(self))
        if outside.any():
            raise IndexError(f"index {np.atleast_1d(rows)[np.atleast_1d(outside)][0]}; there are {len(self)} rows.")
        return np.where(rows < 0, rows + len(self), rows)


def write_shards(path: str | PathLike[str], blocks: Iterable[ArrayLike], y: ArrayLike | None = None) -> Path:
    """Write features to a folder of array files, one per block, as the blocks arrive.

    The files are ``X_000.npy``, ``X_001.npy`` and so on, ``y.npy`` for labels, and ``shards.json``, which lists them
    with numbers of rows, width, type and SHA-256. The list is written last: without it, writing was interrupted.

    Parameters
    ----------
    path : path
        The folder; made if it doesn't exist.
    blocks : iterable of arrays of shape (n_rows, n_features)
        Real numbers of one width and type. Only one block is held in memory.
    y : array of shape (n_samples,) or None, default=None
        The labels of all rows, as integers or strings.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InvalidInputError
        If the folder holds shards already, there is no block, or a block or the labels don't match the others.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     blocks = (np.full((2, 3), number) for number in range(4))
    ...     features = open_shards(write_shards(folder, blocks))
    ...     features.shape, features[[0, -1]].tolist()
    ((8, 3), [[0, 0, 0], [3, 3, 3]])
    """
    folder = Path(path)
    if folder.exists() and (not folder.is_dir() or any((*folder.glob("X_*.npy"), *folder.glob(files.SIDECAR)))):
        raise InvalidInputError(f"{folder} is a file or holds shards already; wanted a new folder or one without them.")
    folder.mkdir(parents=True, exist_ok=True)
    entries: list[dict[str, Any]] = []
    first: NDArray[Any] | None = None
    for number, given in enumerate(blocks):
        block = np.asarray(given)
        if block.ndim != 2 or 0 in block.shape or block.dtype.kind not in "biuf":
            raise InvalidInputError(
                f"block {number} has shape {block.shape} and dtype {block.dtype}; "
                "wanted real numbers of shape (n_rows, n_features), neither of them 0."
            )
        first = block[:1].copy() if first is None else first
        if block.shape[1] != first.shape[1] or block.dtype != first.dtype:
            raise InvalidInputError(
                f"block {number} has {block.shape[1]} features of {block.dtype}, "
                f"block 0 {first.shape[1]} of {first.dtype}; wanted one width and type."
            )
        file = folder / f"X_{number:03d}.npy"
        entries.append(files.save_array(file, block))
    if first is None:
        raise InvalidInputError("blocks is empty; wanted at least one.")
    n_rows = sum(entry["rows"] for entry in entries)
    labels = None if y is None else files.write_labels(folder / files.LABELS, y, n_rows)
    files.write_sidecar(folder, rows=n_rows, width=first.shape[1], dtype=first.dtype.str, files=entries, labels=labels)
    return folder


def open_shards(path: str | PathLike[str], *, verify: bool = False) -> ShardedFeatures:
    """Open a folder that `write_shards` wrote; features stay on disk until rows are read.

    Parameters
    ----------
    path : path
        The folder.
    verify : bool, default=False
        Whether to read every file once and compare its SHA-256. Sizes and types are compared in any case.

    Returns
    -------
    ShardedFeatures
        The features, with labels, if any, in `labels`.

    Raises
    ------
    InvalidInputError
        If the list of files is missing or corrupt, or a file isn't as listed.
    """
    folder = Path(path)
    content = files.read_sidecar(folder)
    if verify:
        files.check_sums(folder, files.listed(content))
    blocks = []
    for entry in content["files"]:
        block, shape = map_npy(folder / entry["file"]), (entry["rows"], content["width"])
        if block.shape != shape or block.dtype != np.dtype(content["dtype"]):
            raise InvalidInputError(
                f"{folder / entry['file']} has shape {block.shape} and dtype {block.dtype}; "
                f"{files.SIDECAR} lists {shape} and {np.dtype(content['dtype'])}."
            )
        blocks.append(block)
    if content["labels"] is None:
        return ShardedFeatures(folder, blocks, None)
    place = folder / files.LABELS
    labels = as_labels(f"{place}", read_npy(place))
    if len(labels) != content["rows"]:
        raise InvalidInputError(f"{place} has {len(labels)} labels; {files.SIDECAR} lists {content['rows']} rows.")
    return ShardedFeatures(folder, blocks, labels)
