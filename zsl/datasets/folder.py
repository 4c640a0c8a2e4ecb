"""Features of the images in class folders, by an encoder that the user brings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.random import RandomState

from zsl._docs import documented_like
from zsl._progress import progress
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.datasets._checks import PARTS, as_table, as_unseen, check_shares
from zsl.datasets._image_folders import images_by_class
from zsl.datasets.files import load_features
from zsl.encoders.images._files import MAX_PIXELS, UNREADABLE, open_image
from zsl.evaluation._arrays import as_count, as_matrix
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError, SemanticsError

Encoder = Callable[[list[Any]], Any]


def read_folder(
    root: str | PathLike[str],
    encoder: Encoder | None = None,
    *,
    takes: Literal["images", "paths"] = "images",
    batch_size: int = 32,
    on_error: Literal["raise", "skip"] = "raise",
    max_pixels: int = MAX_PIXELS,
    verbose: bool = True,
) -> tuple[FloatArray, LabelArray, list[Path]]:
    """Encode the images of ``root/<class>/``, in the order of class and file names.

    Image files end in .bmp, .gif, .jpeg, .jpg, .pgm, .png, .ppm, .tif, .tiff or .webp, in upper or lower case. Other
    files, hidden ones, and folders within a class folder are ignored. A class folder may be empty; one with other files
    only is refused.

    Parameters
    ----------
    root : path
        The folder that holds a folder of images for each class.
    encoder : callable
        Turns a list of images into an array or tensor of shape (n_images, n_features). There is no default.
    takes : {"images", "paths"}, default="images"
        Input of the encoder: images, opened by Pillow, rotated by their EXIF data and converted to RGB, which needs the
        extra ``zslearn[images]``; or paths, which it opens itself.
    batch_size : int, default=32
        Images encoded at a time.
    on_error : {"raise", "skip"}, default="raise"
        What to do about a file that can't be opened: raise an error, or leave it out with a warning; either names the
        file. No effect on paths.
    max_pixels : int, default=89_478_485
        Height × width above which an image counts as one that can't be opened; see `ImageEncoder`. No effect on paths.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    X : ndarray of shape (n_images, n_features)
        Finite features; float32 stays, everything else becomes float64.
    y : ndarray of shape (n_images,)
        The names of the class folders, as integers if all of them are written as whole numbers print: 7, not 007.
    paths : list of Path
        The files.

    Raises
    ------
    InvalidInputError
        If there is no encoder, it returns something else, the folder has no such content, or a file can't be opened.
    MissingExtraError
        If Pillow is needed and isn't installed.
    """
    _check_arguments(encoder, takes, batch_size, on_error, max_pixels)
    return _encode(images_by_class(root), encoder, takes, batch_size, on_error, max_pixels, verbose)


@documented_like(read_folder, load_features)
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
    max_pixels: int = MAX_PIXELS,
    verbose: bool = True,
) -> GZSLSplit:
    """Encode a folder of images and divide them into a generalized zero-shot split.

    With `unseen`, the images lie in ``root/<class>/`` and are divided at random. Without it, the folders divide them:
    ``root/train/<class>/``, ``root/test_seen/<class>/``, ``root/test_unseen/<class>/`` and, optionally, the support
    pool ``root/pool/<class>/``. The class table is checked before the first image is encoded. It may describe classes
    that have no images: they are known, but not tested on.

    Parameters
    ----------
    root : path
        The folder.
    unseen : iterable of labels or None, default=None
        The classes to keep out of training, at least one of them with images. None if folders divide the images.

    Returns
    -------
    GZSLSplit
        The split.

    Raises
    ------
    InvalidInputError
        As in `read_folder`, or if the result isn't a valid split.
    SemanticsError
        If the class table cannot be used or lacks a class.
    MissingExtraError
        If Pillow is needed and isn't installed.
    """
    _check_arguments(encoder, takes, batch_size, on_error, max_pixels)
    table = as_table(semantics)
    labels = None if unseen is None else as_unseen(unseen)
    check_shares(test_size, pool_size)
    parts = {part: Path(root) / part for part in PARTS}
    if labels is None and (absent := [part for part in PARTS[:3] if not parts[part].is_dir()]):
        raise InvalidInputError(
            f"unseen=None, and {Path(root)} has no folder {', '.join(absent)}; wanted the classes to keep out of "
            "training, or images divided by folders."
        )
    folders = (
        {part: folder for part, folder in parts.items() if folder.is_dir()} if labels is None else {"": Path(root)}
    )
    files = {part: images_by_class(folder, table.classes.dtype.kind != "U") for part, folder in folders.items()}
    for part, by_class in files.items():
        if missing := [label for label in by_class if label not in table]:
            raise SemanticsError(
                f"semantics has no row for {len(missing)} folders of {folders[part]}: {missing[:5]}."
                + did_you_mean(missing, table.classes.tolist())
            )
    if labels is not None:
        lacking = [label for label in labels if label not in files[""]]
        if len(lacking) == len(labels) or any(label not in table for label in lacking):
            raise InvalidInputError(f"unseen={labels}; {Path(root)} has no folder for {lacking}.")
        labels = [label for label in labels if label in files[""]]
    found = {
        part: _encode(one, encoder, takes, batch_size, on_error, max_pixels, verbose) for part, one in files.items()
    }
    widths = {part: X.shape[1] for part, (X, _, _) in found.items()}
    if len(set(widths.values())) > 1:
        raise InvalidInputError(f"encoder returned {widths} features; wanted one width.")
    return load_features(
        np.concatenate([X for X, _, _ in found.values()]),
        np.concatenate([y for _, y, _ in found.values()]),
        semantics=table,
        unseen=labels,
        test_size=test_size,
        pool_size=pool_size,
        split=None if labels is not None else np.repeat(list(found), [len(y) for _, y, _ in found.values()]),
        random_state=random_state,
        name=name,
    )


def _check_arguments(encoder: Any, takes: str, batch_size: int, on_error: str, max_pixels: int) -> None:
    """Refuse wrong arguments before any file is opened."""
    if not callable(encoder):
        raise InvalidInputError(
            f"encoder={encoder!r}; wanted a function from a list of images to an array of shape (n_images, "
            "n_features); there is no default encoder."
        )
    if takes not in ("images", "paths"):
        raise InvalidInputError(f"takes={takes!r}; wanted 'images' or 'paths'.")
    if on_error not in ("raise", "skip"):
        raise InvalidInputError(f"on_error={on_error!r}; wanted 'raise' or 'skip'.")
    as_count("batch_size", batch_size)
    as_count("max_pixels", max_pixels)


def _encode(
    files: dict[Any, list[Path]],
    encoder: Any,
    takes: str,
    batch_size: int,
    on_error: str,
    max_pixels: int,
    verbose: bool,
) -> tuple[FloatArray, LabelArray, list[Path]]:
    """Encode batch by batch, so that only one batch of images is held in memory."""
    todo = [(path, label) for label, paths in files.items() for path in paths]
    kept: list[tuple[Path, Any]] = []
    skipped: list[str] = []
    parts: list[FloatArray] = []
    with progress("images", len(todo), shown=verbose) as bar:
        for start in range(0, len(todo), batch_size):
            given, opened = [], []
            for path, label in todo[start : start + batch_size]:
                image = path if takes == "paths" else _opened(path, max_pixels, skipped if on_error == "skip" else None)
                if image is not None:
                    given.append(image)
                    opened.append((path, label))
            if given:
                parts.append(_checked(encoder(given), len(given), parts))
                kept += opened
            bar.update(len(todo[start : start + batch_size]))
    if lost := sorted(set(files) - {label for _, label in kept}, key=str):
        raise InvalidInputError(f"No image can be opened of the classes {lost[:5]}; the first problem: {skipped[0]}.")
    if skipped:
        warnings.warn(
            f"{len(skipped)} files can't be opened and are left out: {'; '.join(skipped[:5])}"
            f"{' and others' if len(skipped) > 5 else ''}.",
            stacklevel=3,
        )
    return np.concatenate(parts), np.array([label for _, label in kept]), [path for path, _ in kept]


def _opened(path: Path, max_pixels: int, skipped: list[str] | None) -> Any:
    """The image, or None for a file to skip."""
    try:
        return open_image(path, max_pixels)
    except UNREADABLE as error:
        problem = f"{path} ({str(error).replace(f' {str(path)!r}', '')})"
        if skipped is None:
            raise InvalidInputError(f"{problem} can't be opened as an image; on_error='skip' leaves it out.") from error
        skipped.append(problem)
        return None


def _checked(features: Any, n_images: int, before: list[FloatArray]) -> FloatArray:
    """The features of one batch, of the same width as those before."""
    if hasattr(features, "detach"):
        features = features.detach().cpu()
    X = as_matrix("what encoder returned", features)
    if len(X) != n_images:
        raise InvalidInputError(f"encoder returned {len(X)} rows for {n_images} images; wanted one row per image.")
    if before and X.shape[1] != before[0].shape[1]:
        raise InvalidInputError(
            f"encoder returned {X.shape[1]} features, {before[0].shape[1]} before; wanted one width."
        )
    return X
