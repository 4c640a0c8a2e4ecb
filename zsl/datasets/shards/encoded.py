"""Encoding of images into shards, which continues where it was interrupted."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Sequence
from itertools import takewhile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._files.json import read_json
from zsl._files.npy import map_npy
from zsl._progress import progress
from zsl._typing import FloatArray
from zsl.datasets.shards import _files as files
from zsl.encoders.images._encoding import EncodedImages
from zsl.encoders.images._inputs import as_items, is_image
from zsl.encoders.images.image import ImageEncoder
from zsl.evaluation._arrays import as_count, as_labels
from zsl.exceptions import InvalidInputError

PLAN, _RECORD = "encoding.json", "shard_{:03d}.json"
_Record = dict[str, dict[str, Any]]
"""The entries of the two files of a shard, by what they hold: features, and the positions of their images."""


def encode_shards(
    path: str | PathLike[str], encoder: ImageEncoder, X: Any, y: ArrayLike | None = None, *, shard_size: int = 8192
) -> Path:
    """Encode images into a folder that `open_shards` opens, shard by shard.

    After an interruption, the same call continues after the last finished shard; a finished folder is left as it is.
    The SHA-256 of each shard is recorded with it, and every call compares the files that are there. In addition to the
    files of `write_shards`, the folder holds ``encoding.json``, which identifies inputs and encoder, and ``kept.npy``,
    the position of each row in X.

    Parameters
    ----------
    path : path
        The folder; made if it doesn't exist.
    encoder : ImageEncoder
        The encoder. With ``on_error="skip"``, images that can't be opened are left out with a warning, with their
        labels.
    X : list or array of length n
        Images, as for `ImageEncoder.transform`.
    y : array of shape (n,) or None, default=None
        The labels of all images, as integers or strings.
    shard_size : int, default=8192
        Images per shard, 1 or more; an interruption loses at most one shard.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InvalidInputError
        As in `ImageEncoder.encode`, if the length of y differs from that of X, or if the folder holds shards of other
        images (other paths, or changed files), of another encoder or of other settings, or files that are missing or
        not as they were written. An encoder without a name is compared by encoding one image again.
    MissingExtraError
        As in `ImageEncoder.encode`.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from zsl.datasets import open_shards
    >>> class MeanColour:
    ...     def encode(self, images):
    ...         return [np.asarray(image).mean(axis=(0, 1)) for image in images]
    >>> images = np.zeros((5, 8, 8, 3), dtype=np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     encode_shards(folder, ImageEncoder(MeanColour(), verbose=False), images, shard_size=2).name != ""
    ...     open_shards(folder).shape
    True
    (5, 3)
    """
    if not isinstance(encoder, ImageEncoder):
        raise InvalidInputError(f"encoder is of type {type(encoder).__name__}; wanted an ImageEncoder.")
    shard_size = as_count("shard_size", shard_size)
    encoder.fit(X)
    items = as_items(X)
    labels = None if y is None else as_labels("y", y)
    if labels is not None and len(labels) != len(items):
        raise InvalidInputError(f"y has {len(labels)} labels, X {len(items)} images; wanted one label per image.")
    folder = Path(path)
    plan = _plan(encoder, items, labels, shard_size)
    starts = range(0, len(items), shard_size)
    done = _finished(folder, plan, encoder, items, len(starts))
    if (folder / files.SIDECAR).exists():
        return folder
    first = map_npy(_shard(folder, 0)) if done else None
    with progress("shards", len(starts), initial=len(done), shown=encoder.verbose) as bar:
        for number in range(len(done), len(starts)):
            start = starts[number]
            found = _encode(encoder, items[start : start + shard_size], start)
            if first is not None and found.features.shape[1] != first.shape[1]:
                raise InvalidInputError(f"model returned {found.features.shape[1]} features, {first.shape[1]} before.")
            first = found.features if first is None else first
            done.append(_save(folder, number, found.features, found.kept + start))
            bar.update()
    _finish(folder, len(items), done, labels)
    return folder


def _plan(encoder: Any, items: Sequence[Any], y: Any, shard_size: int) -> dict[str, Any]:
    """Everything that must be the same to continue."""
    model = encoder.model
    return {
        "format": "zsl-encoding",
        "version": 1,
        "model": os.fspath(model) if isinstance(model, (str, os.PathLike)) else type(model).__qualname__,
        "image_size": None if encoder.image_size is None else int(encoder.image_size),
        "pooling": encoder.pooling,
        "on_error": encoder.on_error,
        "rows": len(items),
        "shard_size": shard_size,
        "inputs": _digest(items),
        "labels": None if y is None else hashlib.sha256(repr(np.asarray(y).tolist()).encode()).hexdigest(),
    }


def _digest(items: Sequence[Any]) -> str:
    """SHA-256 of the inputs: paths with the size and time of their files, pixels of everything else."""
    found = hashlib.sha256()
    for item in items:
        if isinstance(item, (str, os.PathLike)):
            path = Path(item)
            stat = path.stat() if path.exists() else None
            found.update(f"{path}\0{(stat.st_size, stat.st_mtime_ns) if stat else None}\n".encode("utf-8", "replace"))
            continue
        if is_image(item):
            item.load()
            found.update(f"{item.mode}\0{item.size}\0{item.getpalette()}\n".encode())
            found.update(item.tobytes())
            continue
        array = np.ascontiguousarray(item.detach().cpu().numpy() if hasattr(item, "detach") else item)
        found.update(f"{array.dtype.str}\0{array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def _finished(
    folder: Path, plan: dict[str, Any], encoder: ImageEncoder, items: Sequence[Any], n_shards: int
) -> list[_Record]:
    """What was recorded of the finished shards, whose files are compared; the plan is written if there is none."""
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"{folder} is a file; wanted a folder.")
    path = folder / PLAN
    if not path.exists():
        if any((*folder.glob("X_*.npy"), *folder.glob(files.SIDECAR))):
            raise InvalidInputError(
                f"{folder} holds shards that weren't written by encode_shards; wanted a new folder."
            )
        folder.mkdir(parents=True, exist_ok=True)
        files.write_json(path, plan)
        return []
    begun = read_json(path)
    if not isinstance(begun, dict):
        raise InvalidInputError(f"{path} can't be read as JSON: it holds a {type(begun).__name__}.")
    if different := [name for name in plan if begun.get(name) != plan[name]]:
        differences = "; ".join(f"{name} {begun.get(name)!r} there, {plan[name]!r} here" for name in different)
        raise InvalidInputError(
            f"{folder} was begun with something else ({differences}); wanted the same inputs and encoder, or a new "
            "folder."
        )
    if (folder / files.SIDECAR).exists():
        listed = files.listed(files.read_sidecar(folder))
        files.check_sums(folder, listed, " Restore them, or encode into a new folder.")
        _compare(folder, encoder, items, folder / files.KEPT)
        return []
    done = list(takewhile(bool, (_recorded(folder, number) for number in range(n_shards))))
    entries = [entry for record in done for entry in record.values()]
    files.check_sums(folder, entries, " Delete them to encode their images again.")
    if done:
        _compare(folder, encoder, items, folder / _kept(0))
    return done


def _recorded(folder: Path, number: int) -> _Record:
    """The entries of the files of a shard, empty where one of them is missing."""
    path, names = folder / _RECORD.format(number), {"features": _shard(folder, number).name, "kept": _kept(number)}
    if not all((folder / name).exists() for name in (path.name, *names.values())):
        return {}
    record = read_json(path)
    if not isinstance(record, dict) or not all(files.is_entry(record.get(key), name) for key, name in names.items()):
        raise InvalidInputError(f"{path} isn't the record of a shard; delete it to encode its images again.")
    return {key: record[key] for key in names}


def _compare(folder: Path, encoder: ImageEncoder, items: Sequence[Any], kept: Path) -> None:
    """Encode the first image again: the only way to recognize an object that encodes."""
    first, known = int(map_npy(kept)[0]), map_npy(_shard(folder, 0))[0]
    again = _encode(encoder, items[first : first + 1], first).features[0]
    if again.shape != known.shape or not np.allclose(again, known, rtol=1e-3, atol=1e-3 * np.abs(again).max()):
        raise InvalidInputError(f"{folder} was begun with an encoder that encodes the first image differently.")


def _finish(folder: Path, n_images: int, done: list[_Record], labels: Any) -> None:
    """Join the positions in one file, write the labels of the kept rows, and last the list of files."""
    kept: NDArray[np.intp] = np.concatenate([map_npy(folder / _kept(number)) for number in range(len(done))])
    first = map_npy(_shard(folder, 0))
    files.write_sidecar(
        folder,
        rows=len(kept),
        width=first.shape[1],
        dtype=first.dtype.str,
        files=[record["features"] for record in done],
        kept=files.save_array(folder / files.KEPT, kept),
        labels=None if labels is None else files.write_labels(folder / files.LABELS, labels[kept], len(kept)),
    )
    for number in range(len(done)):
        (folder / _RECORD.format(number)).unlink()
        (folder / _kept(number)).unlink()
    if missing := n_images - len(kept):
        warnings.warn(
            f"{missing} of {n_images} images can't be opened and are left out; {folder / files.KEPT} lists the others.",
            stacklevel=3,
        )


def _encode(encoder: ImageEncoder, items: Sequence[Any], start: int) -> EncodedImages:
    return encoder._encode(items, skip=encoder.on_error == "skip", verbose=False, offset=start)


def _shard(folder: Path, number: int) -> Path:
    return folder / f"X_{number:03d}.npy"


def _kept(number: int) -> str:
    return f"kept_{number:03d}.npy"


def _save(folder: Path, number: int, features: FloatArray, kept: NDArray[np.intp]) -> _Record:
    """Write a shard, the positions of its images, and last the record of both, without which it isn't finished."""
    (folder / _RECORD.format(number)).unlink(missing_ok=True)
    record = {
        "kept": files.save_array(folder / _kept(number), kept),
        "features": files.save_array(_shard(folder, number), features),
    }
    files.write_json(folder / _RECORD.format(number), record)
    return record
