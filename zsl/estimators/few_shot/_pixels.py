"""The scale of pixels, the order of axes and the ground that later images have to share with those fitted on."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.exceptions import InvalidInputError, ModelFileError

Shape = tuple[int, int, int]
Scale = tuple[float, float]
"""The least and the largest value as a backbone sees them, which divides whole numbers by 255."""
_STEP = 1.5 / 255
"""Up to here, in units of 255, images hold nothing but 0 and 1: masks, or numbers that were divided twice."""
_CHANNELS = (1, 3, 4)
_MARGIN, _REAL_MARGIN = 0.5, 10.0
"""How far beyond the range that was fitted on later values may lie, in units of its width: from 0 to 1, and others."""
_SPARSE = 0.25
"""Up to this mean, in shares of the range, grey images are ink on an empty ground."""


def scale_of(images: NDArray[np.generic]) -> Scale:
    """The range of checked images."""
    unit = 255.0 if images.dtype == np.uint8 else 1.0
    return float(images.min()) / unit, float(images.max()) / unit


def check_scale(name: str, images: NDArray[np.generic], fitted: Scale | None) -> None:
    """Refuse images of another scale than those fitted on; dark ones, even black ones, are of any scale."""
    if fitted is None or fitted == (0.0, 0.0):
        return
    whole, (low, high) = images.dtype == np.uint8, scale_of(images)
    advice = _advice(name, whole, low, high, fitted)
    if advice:
        found = (
            f"whole numbers from {images.min()} to {images.max()}" if whole else f"values from {low:.4g} to {high:.4g}"
        )
        raise InvalidInputError(
            f"{name} holds {found}; fitted on images of {fitted[0]:.4g} to {fitted[1]:.4g}, where whole numbers count "
            f"as 255ths. {advice}"
        )


def check_stored_scale(scale: Scale | None) -> None:
    """Refuse a loaded model whose scale is no range."""
    if scale is not None and not (len(scale) == 2 and np.isfinite(scale).all() and scale[0] <= scale[1]):
        raise ModelFileError(f"The model's parts don't fit together (its images have the range {scale}).")


def _advice(name: str, whole: bool, low: float, high: float, fitted: Scale) -> str:
    """What brings images of another scale to that of those fitted on; empty for images of the same."""
    least, most = fitted
    if _is_unit(fitted):
        if most <= _STEP:
            return f"Give {name} in the same form, of values of 0 and 1 only." if high > _STEP else ""
        if low < -_MARGIN or high > 1 + _MARGIN:
            return f"Divide {name} by 255, or convert it to uint8, if that is its range."
        if low >= 0 and 0 < high <= _STEP:
            return f"Multiply {name} by 255 if it holds shares of full brightness."
        return ""
    if whole:
        return f"Convert {name} to real numbers on the scale of those fitted on."
    width = _REAL_MARGIN * (most - least)
    if low < least - width or high > most + width:
        return f"Bring {name} to the scale of the images fitted on."
    if least >= 0 and 100 < most <= 255 and low >= 0 and 0 < high <= 1:
        return f"Multiply {name} by 255 if its values go from 0 to 1."
    return ""


def _is_unit(fitted: Scale) -> bool:
    return fitted[0] >= -_MARGIN and fitted[1] <= 1 + _MARGIN


def check_axes(name: str, shape: Shape) -> None:
    """Refuse images whose channels come last, as far as the sizes show it."""
    channels, height, width = shape
    if width in _CHANNELS and channels not in _CHANNELS and height != width:
        raise InvalidInputError(
            f"{name} has images of shape {shape}, with what seem to be {width} channels on the last axis; wanted "
            f"(channel, height, width). Move the axis by np.moveaxis({name}, -1, 1)."
        )


def check_shape(name: str, given: tuple[int, ...], shape: Shape, fitted: Shape) -> None:
    """Refuse images of another shape than those fitted on; `given` is the shape before grey ones got a channel."""
    if shape == fitted:
        return
    hint = ""
    if len(given) == 4 and (given[3], given[1], given[2]) == fitted:
        hint = f" The channels come last: move them by np.moveaxis({name}, -1, 1)."
    elif given == fitted:
        hint = f" For a single image give {name}[None]."
    raise InvalidInputError(f"{name} has images of shape {shape}; fitted on {fitted}.{hint}")


def are_inverted(images: NDArray[Any]) -> NDArray[np.bool_]:
    """Which grey images (n, 1, height, width) are dark ink on a bright ground.

    Those are bright at the border and for the most part: above the middle of their darkest and brightest pixel.
    """
    flat = images.reshape(len(images), -1)
    middle = (flat.min(1).astype(np.float64) + flat.max(1)) / 2
    bright = images[:, 0] > middle[:, None, None]
    border = np.concatenate([bright[:, 0], bright[:, -1], bright[:, :, 0], bright[:, :, -1]], axis=1)
    inverted: NDArray[np.bool_] = (border.mean(1) >= 0.75) & (bright.mean((1, 2)) > 0.5)
    return inverted


def warn_of_inverted(name: str, images: NDArray[Any], mean: float | None, fitted: Scale | None) -> None:
    """Warn if most images are ink of one colour, and those fitted on, of this mean, ink of the other one."""
    low, high = fitted or (0.0, 1.0)  # a model that came without its scale
    if mean is None or images.shape[1] != 1 or low == high:
        return
    share = (mean - low) / (high - low)
    if _SPARSE < share < 1 - _SPARSE:
        return
    dark = share <= _SPARSE
    if are_inverted(images if dark else -images.astype(np.float32)).mean() > 0.5:
        own, other = ("dark", "bright") if dark else ("bright", "dark")
        whole = images.dtype == np.uint8
        warnings.warn(
            f"{name} looks inverted: most of its images have a {other} ground, those fitted on a {own} one. If so, "
            f"give {255 if whole else format(low + high, 'g')} - {name}.",
            UserWarning,
            stacklevel=2,
        )
