"""Prediction of a whole data set by blocks, on one machine or many."""

from __future__ import annotations

import json
import os
import shutil
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from zsl._arguments import shown
from zsl._files.json import read_json
from zsl._labels import as_named_labels
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.estimators.catalog import BY_NAME
from zsl.exceptions import InvalidInputError
from zsl.scale.jobs.layouts import LAYOUTS
from zsl.scale.jobs.running import MODEL, Engine, Settings, check_folder, run
from zsl.scale.predictions import Predictions, finish
from zsl.scale.sources.opening import open_source
from zsl.scale.workers import Predictor


def predict(
    dataset: Any,
    estimator: Any,
    output: str | PathLike[str],
    *,
    engine: Engine = "local",
    workers: int | None = None,
    classes: ArrayLike | None = None,
    top: int = 1,
    proba: bool = False,
    reject: float | None = None,
    column: str | None = None,
    layout: Literal["parquet", "npy"] = "parquet",
    block_rows: int = 8192,
    threads: int = 1,
    num_gpus: float = 0,
    trusted: bool = False,
    verbose: bool = True,
) -> Predictions:
    """Predict the classes of a data set on disk, block by block, into a folder of files in the order of the samples.

    Blocks are fixed by the data and `block_rows`, and each becomes files named after its number, written whole or not
    at all. So every engine and number of workers leaves the same files, bit for bit; a worker that is killed is
    replaced, and nothing is there twice. After an interruption, the same call does what isn't done yet. Predictions
    don't depend on the blocks, except those of transductive methods, which refine by the samples of a block.

    With ``engine="ray"``, each worker is an actor of Ray Data that loads the model once. Samples don't travel through
    Ray: workers read and write files themselves, so dataset, model and output lie where every machine sees them. An
    object in place of a path is sent to each worker once.

    Parameters
    ----------
    dataset : path, ShardedFeatures, array or sequence
        Features: a folder of shards, a ``.npy`` file, a Parquet file or a folder of them, an array; or what the first
        step of a pipeline encodes: images or texts, as a Parquet file or folder, as for `read_samples`, or in a list. A
        file ``.csv`` or ``.npz`` is read whole.
    estimator : path or estimator
        The folder of a saved model, or a fitted estimator or pipeline, which is first saved beside the output.
    output : path
        The folder; made if it doesn't exist.
    engine : {"local", "ray"}, default="local"
        What runs the blocks: a loop in this process, or Ray, as it runs already, as ``RAY_ADDRESS`` names it, or on
        this machine.
    workers : int or None, default=None
        How many actors work at a time with Ray; None for as many as fit.
    classes : array of shape (C,) or None, default=None
        The classes to choose among; None for all.
    top : int, default=1
        How many of the best classes are written.
    proba : bool, default=False
        Whether probabilities are written in place of calibrated scores, which takes the scores of all classes.
    reject : float in [0, 1) or None, default=None
        Answer "none of these" at this rate of false rejections.
    column : str or None, default=None
        The column of Parquet files that holds lists of numbers, paths or bytes of images, or texts. None takes the only
        one, or the only one of lists, or all if all are numbers.
    layout : {"parquet", "npy"}, default="parquet"
        One Parquet file per block, or an array file per block and column.
    block_rows : int, default=8192
        Samples per block; of Parquet files, groups of rows are never divided, and blocks end with files.
    threads : int, default=1
        Threads that each worker computes with, also the local one; with Ray, the processors that it takes.
    num_gpus : float, default=0
        GPUs that each actor of Ray takes; parts of one are shared.
    trusted : bool, default=False
        Whether encoders that a saved model names are used, as for `zsl.load`.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    Predictions
        The output, block by block or as one table; `open_predictions` opens it again.

    Raises
    ------
    InvalidInputError
        If an argument isn't as described, samples are refused (the error names their rows), the folder was begun with
        other samples, another model or other options, or a worker died several times at the same block.
    ModelFileError
        If the model can't be loaded.
    MissingExtraError
        If Ray or pyarrow are needed and not installed.

    See Also
    --------
    encode : The same for features of images and texts.
    Predictor : The worker, for another engine.

    Examples
    --------
    >>> import tempfile
    >>> from zsl import ESZSLClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = predict(split.X_test_unseen, clf, folder, block_rows=100, verbose=False)
    ...     print(found, (found["label"] == clf.predict(split.X_test_unseen)).all())
    Predictions(373 rows in 4 blocks: row, label, score) True
    """
    settings = Settings(engine, workers, block_rows, threads, num_gpus)
    if layout not in LAYOUTS:
        raise InvalidInputError(f"layout={shown(layout)}; wanted 'parquet' or 'npy'.")
    named = None if classes is None else as_named_labels("classes", classes)
    options: dict[str, Any] = {"classes": named, "top": top, "proba": proba, "reject": reject}
    source, folder = open_source(dataset, column), Path(output)
    work, model = _worker(estimator, folder, trusted, options)
    _check(work, source.kind, source.name)
    about = {
        "model": model,
        "classes": None if named is None else named.tolist(),
        **{name: options[name] for name in ("top", "proba", "reject")},
    }
    records = run(folder, source, work, LAYOUTS[layout], about, settings=settings, verbose=verbose)
    return finish(folder, records, layout)


def _worker(estimator: Any, folder: Path, trusted: bool, options: dict[str, Any]) -> tuple[Predictor, str]:
    """The worker, which holds the path of a model, and the digest of that."""
    if isinstance(estimator, (str, os.PathLike)):
        place = Path(estimator).absolute()
        work = Predictor(place, load_options={"trusted": trusted}, **options)
        _ = work.estimator  # loads it, so that a folder that holds none is an error here
        return work, _digest(place)
    if not hasattr(estimator, "top_classes") and not isinstance(estimator, Pipeline):
        raise InvalidInputError(f"estimator={shown(estimator)}; wanted a fitted classifier, or the folder of one.")
    known = [] if type(estimator).__name__ in BY_NAME else [type(estimator)]
    work = Predictor(folder.absolute() / MODEL, load_options={"trusted": True, "known": known}, **options)
    digest = _saved(estimator, folder)
    work._loaded = estimator if hasattr(estimator, "top_classes") else None
    return work, digest


def _saved(estimator: Any, folder: Path) -> str:
    """Save an estimator beside the output, unless one is there, and return the digest of this one."""
    from zsl.estimators import save

    check_folder(folder)
    with TemporaryDirectory() as temporary:
        save(estimator, Path(temporary) / MODEL)
        digest = _digest(Path(temporary) / MODEL)
        if not (folder / MODEL / "model.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copytree(Path(temporary) / MODEL, folder / MODEL, dirs_exist_ok=True)
    return digest


def _digest(place: Path) -> str:
    found = read_json(place / "model.json")
    return str(found["digest"]) if isinstance(found, dict) else json.dumps(found)


def _check(work: Predictor, kind: str, name: str) -> None:
    """Refuse samples of a kind that the model doesn't take, and classes that it doesn't know, before any work."""
    estimator = work.estimator
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else None
    wanted = "images" if isinstance(first, ImageEncoder) else "texts" if isinstance(first, TextEncoder) else "features"
    if kind != wanted:
        raise InvalidInputError(
            f"{name} holds {kind}, and the model takes {wanted}"
            + ("; zsl.scale.encode makes features of them." if wanted == "features" else ".")
        )
    unknown = (
        [] if work.classes is None else sorted(set(np.asarray(work.classes).tolist()) - {*estimator.classes_.tolist()})
    )
    if unknown:
        raise InvalidInputError(f"classes holds {shown(unknown[0])}, which the model doesn't know.")
