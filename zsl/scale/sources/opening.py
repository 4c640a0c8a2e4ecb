"""A data set as a user names it, opened as what a job reads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from zsl._arguments import shown
from zsl._files.npy import map_npy
from zsl._suggestions import like_named
from zsl.datasets._image_folders import is_image
from zsl.datasets.samples._found import Found
from zsl.datasets.samples.reading import find_samples
from zsl.datasets.shards._files import SIDECAR
from zsl.datasets.shards.features import ShardedFeatures, open_shards
from zsl.exceptions import InvalidInputError
from zsl.scale.sources.parquet import ParquetSource, parquet_files
from zsl.scale.sources.source import Features, Items, Source, told


def open_source(dataset: Any, column: str | None = None) -> Source:
    """Open a path, shards, a matrix, or a sequence of images or texts."""
    if isinstance(dataset, Source):
        return dataset
    if isinstance(dataset, ShardedFeatures):
        return _of_shards(dataset.path)
    if isinstance(dataset, (str, os.PathLike)):
        return _at(Path(dataset), column)
    if isinstance(dataset, Found):
        return _of_found(dataset)
    if isinstance(dataset, np.ndarray) and dataset.ndim == 2:
        return Features("dataset", partial(_given, dataset), partial(_digest, dataset))
    if isinstance(dataset, (Sequence, np.ndarray)) and len(dataset):
        kind = "images" if _are_images(dataset[0]) else "texts"
        return Items("dataset", kind, dataset)  # type: ignore[arg-type]
    raise InvalidInputError(
        f"dataset={shown(dataset)}; wanted a path, shards, an array of shape (n_samples, n_features), or at least one "
        "image or text."
    )


def _at(path: Path, column: str | None) -> Source:
    if path.suffix.lower() == ".parquet" and path.is_file():
        return ParquetSource(f"{path}", [path], column)
    if path.is_dir() and (path / SIDECAR).exists():
        return _of_shards(path)
    if path.is_dir() and (files := parquet_files(path)):
        return ParquetSource(f"{path}", files, column)
    if column is not None:
        raise InvalidInputError(f"column={column!r} goes with Parquet files; {path} is none, and holds none.")
    if path.suffix.lower() == ".npy" and path.is_file():
        if map_npy(path).ndim != 2:
            raise InvalidInputError(f"{path} has shape {map_npy(path).shape}; wanted (n_samples, n_features).")
        return Features(f"{path}", partial(map_npy, path.absolute()), partial(_digest_of, path.absolute()))
    if not path.exists():
        raise InvalidInputError(f"dataset {path} is not a file or folder; wanted one that exists." + like_named(path))
    return _of_found(find_samples(path))


def _of_found(found: Found) -> Source:
    """What the reader of samples found, images and texts with their names."""
    if found.kind != "features":
        return Items(f"{found.path}", found.kind, found.items, found.names, found.labels)
    if isinstance(found.items, ShardedFeatures):
        return _of_shards(found.items.path)
    X = np.asarray(found.items)
    return Features(f"{found.path}", partial(_given, X), partial(_digest, X))


def _of_shards(folder: Path) -> Source:
    folder = folder.absolute()
    return Features(f"{folder}", partial(open_shards, folder), partial(_list_of, folder))


def _given(X: Any) -> Any:
    return X


def _digest(X: Any) -> str:
    array = np.ascontiguousarray(X)
    return hashlib.sha256(f"{array.dtype.str}{array.shape}".encode() + array.tobytes()).hexdigest()


def _digest_of(path: Path) -> str:
    return hashlib.sha256(told(path)).hexdigest()


def _list_of(folder: Path) -> str:
    """The digest of the list of shards, which holds theirs."""
    return hashlib.sha256((folder / SIDECAR).read_bytes()).hexdigest()


def _are_images(item: Any) -> bool:
    return not isinstance(item, str) or is_image(item)
