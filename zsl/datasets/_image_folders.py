"""Image files in folders: one folder per class, or loose ones."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

from zsl._labels import from_text
from zsl.exceptions import InvalidInputError
from zsl.semantics._labels import listing

IMAGE_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""Endings of the files that count as images, in lower case."""


def is_image(path: str | PathLike[str]) -> bool:
    """Whether the name is that of an image file which isn't hidden."""
    path = Path(path)
    return path.suffix.lower() in IMAGE_ENDINGS and not path.name.startswith(".")


def images_in(folder: Path) -> list[Path]:
    """The image files in a folder, by name."""
    return sorted(path for path in folder.iterdir() if is_image(path) and not path.is_dir())


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder that aren't hidden, by name."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def images_by_class(root: str | PathLike[str], integers: bool = True) -> dict[Any, list[Path]]:
    """Class → its image files, both sorted by name; names may become integers as in a text file, if wanted.

    An empty folder is that of a class without images, which has no entry. One that holds only other files is refused.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder; wanted one that holds a folder of images for each class.")
    places = folders_in(folder)
    if not places:
        raise InvalidInputError(f"{folder} holds no folders; wanted a folder of images for each class.")
    found = [images_in(place) for place in places]
    _refuse(folder, (place for place, files in zip(places, found, strict=True) if not files and _holds_others(place)))
    if not any(found):
        _refuse(folder, places)
    names = [place.name for place in places]
    labels = from_text(names) if integers else names
    return {label: files for label, files in zip(labels, found, strict=True) if files}


def _refuse(folder: Path, places: Iterable[Path]) -> None:
    if names := [place.name for place in places]:
        raise InvalidInputError(f"{folder} has folders without images ({', '.join(IMAGE_ENDINGS)}): {listing(names)}.")


def _holds_others(place: Path) -> bool:
    """Whether there is something in the folder that isn't hidden."""
    return any(not path.name.startswith(".") for path in place.iterdir())
