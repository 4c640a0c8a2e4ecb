"""Image files in class folders."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

from zsl.datasets._reading import integers_if_all
from zsl.exceptions import InvalidInputError

ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".webp")


def image_files(root: str | PathLike[str], integers: bool = True) -> dict[Any, list[Path]]:
    """Class → its image files, both sorted by name; names that all look like integers become integers, if wanted."""
    folder = Path(root)
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder; wanted one that holds a folder of images for each class.")
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not classes:
        raise InvalidInputError(f"{folder} holds no folders; wanted a folder of images for each class.")
    found = [
        sorted(path for path in place.iterdir() if path.suffix.lower() in ENDINGS and not path.name.startswith("."))
        for place in classes
    ]
    if empty := [place.name for place, files in zip(classes, found, strict=True) if not files]:
        raise InvalidInputError(f"{folder} has folders without images ({', '.join(ENDINGS)}): {_some(empty)}.")
    names = [place.name for place in classes]
    labels = integers_if_all(names) if integers else names
    return dict(zip(labels if len(set(labels)) == len(names) else names, found, strict=True))


def _some(names: Iterable[str]) -> str:
    listed = [repr(name) for name in names]
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
