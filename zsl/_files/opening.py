"""Opening files: only regular ones, no more memory than the file can justify, and one error that names the file.

Arrays that aren't packed need no limit, since the file must be as long as they are. What is packed may take 256 MiB, or
200 times the length of its packed form if that is more. Ordinary features pack by a factor of 1 to 20, tables of
mostly zeros by up to 100, and bombs by 1,000 or more. The environment variable ``ZSL_MAX_UNPACK_RATIO`` sets another
factor for files that are trusted.
"""

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from zsl.exceptions import InvalidInputError, ZSLError

ALWAYS_ALLOWED = 1 << 28
"""Bytes that any file may unpack to."""

VARIABLE = "ZSL_MAX_UNPACK_RATIO"
_RATIO = 200
_MOST_TEXT = 300


@contextmanager
def reading(path: str | PathLike[str], what: str) -> Iterator[None]:
    """Turn whatever readers of files raise into an error that names the file and what it can't be read as."""
    try:
        yield
    except ZSLError:
        raise
    except Exception as error:
        raise InvalidInputError(f"{path} can't be read as {what}: {told(error)}") from error


def told(error: Exception) -> str:
    """What an error says, in one line that isn't too long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


def is_file(path: str | PathLike[str]) -> bool:
    """Whether a regular file is there; also False for a path that is too long or holds a zero byte."""
    return os.path.isfile(path)


def existing(path: str | PathLike[str]) -> Path:
    """The path of a regular file that is there: no folder, and nothing that may never end, such as a pipe or device."""
    path = Path(path)
    if is_file(path):
        return path
    raise InvalidInputError(f"{path} is not a file; wanted the path of an existing one.")


def open_regular(path: str | PathLike[str]) -> io.BufferedReader:
    """Open a regular file to read bytes; never waits for a pipe, not even for one put there since it was looked at.

    Raises
    ------
    OSError
        If there is no such file, or it is a folder, a pipe, a socket or a device.
    """
    return open(path, "rb", opener=_only_regular)


def _only_regular(path: str, flags: int) -> int:
    # Without O_NONBLOCK, opening a pipe waits for somebody who writes to it.
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "it is a pipe, a socket or a device; wanted a regular file", path)


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[io.BufferedReader]:
    """A regular file, opened to read bytes."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InvalidInputError(f"{path} is not a regular file; wanted one, since others may never end.")
    with open_regular(path) as file:
        yield file


def length_of(file: io.BufferedReader) -> int:
    """The length of an open file."""
    return os.fstat(file.fileno()).st_size


def read_whole(path: str | PathLike[str], most: int) -> bytes:
    """The content of a file of at most so many bytes."""
    with opened(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return content


def most_unpacked(packed: int) -> int:
    """Bytes that so many packed bytes may unpack to."""
    given = os.environ.get(VARIABLE, "")
    try:
        ratio = float(given) if given.strip() else float(_RATIO)
        return max(ALWAYS_ALLOWED, int(packed * ratio))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"The environment variable {VARIABLE} is {given!r}; wanted a number.") from error


def check_unpacked(what: str, packed: int, unpacked: int) -> None:
    """Refuse what unpacks to more than the limit, before it is unpacked."""
    if unpacked > most_unpacked(packed):
        raise ValueError(
            f"{what} unpacks from {packed:,} to {unpacked:,} bytes; at most {ALWAYS_ALLOWED >> 20} MiB or "
            f"{_RATIO} times its packed size is read, unless {VARIABLE} is set to a higher number"
        )


class Unpacking(io.RawIOBase):
    """A stream that is unpacked while it is read, and refuses to give more than the limit."""

    def __init__(self, stream: Any, what: str, packed: int) -> None:
        self._stream, self._what, self._packed = stream, what, packed
        self._given, self._most = 0, most_unpacked(packed)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        data = self._stream.read(len(buffer))
        self._given += len(data)
        if self._given > self._most:
            check_unpacked(self._what, self._packed, self._given)
        buffer[: len(data)] = data
        return len(data)
