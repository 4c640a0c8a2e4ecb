"""Parquet files: plain columns whose unpacked size, as far as the file tells, is within the limit."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any

import pandas as pd

from zsl._extras import needed
from zsl._files.opening import check_unpacked, length_of, opened, reading

_WIDEST = 16  # bytes of a number, a time or a reference to a text


def read_parquet(path: str | PathLike[str]) -> pd.DataFrame:
    """A Parquet file as a table."""
    with open_parquet(path, "a table") as file:
        file.seek(0)
        return pd.read_parquet(file, engine="pyarrow")


@contextmanager
def open_parquet(path: str | PathLike[str], what: str) -> Iterator[Any]:
    """The file, opened to read bytes, after its metadata were checked; anything raised meanwhile names the file."""
    _, parquet = (needed(name, "parquet", f"Reading {path}") for name in ("pyarrow", "pyarrow.parquet"))
    with reading(path, what), opened(path) as file:
        length = length_of(file)
        texts = _checked_texts(parquet.ParquetFile(file), length)
        if texts:
            _check_texts(parquet, file, texts, length)
        file.seek(0)
        yield file


def _checked_texts(found: Any, length: int) -> list[str]:
    """The columns of text, after the sizes of all columns were checked."""
    metadata = found.metadata
    unpacked, texts = 0, set()
    for number in range(metadata.num_columns):
        column = metadata.schema.column(number)
        if column.max_repetition_level or "." in column.path:
            raise ValueError(f"column {column.path.partition('.')[0]!r} is nested; wanted numbers or text")
        if column.physical_type == "BYTE_ARRAY":
            texts.add(column.name)
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(number)
            unpacked += max(chunk.total_uncompressed_size, chunk.num_values * _WIDEST, 0)
    unpacked = max(unpacked, metadata.num_rows * metadata.num_columns)
    check_unpacked("it", length, unpacked)
    return sorted(texts)


def _check_texts(parquet: Any, file: Any, texts: list[str], length: int) -> None:
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
