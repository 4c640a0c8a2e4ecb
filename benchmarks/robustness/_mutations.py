"""Mutations of files: bits, numbers, pieces, and what lies packed within."""

import gzip
import io
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random
from zipfile import ZIP_STORED, ZipFile

_NUMBERS = (
    0,
    1,
    2,
    7,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    10**9,
    10**12,
    2**63 - 1,
    2**64 - 1,
)
_TEXTS = (
    b"", b"-1", b"0", b"-0", b"1e400", b"nan", b"inf", b"1e-400", b"3.5", b"9" * 5000, b"1000000000", b"1000000000000",
    b"18446744073709551616", b"null", b"true", b"[", b"{", b'"', b"'", b",", b"\n", b"\t", b"\0", b"\xff",
    b"\xed\xa0\x80", b"(" * 300, b"[" * 3000, b".." + b"/", b"=1+1", b"\xef\xbb\xbf",
)  # fmt: skip
Mutation = Callable[[Random, bytearray, Sequence[bytes]], None]


def mutated(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """A copy with one to four changes; others of its kind lend pieces."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        rng.choice(_MUTATIONS)(rng, data, others)
    return bytes(data)


def _at(rng: Random, data: bytearray) -> int:
    """A place, often near the start, where headers are."""
    end = len(data) if rng.random() < 0.5 else min(len(data), 256)
    return rng.randrange(end) if end else 0


def _flip(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    for _ in range(rng.choice((1, 1, 2, 8))):
        if data:
            data[_at(rng, data)] ^= 1 << rng.randrange(8)


def _byte(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    if data:
        data[_at(rng, data)] = rng.choice((0, 1, 127, 128, 254, 255, rng.randrange(256)))


def _number(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    """A number of one to eight bytes, often at a multiple of four, where formats keep theirs."""
    size, at = rng.choice((1, 2, 4, 4, 8)), _at(rng, data)
    at -= at % 4 if rng.random() < 0.5 else 0
    value = rng.choice(_NUMBERS) % (1 << 8 * size)
    data[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))


def _text(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    """A word or a number in the text replaced by another one."""
    found = [match.span() for match in re.finditer(rb"[A-Za-z0-9_.+-]+", data[:4096])]
    start, end = rng.choice(found) if found else (0, 0)
    data[start:end] = rng.choice(_TEXTS)


def _cut(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    del data[_at(rng, data) :]


def _drop(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = _at(rng, data)
    del data[at : at + rng.choice((1, 4, 8, rng.randrange(1, 200)))]


def _repeat(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = _at(rng, data)
    piece = data[at : at + rng.choice((1, 4, 8, rng.randrange(1, 200)))]
    data[at:at] = piece * rng.choice((1, 1, 2, 20))


def _insert(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = _at(rng, data)
    data[at:at] = rng.choice((rng.randbytes(rng.choice((1, 4, 8, 50))), rng.choice(_TEXTS)))


def _splice(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = rng.choice(others)
    at, start = _at(rng, data), _at(rng, bytearray(other))
    data[at : at + rng.choice((0, 8, len(data)))] = other[start : start + rng.choice((8, 64, len(other)))]


_MUTATIONS: tuple[Mutation, ...] = (
    _flip, _flip, _byte, _number, _number, _text, _text, _cut, _drop, _repeat, _insert, _splice
)  # fmt: skip


def in_zip(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """One member of a ZIP archive mutated and packed again, with a right check sum."""
    with ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen, packed = rng.choice(sorted(members)), io.BytesIO()
    members[chosen] = mutated(rng, members[chosen], list(members.values()))
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def in_gzip(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The content of a gzip file mutated and packed again."""
    inner = gzip.decompress(content)
    return gzip.compress(mutated(rng, inner, [inner]), 1, mtime=0)


def in_mat5(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The variables of a MATLAB 5 file mutated, then each deflated."""
    data, packed, at = mutated(rng, content, others), bytearray(content[:128]), 128
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        end = at + 8 + min(size, len(data))
        deflated = zlib.compress(data[at:end], 1)
        packed += struct.pack("<II", 15, len(deflated)) + deflated
        at = end
    return bytes(packed)
