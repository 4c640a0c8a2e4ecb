"""The folder of checkpoints of one fit: which files lie there, who writes them, which are old."""

import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from zsl._files.writing import TEMPORARY
from zsl.exceptions import CheckpointError, InvalidInputError
from zsl.training.files import DamagedFileError, read_file, write_file
from zsl.training.state import State

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Kind = Literal["state", "weights"]
_NAME = re.compile(r"(\d{3,})-(\d{8,})\.(state|weights)\.safetensors")
_LOCK = ".lock"


class CheckpointFolder:
    """Files by the number of the training within the fit, and of the steps that it had done.

    Files of other names are nothing to do with this, and stay. While it is open, no other process opens it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = (path / _LOCK).open("w")
        except OSError as error:
            raise CheckpointError(
                f"checkpoint={str(path)!r} is no folder that can be written to ({error.strerror or error}); wanted one."
            ) from error
        if fcntl is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                self.close()
                raise InvalidInputError(
                    f"checkpoint={str(path)!r} is in use by another fit; wanted a folder for this one alone."
                ) from error
            except OSError:  # a file system without locks
                pass
        for stray in path.glob(TEMPORARY):
            _remove(stray)

    def close(self) -> None:
        """Let others open it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def file(self, number: int, step: int, kind: Kind = "state") -> Path:
        """Where a checkpoint lies, or would."""
        return self.path / f"{number:03d}-{step:08d}.{kind}.safetensors"

    def states(self, number: int | None = None) -> list[tuple[int, int]]:
        """Training and step of each checkpoint, of one training or of all, the last one first."""
        return sorted(((n, s) for n, s, kind in _files(self.path) if kind == "state" and number in (None, n)))[::-1]

    def read(self, number: int, step: int, kind: Kind = "state") -> dict[str, State] | None:
        """Read a checkpoint; None with a warning if it is missing or damaged."""
        path = self.file(number, step, kind)
        try:
            return read_file(path)
        except DamagedFileError as error:
            warnings.warn(
                f"The checkpoint {path} is left out, since {error}; the one before is used.", UserWarning, stacklevel=2
            )
            return None

    def write(self, number: int, step: int, content: dict[str, State], kind: Kind = "state") -> None:
        """Write a checkpoint; errors are `OSError`."""
        write_file(self.file(number, step, kind), content)

    def prune(self, number: int, keep: int) -> None:
        """Remove all but the last ones of a training, and all but the very last of those before."""
        for place, (_, step) in enumerate(self.states(number)):
            if place >= keep:
                _remove(self.file(number, step))
        last: set[int] = set()
        for n, step in self.states():
            if n < number and n in last:
                _remove(self.file(n, step))
            last.add(n)


def has_checkpoints(path: Path) -> bool:
    """Whether a fit has left checkpoints there."""
    return last_checkpoint(path) is not None


def last_checkpoint(path: Path) -> tuple[int, int] | None:
    """Training and step of the last checkpoint there, whole or not; None if there is none."""
    found = _files(path) if path.is_dir() else ()
    return max(((n, step) for n, step, kind in found if kind == "state"), default=None)


def remove_checkpoints(path: Path) -> None:
    """Remove checkpoints, and the folder if nothing else lies there."""
    if not path.is_dir():
        return
    for own in path.iterdir():
        if own.name == _LOCK or _NAME.fullmatch(own.name) or own.match(TEMPORARY):
            _remove(own)
    _attempt(path.rmdir)


def _files(path: Path) -> Iterator[tuple[int, int, str]]:
    for name in os.listdir(path):
        if found := _NAME.fullmatch(name):
            yield int(found[1]), int(found[2]), found[3]


def _remove(path: Path) -> None:
    _attempt(path.unlink)


def _attempt(action: Callable[[], None]) -> None:
    """What can't be removed does no harm."""
    with suppress(OSError):
        action()
