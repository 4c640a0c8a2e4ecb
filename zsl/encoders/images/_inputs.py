"""Images as a user passes them: paths, images of Pillow and arrays, opened only when their turn comes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._extras import needed
from zsl.encoders.images._files import UNREADABLE, open_image, to_rgb
from zsl.exceptions import InvalidInputError

_WANTED = "wanted a list or array of paths, images or arrays of pixels"


def as_items(X: Any) -> Sequence[Any]:
    """X as a sequence of paths, images and arrays; nothing is opened."""
    if isinstance(X, (str, os.PathLike)):
        raise InvalidInputError(f"X={os.fspath(X)!r} is one path; {_WANTED}. read_folder reads a folder.")
    if hasattr(X, "detach"):
        X = X.detach().cpu().numpy()
    if not isinstance(X, (list, tuple)):
        if not hasattr(X, "__array__") or is_image(X):
            raise InvalidInputError(f"X is of type {type(X).__name__}; {_WANTED}.")
        array = np.asarray(X)
        if array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind in "OUT":  # one column of a table
            array = array[:, 0]
        if array.ndim == 1 and array.dtype.kind in "OUT":
            X = array.tolist()
        elif array.ndim == 4 and array.dtype.kind in "buif":
            X = array
        else:
            raise InvalidInputError(
                f"X has shape {array.shape} and dtype {array.dtype}; {_WANTED}, such as shape (n, h, w, 3) or "
                "(n, 3, h, w). A single image goes into a list, and list(X) makes one of n grey images."
            )
    if len(X) == 0:
        raise InvalidInputError(f"X is empty; {_WANTED}.")
    items: Sequence[Any] = X
    return items


def name_of(item: Any, position: int) -> str:
    """The name of the item in errors."""
    return os.fspath(item) if isinstance(item, (str, os.PathLike)) else f"X[{position}]"


def opened(item: Any, max_pixels: int, side: int | None = None, most_ratio: int | None = None) -> Any:
    """The item as an upright RGB image; a ValueError with the reason if it can't be opened or is too narrow."""
    image = _rgb(item, max_pixels, side)
    if most_ratio is not None and max(image.size) > most_ratio * min(image.size):
        width, height = image.size
        raise ValueError(f"{width} × {height} pixels; this model takes sides of at most {most_ratio} to 1")
    return image


def _rgb(item: Any, max_pixels: int, side: int | None) -> Any:
    try:
        if isinstance(item, (str, os.PathLike)):
            return open_image(item, max_pixels, side)
        if isinstance(item, bytes):
            return open_image(BytesIO(item), max_pixels, side)
        if is_image(item):
            return to_rgb(item, max_pixels)
        if hasattr(item, "detach"):
            item = item.detach().cpu().numpy()
        if isinstance(item, np.ndarray):
            return to_rgb(_image_from_array(item), max_pixels)
    except UNREADABLE as error:
        reason = str(error).strip() or type(error).__name__
        if isinstance(item, (str, os.PathLike)):
            reason = reason.replace(f" {os.fspath(item)!r}", "").replace(f": {os.fspath(item)!r}", "")
        raise ValueError(reason.rstrip(".:")) from error
    raise ValueError(
        f"an object of type {type(item).__name__}; wanted a path, an image, the bytes of a file or an array of pixels"
    )


def is_image(item: Any) -> bool:
    """Whether the item is an image of Pillow, without importing Pillow."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(item, module.Image)


def _image_from_array(array: Any) -> Any:
    """An array of shape (h, w), (h, w, 1), (h, w, 3) or (3, h, w) as an RGB image.

    Integers range from 0 to 255, floats from 0 to 1; anything else is a ValueError.
    """
    pixels = np.asarray(array)
    if pixels.ndim == 3 and pixels.shape[2] not in (1, 3) and pixels.shape[0] in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim not in (2, 3) or 0 in pixels.shape or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3)):
        raise ValueError(f"an array of shape {pixels.shape}; wanted (h, w), (h, w, 3) or (3, h, w)")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    image_module = needed("PIL.Image", "images", "Opening arrays")
    return image_module.fromarray(np.ascontiguousarray(_bytes(pixels))).convert("RGB")


def _bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Values as integers from 0 to 255."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"an array of dtype {pixels.dtype}; wanted numbers")
    top = 255 if pixels.dtype.kind in "ui" else 1
    low, high = pixels.min(), pixels.max()
    if not (low >= 0 and high <= top):  # NaN too
        raise ValueError(
            f"an array of {pixels.dtype} from {low} to {high}; wanted integers from 0 to 255 or floats from 0 to 1"
        )
    scaled = pixels if top == 255 else np.rint(pixels.astype(np.float64) * 255)
    return scaled.astype(np.uint8)
