"""What a job reads: samples in a fixed order, cut into blocks that depend on nothing but them."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zsl._typing import LabelArray

Batch = dict[str, NDArray[Any]]
"""Columns of rows; samples are the column "X"."""


class Source(ABC):
    """Samples, known by a name for errors, their kind, and a digest of what they are.

    It is sent to every worker: a subclass holds paths, and opens them where it is read.
    """

    name: str
    kind: Literal["features", "images", "texts"]
    labels: LabelArray | None = None
    """Those that were found with the samples."""

    @abstractmethod
    def cuts(self, block_rows: int) -> NDArray[np.intp]:
        """The first row of each block, rising, and at last the number of rows."""

    @abstractmethod
    def read(self, start: int, stop: int, most: int) -> Iterator[Batch]:
        """The rows of a block, in order, at most so many at a time."""

    @abstractmethod
    def digest(self) -> str:
        """What tells these samples from others, as far as it can be had without reading them."""


class Features(Source):
    """Rows of a matrix, wherever it lies."""

    kind = "features"

    def __init__(self, name: str, opener: Callable[[], Any], digest: Callable[[], str]) -> None:
        self.name, self._opener, self._digest = name, opener, digest

    @cached_property
    def _X(self) -> Any:
        return self._opener()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_X"}  # a memory map is sent as its content

    def cuts(self, block_rows: int) -> NDArray[np.intp]:
        return regular(len(self._X), block_rows)

    def read(self, start: int, stop: int, most: int) -> Iterator[Batch]:
        for first in range(start, stop, most):
            yield {"X": np.asarray(self._X[first : min(first + most, stop)])}

    def digest(self) -> str:
        return self._digest()


class Items(Source):
    """Images or texts, one by one: paths, texts, or what else an encoder takes."""

    def __init__(
        self,
        name: str,
        kind: Literal["images", "texts"],
        items: Sequence[Any],
        names: Sequence[str] | None = None,
        labels: LabelArray | None = None,
    ) -> None:
        self.name, self.kind, self.items, self._names, self.labels = name, kind, items, names, labels

    def cuts(self, block_rows: int) -> NDArray[np.intp]:
        return regular(len(self.items), block_rows)

    def read(self, start: int, stop: int, most: int) -> Iterator[Batch]:
        for first in range(start, stop, most):
            part = slice(first, min(first + most, stop))
            batch = {"X": as_objects(self.items[part])}
            if self._names is not None:
                batch["file" if self.kind == "images" else "text"] = np.array(self._names[part])
            yield batch

    def digest(self) -> str:
        found = hashlib.sha256()
        for item in self.items:
            if isinstance(item, Path):
                found.update(told(item))
            elif isinstance(item, (str, bytes)):
                found.update(repr(item).encode("utf-8", "backslashreplace"))
            else:
                array = np.ascontiguousarray(item)
                found.update(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
        return found.hexdigest()


def regular(n_rows: int, block_rows: int) -> NDArray[np.intp]:
    """Blocks of so many rows, the last one of what is left."""
    return np.array([*range(0, n_rows, block_rows), n_rows], dtype=np.intp)


def as_objects(items: Sequence[Any]) -> NDArray[np.object_]:
    """One entry per item, whatever the items are."""
    found = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):
        found[place] = os.fspath(item) if isinstance(item, Path) else item
    return found


def told(path: Path) -> bytes:
    """A file by its path, size and time."""
    stat = path.stat() if path.exists() else None
    return f"{path}\0{(stat.st_size, stat.st_mtime_ns) if stat else None}\n".encode("utf-8", "backslashreplace")
