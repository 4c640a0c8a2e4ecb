"""Encoding of images into shards, which continues where it was interrupted."""

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
from tqdm import tqdm

from zsl._typing import FloatArray
from zsl.datasets.shards import _files as files
from zsl.encoders.images._encoding import EncodedImages
from zsl.encoders.images._inputs import as_items, is_image
from zsl.encoders.images.image import ImageEncoder
from zsl.evaluation._arrays import as_count, as_labels
from zsl.exceptions import InvalidInputError

KEPT, PLAN = "kept.npy", "encoding.json"


def encode_shards(
    path: str | PathLike[str], encoder: ImageEncoder, X: Any, y: ArrayLike | None = None, *, shard_size: int = 8192
) -> Path:
    """Encode images into a folder that `open_shards` opens, shard by shard.

    After an interruption, the same call continues after the last finished shard; a finished folder is left as it is. In
    addition to the files of `write_shards`, the folder holds ``encoding.json``, which identifies inputs and encoder,
    and ``kept.npy``, the position of each row in X.

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
        images (other paths, or changed files), of another encoder or of other settings. An encoder without a name is
        compared by encoding one image again.
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
    first = done[0] if done else None
    with tqdm(total=len(starts), initial=len(done), desc="shards", disable=not encoder.verbose, leave=False) as bar:
        for number in range(len(done), len(starts)):
            start = starts[number]
            found = _encode(encoder, items[start : start + shard_size], start)
            if first is not None and found.features.shape[1] != first.shape[1]:
                raise InvalidInputError(f"model returned {found.features.shape[1]} features, {first.shape[1]} before.")
            first = found.features if first is None else first
            _save(folder / f"kept_{number:03d}.npy", found.kept + start)
            _save(_shard(folder, number), found.features)
            bar.update()
    _finish(folder, len(items), len(starts), labels)
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
) -> list[FloatArray]:
    """The finished shards, as memory maps; the plan is written if there is none."""
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
    begun = files.read_json(path)
    if not isinstance(begun, dict):
        raise InvalidInputError(f"{path} can't be read as JSON: it holds a {type(begun).__name__}.")
    if different := [name for name in plan if begun.get(name) != plan[name]]:
        differences = "; ".join(f"{name} {begun.get(name)!r} there, {plan[name]!r} here" for name in different)
        raise InvalidInputError(
            f"{folder} was begun with something else ({differences}); wanted the same inputs and encoder, or a new "
            "folder."
        )
    shards = takewhile(Path.exists, (_shard(folder, number) for number in range(n_shards)))
    done: list[FloatArray] = [files.map_array(shard) for shard in shards]
    if done:
        _compare(folder, encoder, items, done[0])
    return done


def _compare(folder: Path, encoder: ImageEncoder, items: Sequence[Any], shard: FloatArray) -> None:
    """Encode the first image again: the only way to recognize an object that encodes."""
    first = int(files.map_array(folder / (KEPT if (folder / KEPT).exists() else "kept_000.npy"))[0])
    again = _encode(encoder, items[first : first + 1], first).features[0]
    if again.shape != shard[0].shape or not np.allclose(again, shard[0], rtol=1e-3, atol=1e-3 * np.abs(again).max()):
        raise InvalidInputError(f"{folder} was begun with an encoder that encodes the first image differently.")


def _finish(folder: Path, n_images: int, n_shards: int, labels: Any) -> None:
    """Join the positions in one file, write the labels of the kept rows, and last the list of files."""
    kept: NDArray[np.intp] = np.concatenate(
        [files.map_array(folder / f"kept_{number:03d}.npy") for number in range(n_shards)]
    )
    shards = [files.map_array(_shard(folder, number)) for number in range(n_shards)]
    entries = [files.file_entry(_shard(folder, number), len(shard)) for number, shard in enumerate(shards)]
    _save(folder / KEPT, kept)
    entry = None if labels is None else files.write_labels(folder / files.LABELS, labels[kept], len(kept))
    files.write_sidecar(
        folder, rows=len(kept), width=shards[0].shape[1], dtype=shards[0].dtype.str, files=entries, labels=entry
    )
    for number in range(n_shards):
        (folder / f"kept_{number:03d}.npy").unlink()
    if missing := n_images - len(kept):
        warnings.warn(
            f"{missing} of {n_images} images can't be opened and are left out; {folder / KEPT} lists the others.",
            stacklevel=3,
        )


def _encode(encoder: ImageEncoder, items: Sequence[Any], start: int) -> EncodedImages:
    return encoder._encode(items, skip=encoder.on_error == "skip", verbose=False, offset=start)


def _shard(folder: Path, number: int) -> Path:
    return folder / f"X_{number:03d}.npy"


def _save(file: Path, array: NDArray[Any]) -> None:
    with files.written(file) as part, part.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)
