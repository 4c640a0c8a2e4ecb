"""Image files as RGB images: the first frame, upright, with eight bits per channel."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from os import PathLike
from threading import Lock
from typing import Any, BinaryIO, cast

import numpy as np

from zsl._extras import needed
from zsl._files.opening import open_regular

# What the readers of Pillow raise on corrupt files.
UNREADABLE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError, EOFError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Formats of image files, by their names in Pillow, which knows 36 more: some of them start other programs."""

MAX_PIXELS = 89_478_485
"""Height × width from which Pillow, too, suspects an attack: a quarter of a gigabyte of RGB."""

_QUIETLY = Lock()  # the filter of warnings belongs to all threads


class _Bounded:
    """An open file that is never asked for more than it has, whatever lengths stand in it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._length = file, os.fstat(file.fileno()).st_size

    def read(self, size: int = -1) -> bytes:
        """Read as many bytes as there are left at most."""
        left = max(self._length - self._file.tell(), 0)
        return self._file.read(left if size < 0 else min(size, left))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def open_image(source: str | PathLike[str] | BinaryIO, max_pixels: int = MAX_PIXELS, side: int | None = None) -> Any:
    """The first image of a regular or an open file in RGB, rotated by its EXIF data, without transparency.

    The size is checked before anything is decoded. A JPEG whose shorter side is at least four times `side` is decoded
    at a fraction of its size, at twice `side` or more. Raises one of `UNREADABLE` if the file can't be opened.
    """
    if isinstance(source, (str, PathLike)):
        with open_regular(source) as file:
            return open_image(cast("BinaryIO", _Bounded(file)), max_pixels, side)
    image_module = needed("PIL.Image", "images", f"Opening {getattr(source, 'name', 'images')}")
    try:
        with _QUIETLY, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, of spoiled EXIF data and of half the size that it refuses
            with image_module.open(source, formats=FORMATS) as image:
                _check_size(image, max_pixels)
                if side is not None and min(image.size) >= 4 * side:
                    image.draft(None, (2 * side, 2 * side))
                return to_rgb(image, max_pixels)
    except image_module.UnidentifiedImageError as error:
        raise ValueError(f"it is damaged or in none of the formats {', '.join(FORMATS)}") from error
    except image_module.DecompressionBombError as error:
        raise ValueError(f"{str(error).partition(',')[0]}, twice PIL.Image.MAX_IMAGE_PIXELS") from error


def to_rgb(image: Any, max_pixels: int = MAX_PIXELS) -> Any:
    """An image of Pillow in RGB, upright; integers of 16 bits are reduced to 8."""
    image_module, image_ops = (needed(f"PIL.{name}", "images", "Opening images") for name in ("Image", "ImageOps"))
    _check_size(image, max_pixels)
    upright = image_ops.exif_transpose(image)
    if upright.mode.startswith("I;16"):  # Pillow would clip values above 255
        upright = image_module.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    elif upright.mode in ("I", "F"):
        upright = image_module.fromarray(_eight_bits(np.asarray(upright), upright.mode))
    if upright.mode == "P" and "transparency" in upright.info:
        upright = upright.convert("RGBA")
    return upright.convert("RGB")


def _check_size(image: Any, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ValueError(f"{width} × {height} pixels; max_pixels allows {max_pixels:,} in all")
    if 0 in (width, height):
        raise ValueError(f"{width} × {height} pixels; wanted at least one")


def _eight_bits(values: Any, mode: str) -> Any:
    """Grey values of 32 bits, whose range no file states, as 8 bits: whole numbers of 8 bits, or integers of 16."""
    low, high = values.min(), values.max()
    if low >= 0 and high <= 255 and (mode == "I" or bool((values == np.floor(values)).all())):
        return values.astype(np.uint8)
    if mode == "I" and low >= 0 and high <= 65535:
        return (values >> 8).astype(np.uint8)
    raise ValueError(f"grey values from {low:g} to {high:g} of 32 bits; wanted whole numbers of 8 or 16 bits")
