"""Vectors of texts on disk, by model and text, so that each text is encoded only once."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError

_BLOCK = 500
"""Texts looked up at a time; a database accepts few more parameters."""


class TextCache:
    """A folder with one database per model, by name or folder; several processes may use it at once."""

    def __init__(self, folder: str | os.PathLike[str], model: str) -> None:
        self.path = Path(folder) / f"{hashlib.sha256(_identity(model).encode()).hexdigest()[:24]}.sqlite"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as database:
                database.execute("CREATE TABLE IF NOT EXISTS vectors (text TEXT PRIMARY KEY, vector BLOB NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise InvalidInputError(f"cache={os.fspath(folder)!r} can't be used: {error}.") from error

    def get(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors of the texts that are stored."""
        found: dict[str, FloatArray] = {}
        with self._open() as database:
            for start in range(0, len(texts), _BLOCK):
                block = texts[start : start + _BLOCK]
                marks = ",".join("?" * len(block))
                rows = database.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", block)
                found |= {text: np.frombuffer(vector, dtype=np.float64) for text, vector in rows}
        return found

    def put(self, texts: Sequence[str], vectors: FloatArray) -> None:
        """Store the vector of each text; a stored one stays."""
        rows = [(text, vector.astype(np.float64).tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._open() as database:
            database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60)) as database, database:
            yield database


def _identity(model: str) -> str:
    """The name of a hub model; for a local folder its path, and the size and time of each of its files."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = [f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return "\n".join([str(folder.resolve()), *facts])
