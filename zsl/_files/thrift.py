"""Thrift's compact protocol, in which Parquet writes its metadata: structures as dicts from field number to value.

The format is that of https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from typing import Any

_MOST_DEPTH = 20
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = (4, 5, 6)


def read_struct(data: bytes) -> dict[int, Any]:
    """The structure that the bytes begin with."""
    return _Reader(data).struct(0)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def struct(self, depth: int) -> dict[int, Any]:
        """Fields up to the stop."""
        if depth > _MOST_DEPTH:
            raise ValueError("its metadata are nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            if number in found:
                raise ValueError(f"its metadata have field {number} twice")
            kind = head & 15
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._take(self._varint())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            head = self._byte()
            count = self._count(head >> 4 if head >> 4 < 15 else self._varint())
            return [self._value(head & 15, depth + 1) for _ in range(count)]
        if kind in (_BYTE, _TRUE, _FALSE):  # the latter in lists, where they take a byte
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        if kind == _MAP:
            count = self._count(self._varint())
            kinds = self._byte() if count else 0
            return [(self._value(kinds >> 4, depth + 1), self._value(kinds & 15, depth + 1)) for _ in range(count)]
        raise ValueError(f"its metadata hold a value of type {kind}, which there isn't")

    def _count(self, count: int) -> int:
        """A number of values, each of which takes a byte at least."""
        if count > len(self._data) - self._at:
            raise ValueError(f"its metadata claim a list of {count} values")
        return count

    def _take(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > len(self._data):
            raise EOFError("its metadata end early")
        return self._data[start : self._at]

    def _byte(self) -> int:
        return self._take(1)[0]

    def _varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("its metadata hold an integer of more than 64 bits")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
