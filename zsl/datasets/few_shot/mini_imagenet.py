"""The data set miniImageNet, from a local folder."""

from __future__ import annotations

from importlib import import_module
from itertools import combinations
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._files.opening import existing, is_file
from zsl._progress import progress
from zsl.datasets._reading import read_csv, read_image
from zsl.encoders.images._files import MAX_PIXELS
from zsl.evaluation._arrays import as_count
from zsl.evaluation.few_shot_split import PARTS, FewShotSplit
from zsl.exceptions import InvalidInputError

_COLUMNS = ("filename", "label")


def load_mini_imagenet(
    root: str | PathLike[str],
    *,
    splits: str | PathLike[str] | None = None,
    size: int = 84,
    max_pixels: int = MAX_PIXELS,
    verbose: bool = True,
) -> FewShotSplit:
    """Load miniImageNet, or other images in the same form, from a local folder.

    The form is that of S. Ravi and H. Larochelle, "Optimization as a Model for Few-Shot Learning", 2017: the tables
    ``train.csv``, ``val.csv`` and ``test.csv`` with the columns filename and label, and ``images/<filename>``. Their
    split has 64, 16 and 20 classes of 600 images; any numbers are accepted. The terms of use of ImageNet don't allow
    its images to be passed on, so nothing is fetched.

    Classes are numbered by name. The images of each part are in the order of its table.

    Parameters
    ----------
    root : path
        The folder that holds ``images``.
    splits : path or None, default=None
        The folder that holds the three tables. None means `root`.
    size : int, default=84
        Height and width in pixels to which images are resized, by a bilinear filter that averages when it reduces. The
        aspect ratio isn't kept, and nothing is cropped.
    max_pixels : int, default=89_478_485
        Height × width above which an image is refused before it is decoded; see `ImageEncoder`.
    verbose : bool, default=True
        Whether to show progress.

    Returns
    -------
    FewShotSplit
        The split, with images of shape (3, size, size): red, green and blue.

    Raises
    ------
    InvalidInputError
        If `size` or `max_pixels` is wrong, a table or an image is missing or can't be read, or a class is in two
        tables.
    MissingExtraError
        If Pillow isn't installed.
    """
    size, max_pixels = as_count("size", size), as_count("max_pixels", max_pixels)
    tables = {part: _table(Path(root if splits is None else splits) / f"{part}.csv") for part in PARTS}
    names = sorted({label for _, labels in tables.values() for label in labels})
    numbers = {label: number for number, label in enumerate(names)}
    folder = Path(root) / "images"
    paths = {part: [folder / file for file in listed] for part, (listed, _) in tables.items()}
    every = [path for listed in paths.values() for path in listed]
    if missing := [path for path in every if not is_file(path)]:
        raise InvalidInputError(f"{len(missing)} of {len(every)} images are missing, the first {missing[0]}.")
    for first, second in combinations(PARTS, 2):
        if both := sorted(set(tables[first][1]) & set(tables[second][1])):
            raise InvalidInputError(f"{first}.csv and {second}.csv share the classes {both[:5]}; wanted none in two.")
    arrays: dict[str, Any] = {}
    with progress("images", len(every), shown=verbose) as bar:
        for part, (_, labels) in tables.items():
            X = np.empty((len(labels), 3, size, size), dtype=np.uint8)
            for row, path in enumerate(paths[part]):
                X[row] = _opened(path, size, max_pixels)
                bar.update()
            arrays[f"X_{part}"] = X
            arrays[f"y_{part}"] = np.array([numbers[label] for label in labels])
    return FewShotSplit(
        **arrays,
        names=tuple(names),
        name="miniImageNet",
        info={"source": "a local folder in the form of Ravi and Larochelle 2017", "licence": "that of ImageNet"},
    )


def _table(path: Path) -> tuple[list[str], list[str]]:
    """The file names and the labels of one part."""
    table = read_csv(existing(path), _COLUMNS)
    if absent := [name for name in _COLUMNS if name not in table]:
        raise InvalidInputError(f"{path} has no column {absent[0]}; wanted filename and label.")
    if table.empty:
        raise InvalidInputError(f"{path} lists no images; wanted some.")
    return [str(file) for file in table["filename"]], [str(label) for label in table["label"]]


def _opened(path: Path, size: int, max_pixels: int) -> NDArray[np.uint8]:
    """The image at its size, channels first."""
    image = read_image(path, max_pixels)
    if image.size != (size, size):
        image = image.resize((size, size), import_module("PIL.Image").Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8).transpose(2, 0, 1)
