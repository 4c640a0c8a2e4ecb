"""Features in a folder of array files, written block by block and read a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._files.npy import map_labels, map_npy
from zsl._files.rows import RowsOnDisk
from zsl._typing import LabelArray
from zsl.datasets.shards import _files as files
from zsl.evaluation._arrays import as_labels
from zsl.exceptions import InvalidInputError


class ShardedFeatures(RowsOnDisk):
    """One feature array over several files that stay on disk; made by `open_shards`.

    Indexing with an integer, a slice, an array of integers or a mask reads only these rows, into an ordinary
    array. ``np.asarray(features)`` reads everything. Estimators take it in place of an array; those that need not have
    all samples in memory read it block by block.

    Parameters
    ----------
    path : Path
        The folder.
    blocks : sequence of arrays of shape (n_rows, n_features)
        The files, mapped into memory.
    labels : array of shape (n_samples,) or None
        The labels of all rows; they stay on disk, too.
    """

    def __init__(self, path: Path, blocks: Sequence[NDArray[Any]], labels: LabelArray | None) -> None:
        super().__init__(blocks)
        self.path, self.labels = path, labels

    def verify(self) -> None:
        """Compare every file with the SHA-256 that was recorded when it was written.

        Raises
        ------
        InvalidInputError
            If files differ; the error names all of them.
        """
        files.check_sums(self.path, files.listed(files.read_sidecar(self.path)))

    def __reduce__(self) -> Any:
        return open_shards, (self.path,)

    def __repr__(self) -> str:
        return f"ShardedFeatures({str(self.path)!r}: {len(self._files)} files, shape {self.shape}, {self.dtype})"


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
    labels = as_labels(f"{place}", map_labels(place))
    if len(labels) != content["rows"]:
        raise InvalidInputError(f"{place} has {len(labels)} labels; {files.SIDECAR} lists {content['rows']} rows.")
    return ShardedFeatures(folder, blocks, labels)
