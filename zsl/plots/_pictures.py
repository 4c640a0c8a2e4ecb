"""Pictures of samples: paths, arrays of pixels and images of Pillow as small RGB arrays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsl.encoders.images._files import MAX_PIXELS
from zsl.encoders.images._inputs import opened
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 192
"""Most pixels of the longer side that are kept."""


def as_picture(name: str, source: Any, side: int = SIDE) -> NDArray[np.uint8]:
    """Pixels, (h, w, 3), of a path, an array or an image; larger ones are reduced."""
    try:
        image = opened(source, MAX_PIXELS, side)
    except ValueError as error:
        raise InvalidInputError(f"{name} can't be opened as an image: {error}.") from error
    if max(image.size) > side:
        image.thumbnail((side, side))
    return np.asarray(image)


def check_pictures(images: Any, n_samples: int) -> Sequence[Any]:
    """One picture per sample; nothing is opened."""
    if isinstance(images, (str, bytes)) or not hasattr(images, "__len__") or not hasattr(images, "__getitem__"):
        raise InvalidInputError(f"images is of type {type(images).__name__}; wanted one image per sample, in a list.")
    if len(images) != n_samples:
        raise InvalidInputError(f"images has {len(images)} entries for {n_samples} samples; wanted one per sample.")
    items: Sequence[Any] = images.tolist() if isinstance(images, np.ndarray) and images.ndim == 1 else images
    return items


def smoothing(picture: NDArray[np.uint8]) -> str:
    """How pixels are enlarged: small drawings keep theirs, small photographs become smooth."""
    side = max(picture.shape[:2])
    return "nearest" if side <= 28 else "bicubic" if side <= 64 else "antialiased"


def show_picture(ax: "Axes", picture: NDArray[np.uint8], box: tuple[float, float, float, float]) -> None:
    """Draw within a box, (left, right, bottom, top) in data coordinates, as large as its sides allow."""
    left, right, bottom, top = box
    height, width = picture.shape[:2]
    scale = min(abs(right - left) / width, abs(top - bottom) / height)
    half_width, half_height = np.sign(right - left) * width * scale / 2, np.sign(top - bottom) * height * scale / 2
    x, y = (left + right) / 2, (bottom + top) / 2
    extent = (x - half_width, x + half_width, y - half_height, y + half_height)
    ax.imshow(picture, extent=extent, interpolation=smoothing(picture), aspect="equal", zorder=2)
