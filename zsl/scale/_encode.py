"""Encoding of a whole data set by blocks, on one machine or many."""

from __future__ import annotations

import hashlib
import warnings
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zsl._files.npy import map_npy, read_npy
from zsl._labels import as_labels
from zsl.datasets.shards import _files as files
from zsl.datasets.shards.features import ShardedFeatures, open_shards
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.evaluation.benchmark._describe import describe
from zsl.exceptions import InvalidInputError
from zsl.scale.jobs.layouts import Shards
from zsl.scale.jobs.running import Engine, Settings, run
from zsl.scale.sources.opening import open_source
from zsl.scale.workers import Encoder


def encode(
    dataset: Any,
    encoder: ImageEncoder | TextEncoder,
    output: str | PathLike[str],
    y: ArrayLike | None = None,
    *,
    engine: Engine = "local",
    workers: int | None = None,
    column: str | None = None,
    dtype: str | None = None,
    block_rows: int = 8192,
    threads: int = 1,
    num_gpus: float = 0,
    verbose: bool = True,
) -> ShardedFeatures:
    """Encode images or texts into a folder of shards, block by block, in order; `open_shards` opens it.

    Blocks, engines, killed workers and interruptions are as for `predict`: every engine leaves the same files, and the
    same call continues where one was interrupted.

    Parameters
    ----------
    dataset : path or sequence
        Images or texts: a Parquet file or a folder of them, anything that `read_samples` finds, or a list.
    encoder : ImageEncoder or TextEncoder
        The encoder. Images that can't be opened are left out, with a warning and their labels, if it has
        ``on_error="skip"``; ``kept.npy`` lists the positions of the others.
    output : path
        The folder; made if it doesn't exist.
    y : array of shape (n_samples,) or None, default=None
        The labels of all samples, stored with the shards. None takes those that the reader of samples finds, if any.
    engine : {"local", "ray"}, default="local"
        As for `predict`.
    workers : int or None, default=None
        As for `predict`.
    column : str or None, default=None
        The column of Parquet files that holds paths or bytes of images, or texts.
    dtype : {"float16", "float32", "float64"} or None, default=None
        The type that features are stored in; None for that of the encoder.
    block_rows : int, default=8192
        Samples per shard.
    threads : int, default=1
        As for `predict`.
    num_gpus : float, default=0
        GPUs that each actor of Ray takes. An encoder with ``device="auto"`` uses the one that its actor is given.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    ShardedFeatures
        The features on disk.

    Raises
    ------
    InvalidInputError
        If an argument isn't as described, samples can't be encoded (the error names their rows), or the folder was
        begun with other samples, another encoder or other settings. An encoder that can't be digested, such as
        one of a class that was defined within a function, counts as another one each time.
    MissingExtraError
        If Ray, Pillow, the weights of the default model or pyarrow are needed and not installed.

    See Also
    --------
    encode_shards : The same for images on one machine, without blocks of other engines.

    Examples
    --------
    >>> import tempfile
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[text.count(letter) for letter in "ab"] for text in texts]
    >>> texts = ["a", "b", "ab", "b"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     encode(texts, TextEncoder(Letters()), folder, block_rows=3, verbose=False)[:2].round(1).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    settings = Settings(engine, workers, block_rows, threads, num_gpus)
    work, source, folder = Encoder(encoder, dtype=dtype), open_source(dataset, column), Path(output)
    wanted = "images" if isinstance(encoder, ImageEncoder) else "texts"
    if source.kind != wanted:
        raise InvalidInputError(f"{source.name} holds {source.kind}; wanted {wanted} for a {type(encoder).__name__}.")
    n_rows = int(source.cuts(int(block_rows))[-1])
    labels = source.labels if y is None else as_labels("y", y)
    if labels is not None and len(labels) != n_rows:
        raise InvalidInputError(f"y has {len(labels)} labels, dataset {n_rows} samples; wanted one label per sample.")
    about = {
        "encoder": _told(encoder),
        "dtype": dtype,
        "labels": None if labels is None else hashlib.sha256(repr(labels.tolist()).encode()).hexdigest(),
    }
    records = run(folder, source, work, Shards(), about, settings=settings, verbose=verbose)
    return _finish(folder, records, labels, n_rows)


def _told(encoder: Any) -> dict[str, Any]:
    """The settings of an encoder that matter; an object whose content can't be digested never equals itself."""
    found: dict[str, Any] = describe(encoder)
    kept = {name: value for name, value in found["parameters"].items() if name not in _NO_MATTER}
    return {"class": found["class"], **kept}


_NO_MATTER = ("cache", "offline", "device")


def _finish(folder: Path, records: list[dict[str, Any]], labels: Any, n_rows: int) -> ShardedFeatures:
    """Join the positions in one file, write the labels of the kept rows, and last the list of files."""
    blocks = [record["files"] for record in records]
    kept = np.concatenate([read_npy(folder / block["kept"]["file"]) for block in blocks])
    first = map_npy(folder / blocks[0]["X"]["file"])
    files.write_sidecar(
        folder,
        rows=len(kept),
        width=first.shape[1],
        dtype=first.dtype.str,
        files=[{name: block["X"][name] for name in ("file", "rows", "sha256")} for block in blocks],
        kept=files.save_array(folder / files.KEPT, kept),
        labels=None if labels is None else files.write_labels(folder / files.LABELS, labels[kept], len(kept)),
    )
    if missing := n_rows - len(kept):
        warnings.warn(
            f"{missing} of {n_rows} images can't be opened and are left out; {folder / files.KEPT} lists the others.",
            stacklevel=3,
        )
    return open_shards(folder)
