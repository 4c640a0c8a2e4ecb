"""The text format of GloVe and word2vec: a word and its numbers on each line."""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from zsl._files.opening import Unpacking, length_of, opened, reading
from zsl._typing import FloatArray

_LONGEST, _SAMPLE = 1 << 20, 1000  # bytes of a line; lines that tell how many numbers there are
_NUMBER = re.compile(rb"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_OTHERS = {b"PK\x03\x04": "a ZIP archive", b"\xff\xfe": "in UTF-16", b"\xfe\xff": "in UTF-16"}
_GZIP, _MARK = b"\x1f\x8b", b"\xef\xbb\xbf"


def read_lines(path: Path, wanted: set[str]) -> Iterator[tuple[str, FloatArray]]:
    """The entries of a file that are wanted."""
    with reading(path, "words and their numbers"), opened(path) as file:
        start = file.read(4)
        file.seek(0)
        for begin, found in _OTHERS.items():
            if start.startswith(begin):
                raise ValueError(f"it is {found}; wanted text in UTF-8 or Latin-1, or such text packed by gzip")
        if start.startswith(_GZIP):
            unpacked = Unpacking(gzip.GzipFile(fileobj=file), "it", length_of(file))
            yield from _entries(io.BufferedReader(unpacked, 1 << 16), wanted)
        else:
            yield from _entries(file, wanted)


def _entries(file: BinaryIO | io.BufferedReader, wanted: set[str]) -> Iterator[tuple[str, FloatArray]]:
    # Only a line that begins like a word that is wanted, in either encoding, is taken apart.
    first = {word.split(maxsplit=1)[0] for word in wanted if word.strip()}
    begins = {word.encode(codec, "ignore") for word in first for codec in ("utf-8", "latin-1")}
    lines = _lines(file)
    sample = list(islice(lines, _SAMPLE))
    width = _width(sample)
    for number, line in enumerate(chain(sample, lines), start=1):
        begin = line.split(None, 1)[:1]
        if not begin or begin[0] not in begins or (number == 1 and _is_head(line)):
            continue
        fields = line.rsplit(None, width)
        if len(fields) <= width:
            if _decoded(fields[0]) in wanted:
                raise ValueError(f"line {number} has {len(fields) - 1} numbers, others {width}")
        elif (word := _decoded(b" ".join(fields[0].split()))) in wanted:
            try:
                yield word, np.array(fields[1:], dtype=np.float64)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}; wanted a word and its numbers") from error


def _lines(file: BinaryIO | io.BufferedReader) -> Iterator[bytes]:
    """The lines, none of them endless."""
    line = file.readline(_LONGEST).removeprefix(_MARK)
    while line:
        if len(line) == _LONGEST and not line.endswith(b"\n"):
            raise ValueError(f"it has a line of more than {_LONGEST:,} bytes; wanted a word and its numbers on each")
        yield line
        line = file.readline(_LONGEST)


def _width(lines: list[bytes]) -> int:
    """How many numbers most lines end in. A word may itself hold blanks and end in a number."""
    counts: Counter[int] = Counter()
    for line in lines[_is_head(lines[0]) if lines else 0 :]:
        fields = line.split()
        count = 0
        while count < len(fields) - 1 and _NUMBER.fullmatch(fields[-1 - count]):
            count += 1
        counts[count] += 1
    counts.pop(0, None)
    if not counts:
        raise ValueError("none of its first lines is a word and its numbers")
    return counts.most_common(1)[0][0]


def _is_head(line: bytes) -> bool:
    """Whether a first line holds the numbers of words and of their numbers."""
    fields = line.split()
    return len(fields) == 2 and all(field.isdigit() for field in fields)


def _decoded(word: bytes) -> str:
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        return word.decode("latin-1")
