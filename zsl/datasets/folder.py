"""Images in class folders as features, by an encoder that the user brings."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.random import RandomState

from zsl._typing import FloatArray, LabelArray
from zsl.datasets._checks import as_unseen, check_shares
from zsl.datasets.few_shot._images import image_files
from zsl.datasets.files import load_features
from zsl.datasets.shards._encoding import Encoder, check_arguments, encode
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.semantics import Semantics, as_semantics

_PARTS = ("train", "test_seen", "test_unseen", "pool")


def read_folder(
    root: str | PathLike[str],
    encoder: Encoder | None = None,
    *,
    takes: Literal["images", "paths"] = "images",
    batch_size: int = 32,
    on_error: Literal["raise", "skip"] = "raise",
    verbose: bool = True,
) -> tuple[FloatArray, LabelArray, list[Path]]:
    """Encode the images of ``root/<class>/``, in the order of class and file names.

    Image files end in .bmp, .jpeg, .jpg, .png or .webp, in capitals or not. Other files, hidden ones, and folders
    within a class folder are passed over.

    Parameters
    ----------
    root : path
        The folder that holds a folder of images for each class.
    encoder : callable
        Turns a list of images into an array or tensor of shape (n_images, n_features). There is no default.
    takes : {"images", "paths"}, default="images"
        What the encoder is given: images, opened by Pillow, turned as their EXIF data say and brought to RGB, which
        needs the extra ``zslearn[images]``; or the paths, to open them itself.
    batch_size : int, default=32
        Images encoded at a time.
    on_error : {"raise", "skip"}, default="raise"
        What to do about a file that can't be opened: raise an error that names it, or leave it out with a warning that
        does. No effect on paths.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    X : ndarray of shape (n_images, n_features)
        Finite features; float32 stays, everything else becomes float64.
    y : ndarray of shape (n_images,)
        The names of the class folders, as integers if all of them look like integers.
    paths : list of Path
        The files.

    Raises
    ------
    InvalidInputError
        If there is no encoder, it returns something else than said, the folder has no such content, or a file can't be
        opened.
    MissingExtraError
        If Pillow is needed and isn't installed.
    """
    check_arguments(encoder, takes, batch_size, on_error)
    return encode(image_files(root), encoder, takes, batch_size, on_error, verbose)


def load_folder(
    root: str | PathLike[str],
    encoder: Encoder | None = None,
    *,
    semantics: Any,
    unseen: Iterable[Any] | None = None,
    test_size: float = 0.2,
    pool_size: float = 0.0,
    random_state: int | RandomState | None = 0,
    name: str = "",
    takes: Literal["images", "paths"] = "images",
    batch_size: int = 32,
    on_error: Literal["raise", "skip"] = "raise",
    verbose: bool = True,
) -> GZSLSplit:
    """Encode a folder of images and divide them into a generalized zero-shot split.

    With `unseen`, the images lie in ``root/<class>/`` and are divided at random. Without it, the folders divide them:
    ``root/train/<class>/``, ``root/test_seen/<class>/``, ``root/test_unseen/<class>/`` and, for the support pool,
    ``root/pool/<class>/``, which may be missing.

    Parameters
    ----------
    root : path
        The folder.
    encoder : callable
        Turns a list of images into an array or tensor of shape (n_images, n_features). There is no default.
    semantics : Semantics, DataFrame or dict
        The class table, with a row for every class: what `zsl.semantics.as_semantics` takes. Checked before the first
        image is encoded.
    unseen : iterable of labels or None, default=None
        The classes to keep out of training. None if folders divide the images.
    test_size : float in (0, 1), default=0.2
        Share of the images of each seen class that is tested on. No effect without `unseen`.
    pool_size : float in [0, 1), default=0.0
        Share of the images of each unseen class that goes into the support pool. No effect without `unseen`.
    random_state : int, RandomState or None, default=0
        Which images are drawn. No effect without `unseen`.
    name : str, default=""
        Name of the data set.
    takes : {"images", "paths"}, default="images"
        What the encoder is given: see `read_folder`.
    batch_size : int, default=32
        Images encoded at a time.
    on_error : {"raise", "skip"}, default="raise"
        What to do about a file that can't be opened: see `read_folder`.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    GZSLSplit
        The split.

    Raises
    ------
    InvalidInputError
        As in `read_folder`, or if the classes don't make a split.
    SemanticsError
        If the class table cannot be used or misses a class.
    MissingExtraError
        If Pillow is needed and isn't installed.
    """
    check_arguments(encoder, takes, batch_size, on_error)
    table = as_semantics(semantics)
    integers = table.classes.dtype.kind != "U"
    if unseen is not None:
        labels = as_unseen(unseen)
        check_shares(test_size, pool_size)
        files = image_files(root, integers)
        _check_classes(files, table, root)
        if absent := [label for label in labels if label not in files]:
            raise InvalidInputError(f"unseen={labels}; {Path(root)} has no folder for {absent}.")
        X, y, _ = encode(files, encoder, takes, batch_size, on_error, verbose)
        return load_features(
            X,
            y,
            semantics=table,
            unseen=labels,
            test_size=test_size,
            pool_size=pool_size,
            random_state=random_state,
            name=name,
        )
    absent = [part for part in _PARTS[:3] if not (Path(root) / part).is_dir()]
    if absent:
        raise InvalidInputError(
            f"unseen=None, and {Path(root)} has no folder {', '.join(absent)}; wanted the classes to keep out of "
            "training, or images divided by folders."
        )
    divided = {part: image_files(Path(root) / part, integers) for part in _PARTS if (Path(root) / part).is_dir()}
    for part, files in divided.items():
        _check_classes(files, table, Path(root) / part)
    encoded = {part: encode(files, encoder, takes, batch_size, on_error, verbose) for part, files in divided.items()}
    widths = {part: X.shape[1] for part, (X, _, _) in encoded.items()}
    if len(set(widths.values())) > 1:
        raise InvalidInputError(f"encoder returned {widths} features; wanted one width.")
    return load_features(
        np.concatenate([X for X, _, _ in encoded.values()]),
        np.concatenate([y for _, y, _ in encoded.values()]),
        semantics=table,
        split=np.concatenate([np.repeat(part, len(y)) for part, (_, y, _) in encoded.items()]),
        name=name,
    )


def _check_classes(files: dict[Any, list[Path]], table: Semantics, root: str | PathLike[str]) -> None:
    if missing := [label for label in files if label not in table]:
        raise SemanticsError(f"semantics has no row for {len(missing)} folders of {Path(root)}: {missing[:5]}.")
