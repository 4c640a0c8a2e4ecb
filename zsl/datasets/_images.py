"""Image files in class folders: finding them, and opening them as they are meant to be seen."""

import struct
import zlib
from collections.abc import Iterable
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from zsl.datasets._reading import integers_if_all
from zsl.exceptions import InvalidInputError, MissingExtraError

# What Pillow's readers raise on spoiled files, each its own way.
UNREADABLE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError, EOFError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip

ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".webp")


def image_files(root: str | PathLike[str], integers: bool = True) -> dict[Any, list[Path]]:
    """From class to its image files, both sorted by name; names that all look like integers become some, if wanted."""
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


def open_image(path: Path) -> Any:
    """The image in RGB, turned as its EXIF data say; transparency is dropped."""
    try:
        image_module, image_ops = import_module("PIL.Image"), import_module("PIL.ImageOps")
    except ImportError as error:
        raise MissingExtraError(f"Opening {path} needs Pillow: pip install 'zslearn[images]'.") from error
    try:
        with image_module.open(path) as image:
            upright = image_ops.exif_transpose(image)
            if upright.mode.startswith("I;16"):  # Pillow would cut values above 255 off
                upright = image_module.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            if upright.mode == "P" and "transparency" in upright.info:
                upright = upright.convert("RGBA")
            return upright.convert("RGB")
    except image_module.DecompressionBombError as error:
        raise ValueError(str(error)) from error


def _some(names: Iterable[str]) -> str:
    listed = [repr(name) for name in names]
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
