"""Image files as RGB images: the first frame, upright, with eight bits per channel."""

import struct
import warnings
import zlib
from os import PathLike
from typing import Any

import numpy as np

from zsl._extras import needed

# What the readers of Pillow raise on corrupt files.
UNREADABLE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError, EOFError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip

MAX_PIXELS = 178_956_970
"""Height × width above which Pillow, too, suspects an attack: half a gigabyte of RGB."""


def open_image(path: str | PathLike[str], max_pixels: int = MAX_PIXELS, side: int | None = None) -> Any:
    """The first image of the file in RGB, rotated by its EXIF data, without transparency.

    A JPEG whose shorter side is at least four times `side` is decoded at a fraction of its size, at twice `side` or
    more. Raises one of `UNREADABLE` if the file can't be opened.
    """
    image_module = needed("PIL.Image", "images", f"Opening {path}")
    try:
        with warnings.catch_warnings():
            # Pillow warns at half the size that it refuses; here the only limit is max_pixels.
            warnings.simplefilter("ignore", image_module.DecompressionBombWarning)
            with image_module.open(path) as image:
                _check_size(image, max_pixels)
                if side is not None and min(image.size) >= 4 * side:
                    image.draft(None, (2 * side, 2 * side))
                return to_rgb(image)
    except image_module.DecompressionBombError as error:
        raise ValueError(str(error)) from error


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
