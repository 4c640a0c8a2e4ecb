"""Vectors of texts on disk, in a database per model that is never believed blindly."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import numpy as np

from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError

T = TypeVar("T")
_LOOKED_UP = 500
"""Texts looked up at a time; a database accepts few more parameters."""
_BESIDE = ("-journal", "-wal", "-shm")
"""Endings of the files that SQLite keeps beside a database; those of another one would spoil a new one."""
_NOT_OF_THE_FILE = {
    sqlite3.SQLITE_AUTH, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
}  # fmt: skip
"""Primary codes of errors that another content of the file wouldn't mend."""


class TextCache:
    """A folder with one database per model, by name or folder; several processes may use it at once.

    Each row holds the digest of its text, its width, its numbers and a digest of all of them and of the model. A row
    that doesn't fit its digest counts as missing and is replaced. A database that can't be read is renamed, with a
    warning, and a new one begun.
    """

    def __init__(self, folder: str | os.PathLike[str], model: str) -> None:
        self.folder = folder
        self.model = identity(model)
        self.path = (
            Path(folder) / f"{hashlib.sha256(self.model.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.sqlite"
        )

    def get(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors of the texts that are stored whole, all of one width."""
        of_key = {_key(text): text for text in texts}
        keys = list(of_key)

        def read(database: sqlite3.Connection) -> dict[str, FloatArray]:
            found: dict[str, FloatArray] = {}
            for start in range(0, len(keys), _LOOKED_UP):
                block = keys[start : start + _LOOKED_UP]
                marks = ",".join("?" * len(block))
                rows = database.execute(
                    f"SELECT key, width, numbers, digest FROM vectors_2 WHERE key IN ({marks})", block
                )
                for key, width, numbers, digest in rows:
                    if key in of_key and self._is_whole(key, width, numbers, digest):
                        found[of_key[key]] = np.frombuffer(numbers, dtype="<f8").astype(np.float64)
            return found

        found = self._used(read)
        # The model of a hub name may have changed; then none of the rows can be told to be new.
        return found if len({len(vector) for vector in found.values()}) <= 1 else {}

    def put(self, texts: Sequence[str], vectors: FloatArray) -> None:
        """Store the vector of each text in place of what may be stored."""
        rows = []
        for text, vector in zip(texts, vectors, strict=True):
            key, numbers = _key(text), vector.astype("<f8").tobytes()
            rows.append((key, len(vector), numbers, self._digest(key, numbers)))
        self._used(lambda database: database.executemany("INSERT OR REPLACE INTO vectors_2 VALUES (?, ?, ?, ?)", rows))

    def _digest(self, key: str, numbers: bytes) -> str:
        head = f"{self.model}\n{key}\n{len(numbers)}\n".encode("utf-8", "surrogatepass")
        return hashlib.sha256(head + numbers).hexdigest()

    def _is_whole(self, key: object, width: object, numbers: object, digest: object) -> bool:
        return (
            isinstance(numbers, bytes) and isinstance(width, int) and len(numbers) == 8 * width > 0
        ) and digest == self._digest(str(key), numbers)

    def _used(self, use: Callable[[sqlite3.Connection], T]) -> T:
        """What is done with the database; if that can't be read, with a new one in its place."""
        try:
            for _ in range(3):  # processes that find it broken at the same time may get in each other's way
                before = self._inode()
                try:
                    with self._open() as database:
                        return use(database)
                except (sqlite3.Error, UnicodeError) as error:
                    if not self._is_broken(error):
                        raise
                    if self._inode() == before:  # else another process was faster
                        self._set_aside(error)
            with self._open() as database:
                return use(database)
        except (OSError, UnicodeError, sqlite3.Error) as error:
            raise InvalidInputError(f"cache={os.fspath(self.folder)!r} can't be used: {error}.") from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and not self.path.is_file():
            raise OSError(f"{self.path} is no regular file")
        with closing(sqlite3.connect(self.path, timeout=60)) as database, database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors_2 "
                "(key TEXT PRIMARY KEY, width INTEGER NOT NULL, numbers BLOB NOT NULL, digest TEXT NOT NULL)"
            )
            yield database

    def _is_broken(self, error: Exception) -> bool:
        """Whether another content of the file would mend the error."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code == sqlite3.SQLITE_READONLY:  # by the file's header, or by its rights
            return os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)
        return self.path.exists() and code not in _NOT_OF_THE_FILE

    def _inode(self) -> int | None:
        return self.path.stat().st_ino if self.path.exists() else None

    def _set_aside(self, error: Exception) -> None:
        """Rename the database and what belongs to it."""
        aside = f"{self.path}.broken-{uuid4().hex[:8]}"
        for ending in (*_BESIDE, ""):
            try:
                os.replace(f"{self.path}{ending}", f"{aside}{ending}")
            except FileNotFoundError:
                continue
        warnings.warn(
            f"The cache {self.path} can't be read ({error}); it is now {aside}, and a new one is begun.", stacklevel=2
        )


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def identity(model: str) -> str:
    """The name of a hub model; for a local folder its path, and the size and time of each of its files."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = [f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return "\n".join([str(folder.resolve()), *facts])
