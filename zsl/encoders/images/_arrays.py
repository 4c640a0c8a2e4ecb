"""Arrays of pixels as images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.encoders.images._files import pillow


def image_from_array(array: Any) -> Any:
    """An array of shape (h, w), (h, w, 1), (h, w, 3) or (3, h, w) as an RGB image.

    Whole numbers count from 0 to 255, floats from 0 to 1. Raises ValueError if the array is no such thing.
    """
    pixels = np.asarray(array)
    if pixels.ndim == 3 and pixels.shape[2] not in (1, 3) and pixels.shape[0] in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim not in (2, 3) or 0 in pixels.shape or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3)):
        raise ValueError(f"an array of shape {pixels.shape}; wanted (h, w), (h, w, 3) or (3, h, w)")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    image_module, _ = pillow("arrays")
    return image_module.fromarray(np.ascontiguousarray(_bytes(pixels))).convert("RGB")


def _bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Values as whole numbers from 0 to 255."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"an array of dtype {pixels.dtype}; wanted numbers")
    top = 255 if pixels.dtype.kind in "ui" else 1
    low, high = pixels.min(), pixels.max()
    if not (low >= 0 and high <= top):  # NaN too
        raise ValueError(
            f"an array of {pixels.dtype} from {low} to {high}; wanted whole numbers from 0 to 255 or floats from 0 to 1"
        )
    scaled = pixels if top == 255 else np.rint(pixels.astype(np.float64) * 255)
    return scaled.astype(np.uint8)
