"""How the rows of a block become files: each is whole or not there, and named after the number of its block."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zsl._extras import needed
from zsl._files.writing import put
from zsl.scale.sources.source import Batch

RECORDS = "_blocks"
"""The folder of what is recorded of finished blocks."""

Entry = dict[str, Any]
"""A file: its name, rows, bytes and SHA-256."""


class Layout(Protocol):
    """A form of output."""

    name: str

    def write(self, folder: Path, number: int, rows: Batch) -> dict[str, Entry]:
        """Write the rows of a block, and return the entry of each file by what it holds."""


class ParquetParts:
    """One file per block, with all columns."""

    name = "parquet"

    def write(self, folder: Path, number: int, rows: Batch) -> dict[str, Entry]:
        """Write ``part-00000.parquet``."""
        arrow, parquet = (needed(name, "parquet", "Writing Parquet") for name in ("pyarrow", "pyarrow.parquet"))
        content = BytesIO()
        parquet.write_table(arrow.table({name: _column(arrow, values) for name, values in rows.items()}), content)
        return {"rows": _put(folder / f"part-{number:05d}.parquet", content.getvalue(), len(_first(rows)))}


class ArrayParts:
    """One array file per block and column."""

    name = "npy"

    def write(self, folder: Path, number: int, rows: Batch) -> dict[str, Entry]:
        """Write ``label-00000.npy`` and so on."""
        return {name: put_array(folder / f"{name}-{number:05d}.npy", values) for name, values in rows.items()}


class Shards:
    """Features as `open_shards` reads them, and the positions of their rows."""

    name = "shards"

    def write(self, folder: Path, number: int, rows: Batch) -> dict[str, Entry]:
        """Write ``X_000.npy``, and the positions beside its record."""
        kept = put_array(folder / RECORDS / f"{number:05d}.npy", rows["row"])
        return {
            "kept": kept | {"file": f"{RECORDS}/{kept['file']}"},
            "X": put_array(folder / f"X_{number:03d}.npy", rows["X"]),
        }


LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (ParquetParts(), ArrayParts())}
"""Those of tables, by name."""


def joined(parts: Sequence[Batch]) -> Batch:
    """The batches of a block as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def put_array(path: Path, values: NDArray[Any]) -> Entry:
    """Write an array file at once."""
    content = BytesIO()
    np.save(content, values, allow_pickle=False)
    return _put(path, content.getbuffer(), len(values))


def _put(path: Path, content: bytes | memoryview, n_rows: int) -> Entry:
    put(path, [content])
    digest = hashlib.sha256(content).hexdigest()
    return {"file": path.name, "rows": n_rows, "bytes": len(content), "sha256": digest}


def _column(arrow: Any, values: NDArray[Any]) -> Any:
    return arrow.array(values.tolist()) if values.dtype.kind in "US" else arrow.array(values)


def _first(rows: Batch) -> NDArray[Any]:
    return next(iter(rows.values()))
