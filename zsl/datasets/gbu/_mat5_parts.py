"""Parts of a MATLAB 5 file: bytes of known number, plain or deflated, read from front to back."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO

from zsl._files.opening import check_unpacked

_CHUNK = 1 << 20


class Part:
    """Bytes of known number; whoever reads more than there are is refused before anything is read."""

    def __init__(self, read: Callable[[int], bytes], left: int, order: str) -> None:
        self._read, self._left, self.order = read, left, order

    def check(self, size: int) -> None:
        """Refuse to hold more bytes than are left."""
        if size > self._left:
            raise ValueError(f"an element claims {size} bytes, {self._left} are left of what holds it")

    def take(self, size: int) -> bytes:
        """The next bytes."""
        self.check(size)
        data = self._read(size)
        if len(data) < size:
            raise EOFError("it ends within an element")
        self._left -= size
        return data

    def fill(self, view: memoryview) -> None:
        """The next bytes, written into a piece of memory."""
        for start in range(0, len(view), _CHUNK):
            part = view[start : start + _CHUNK]
            part[:] = self.take(len(part))

    def within(self, size: int) -> Part:
        """The next bytes as a part of its own, which has to be read before this one goes on."""
        self.check(size)
        self._left -= size
        return Part(self._read, size, self.order)

    def rest(self) -> None:
        """Read what is left."""
        while self._left:
            self.take(min(self._left, _CHUNK))

    def pad(self, size: int) -> None:
        """Read up to the next multiple of eight bytes; the last element of a file may lack that."""
        self.take(min(-size % 8, self._left))

    def tag(self) -> tuple[int, int, bytes | None]:
        """Type and length of the next element, and its data if these are four bytes or fewer, within the tag."""
        data = self.take(8)
        kind, size = struct.unpack(f"{self.order}II", data)
        if not kind >> 16:
            return kind, size, None
        if kind >> 16 > 4:
            raise ValueError(f"a short element claims {kind >> 16} bytes")
        return kind & 0xFFFF, kind >> 16, data[4 : 4 + (kind >> 16)]

    def data(self, most: int | None = None) -> tuple[int, bytes]:
        """Type and data of the next element, of at most so many bytes."""
        kind, size, inline = self.tag()
        if inline is not None:
            return kind, inline
        if most is not None and size > most:
            raise ValueError(f"an element of {size} bytes stands where at most {most} are wanted")
        data = self.take(size)
        self.pad(size)
        return kind, data


class Inflated:
    """A deflated variable, inflated while it is read."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size, self._left = file, size, size
        self._inflate = zlib.decompressobj()
        self._pending = b""

    def check(self, size: int) -> None:
        """Refuse to inflate to so many bytes, if that is a bomb."""
        check_unpacked("a variable", self._size, size)

    def read(self, size: int) -> bytes:
        """The next bytes, fewer only at the end."""
        found = []
        while size and not self._inflate.eof:
            if not self._pending:
                self._pending = self._file.read(min(self._left, _CHUNK))
                self._left -= len(self._pending)
            data = self._inflate.decompress(self._pending, size)
            if not data and not self._pending:
                break
            self._pending = self._inflate.unconsumed_tail
            found.append(data)
            size -= len(data)
        return b"".join(found)

    def finish(self) -> None:
        """Refuse what is cut off, goes on, or has another check sum, which zlib compares at the end."""
        if self.read(1) or not self._inflate.eof:
            raise ValueError("a deflated variable doesn't end where it should")
