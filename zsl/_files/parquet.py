"""Parquet files: plain columns whose unpacked size, as far as the file tells, is within the limit.

The metadata are read here first, by the format of https://github.com/apache/parquet-format: some damaged ones end the
process when they are looked at through Arrow.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from zsl._extras import needed
from zsl._files.opening import check_unpacked, length_of, opened, reading
from zsl._files.thrift import read_struct

_MAGIC = b"PAR1"
_WIDEST = 16  # bytes of a number, a time or a reference to a text
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # fields of the metadata of a file
_REPETITION, _NAME, _CHILDREN, _REPEATED = 3, 4, 5, 2  # fields of a column in the schema; the last one is a value
_COLUMNS, _GROUP_ROWS = 1, 3  # fields of a group of rows
_PLACE, _METADATA = 1, 3  # fields of a column in a group
_TYPE, _ENCODINGS, _PATH, _CODEC, _VALUES, _UNPACKED, _PACKED, _START = 1, 2, 3, 4, 5, 6, 7, 9  # those of its metadata
_TEXT = 6
_DEEPEST = 3  # names on the way to the values of a list


def read_parquet(path: str | PathLike[str]) -> pd.DataFrame:
    """A Parquet file as a table."""
    with open_parquet(path, "a table") as file:
        table = pd.read_parquet(file, engine="pyarrow")
        for place, kind in enumerate(table.dtypes):
            if not is_numeric_dtype(kind):
                table.iloc[:, place].tolist()  # texts are decoded when they are looked at, and some are no UTF-8
        return table


@contextmanager
def open_parquet(path: str | PathLike[str], what: str, *, lists: bool = False) -> Iterator[Any]:
    """The file, opened to read bytes, after its metadata were checked; anything raised meanwhile names the file.

    With `lists`, columns of lists are allowed, and texts are left to a caller who reads some rows at a time.
    """
    _, parquet = (needed(name, "parquet", f"Reading {path}") for name in ("pyarrow", "pyarrow.parquet"))
    with reading(path, what), opened(path) as file:
        length = length_of(file)
        texts = _checked_texts(read_struct(_footer(file, length)), length, lists)
        if texts and not lists:
            _check_texts(parquet, file, texts, length)
        file.seek(0)
        yield file


def _footer(file: io.BufferedReader, length: int) -> bytes:
    """The metadata, which end a file before their length and a mark."""
    file.seek(max(0, length - 8))
    end = file.read(8)
    size = int.from_bytes(end[:4], "little")
    if not end.endswith(_MAGIC) or size > length - 12:
        raise ValueError("it doesn't end like a Parquet file")
    file.seek(length - 8 - size)
    return file.read(size)


def _checked_texts(metadata: dict[int, Any], length: int, lists: bool) -> list[str]:
    """The columns of text, after the sizes of all columns were checked."""
    n_rows, unpacked, texts = _count(metadata, _ROWS), 0, set()
    columns = _columns(_list(metadata, _SCHEMA), lists)
    groups = _list(metadata, _GROUPS)
    if sum(_count(group, _GROUP_ROWS) for group in groups) != n_rows:
        raise ValueError("its numbers of columns or rows don't add up")
    for group in groups:
        chunks = _list(group, _COLUMNS)
        if len(chunks) != len(columns):
            raise ValueError("a group of rows has another number of columns than the file")
        for (path, column), chunk in zip(columns, chunks, strict=True):
            found = chunk.get(_METADATA)
            if not isinstance(found, dict) or _PLACE in chunk:
                raise ValueError("a column has no metadata, or lies in another file")
            if found.get(_TYPE) != column.get(_TYPE) or _list(found, _PATH) != path:
                raise ValueError("a column has another name or type in a group of rows than in the file")
            if _list(found, _ENCODINGS) == [] or max(_count(found, _START), _count(found, _PACKED)) > length:
                raise ValueError("a column has no encoding, or lies outside the file")
            _count(found, _CODEC)
            if _count(found, _VALUES) != _count(group, _GROUP_ROWS) and len(path) == 1:
                raise ValueError("a column has more or fewer values than its group has rows")
            unpacked += max(_count(found, _UNPACKED), found[_VALUES] * _WIDEST)
            if found[_TYPE] == _TEXT:
                texts.add(column[_NAME].decode("utf-8"))
    check_unpacked("it", length, unpacked)
    return sorted(texts)


def _columns(schema: list[Any], lists: bool) -> list[tuple[list[bytes], dict[int, Any]]]:
    """The columns that hold values, each with its path; a list is a group of one repeated group of one column."""
    root, *nodes = schema
    found: list[tuple[list[bytes], dict[int, Any]]] = []
    place = n_columns = 0
    while place < len(nodes):
        path, node = [nodes[place].get(_NAME)], nodes[place]
        while lists and len(path) < _DEEPEST and node.get(_CHILDREN) == 1 and place + 1 < len(nodes):
            place, node = place + 1, nodes[place + 1]
            path.append(node.get(_NAME))
        if node.get(_CHILDREN) or (node.get(_REPETITION) == _REPEATED and len(path) < 2):
            raise ValueError(
                f"column {path[0].decode('utf-8', 'replace')!r} is nested; wanted numbers{', lists' * lists} or text"
            )
        found.append((path, node))
        place, n_columns = place + 1, n_columns + 1
    if _count(root, _CHILDREN) != n_columns:
        raise ValueError("its numbers of columns or rows don't add up")
    return found


def _list(found: Any, field: int) -> list[Any]:
    values = found.get(field)
    if not isinstance(values, list):
        raise ValueError(f"its metadata have no list in field {field}")
    return values


def _count(found: Any, field: int) -> int:
    value = found.get(field)
    if type(value) is not int or value < 0:
        raise ValueError(f"its metadata have no number from 0 in field {field}")
    return value


def _check_texts(parquet: Any, file: io.BufferedReader, texts: list[str], length: int) -> None:
    """Texts are stored once and referred to, so only the references tell how much they take."""
    compute = needed("pyarrow.compute", "parquet", "Reading Parquet files")
    total = 0
    for name in texts:
        for column in parquet.ParquetFile(file, read_dictionary=[name]).read(columns=[name]).columns:
            for chunk in column.chunks:
                if hasattr(chunk, "dictionary"):
                    lengths = compute.binary_length(chunk.dictionary).take(chunk.indices)
                    total += compute.sum(lengths, min_count=0).cast("int64").as_py()
    check_unpacked("its text", length, total)
