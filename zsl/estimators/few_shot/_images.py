"""Checks of images given as arrays, and the backbones that they go through."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import column_or_1d
from torch import Tensor, nn

from zsl._arguments import shown
from zsl._arrays import host_array, named
from zsl._typing import LabelArray
from zsl.estimators.few_shot._pixels import Scale, Shape, check_axes, check_scale, check_shape
from zsl.exceptions import InvalidInputError
from zsl.nn.backbones import Conv4, Normalize, ResNet12

_SMALLEST = {"conv4": 16, "conv4 maps": 10, "conv4_strided": 1, "resnet12": 16}
NAMED = ("conv4", "conv4_strided", "resnet12")


def check_images(X: Any, name: str = "X") -> NDArray[Any]:
    """Images as (n, channel, height, width): uint8 as they are, others as finite float32; grey ones get a channel."""
    try:
        array = host_array(name, X)
    except InvalidInputError as error:
        raise InvalidInputError(f"{name} is not an array of images of one shape: {error}") from error
    given = array.shape
    if array.ndim == 3:
        array = array[:, None]
    if array.ndim != 4 or 0 in array.shape:
        raise InvalidInputError(
            f"{name} has shape {given}; the backbone takes images of shape (n, channel, height, width), or (n, "
            "height, width) for grey ones."
        )
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "iuf":
        raise InvalidInputError(f"{name} holds {array.dtype}; wanted whole numbers from 0 to 255 or real numbers.")
    if array.dtype.kind in "iu":
        if array.min() < 0 or array.max() > 255:
            raise InvalidInputError(f"{name} holds {array.min()} to {array.max()}; whole numbers go from 0 to 255.")
        return array.astype(np.uint8)
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise InvalidInputError(f"{name} holds NaN or infinity in single precision; wanted finite numbers.")
    return array


def images_like(X: Any, shape: Shape, name: str = "X", scale: Scale | None = None) -> NDArray[Any]:
    """Checked images of the shape and the scale that were fitted on."""
    images = check_images(X, name)
    check_shape(name, np.shape(X), images.shape[1:], shape)
    check_scale(name, images, scale)
    return images


def labelled_images(X: Any, y: Any) -> tuple[NDArray[Any], LabelArray]:
    """Checked training images and their labels."""
    images = check_images(X)
    with named("y"):
        labels = column_or_1d(y)
    if len(images) != len(labels):
        raise InvalidInputError(f"X has {len(images)} images and y {len(labels)} labels; wanted one label per image.")
    return images, labels


class Scaled(nn.Module):
    """A user's own backbone; whole numbers are divided by 255 before it."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.own = backbone

    def forward(self, X: Tensor) -> Tensor:
        """Embed images."""
        embedded: Tensor = self.own(X if X.is_floating_point() else X.float() / 255)
        return embedded.flatten(1)


@dataclass(frozen=True)
class Backbone:
    """A backbone with the shape of what it gives."""

    module: nn.Module  # from checked images to vectors
    n_features: int  # width of these
    map_shape: Shape  # shape of the maps that were flattened to vectors


def build_backbone(
    backbone: Any, shape: Shape, moments: tuple[Tensor, Tensor] | None, *, maps: bool, generator: torch.Generator
) -> Backbone:
    """Build a backbone by its name, or take the user's own; normalise by mean and deviation per channel."""
    if isinstance(backbone, nn.Module):
        own = copy.deepcopy(backbone).cpu().float().eval()
        try:
            with torch.no_grad():
                found = own(torch.zeros(1, *shape, device="cpu", dtype=torch.float32))
        except (RuntimeError, ValueError, TypeError) as error:
            raise InvalidInputError(f"backbone fails on an image of shape {shape}: {error}") from error
        if not isinstance(found, Tensor) or found.ndim < 2 or len(found) != 1:
            given = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise InvalidInputError(f"backbone gives {given} for one image; wanted a tensor with one row per image.")
        n_features = int(found[0].numel())
        channels, height, width = found.shape[1:] if found.ndim == 4 else (n_features, 1, 1)
        return Backbone(Scaled(own), n_features, (channels, height, width))
    if not isinstance(backbone, str) or backbone not in NAMED:
        raise InvalidInputError(
            f"backbone={shown(backbone)}; wanted {', '.join(map(repr, NAMED))}, an nn.Module or None."
        )
    check_axes("X", shape)
    smallest = _SMALLEST["conv4 maps" if maps and backbone == "conv4" else backbone]
    if min(shape[1:]) < smallest:
        raise InvalidInputError(
            f"X has images of {shape[1]} × {shape[2]} pixels; backbone={backbone!r} needs {smallest} or more per side."
        )
    net: Conv4 | ResNet12
    if backbone == "resnet12":
        net = ResNet12(shape, maps=maps, generator=generator)
    else:
        net = Conv4(shape, maps=maps, strided=backbone == "conv4_strided", generator=generator)
    mean, deviation = moments or (torch.zeros(shape[0], dtype=torch.float32), torch.ones(shape[0], dtype=torch.float32))
    channels, height, width = net.map_shape
    module: nn.Module = nn.Sequential(Normalize(mean, deviation), net).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Backbone(module, channels * height * width, net.map_shape)


def channel_moments(images: NDArray[Any]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel; of uint8 images in units of 255. A constant channel gets the deviation 1."""
    unit = 255.0 if images.dtype == np.uint8 else 1.0
    mean = images.mean((0, 2, 3), dtype=np.float64) / unit
    deviation = images.std((0, 2, 3), dtype=np.float64) / unit
    deviation[deviation == 0] = 1.0
    return torch.from_numpy(mean).float(), torch.from_numpy(deviation).float()


def ground_of(method: nn.Module) -> float | None:
    """The mean of the grey images that a method was fitted on, in units of 255 for whole numbers; None for others."""
    means = (module.mean for module in method.modules() if isinstance(module, Normalize))
    mean = next(means, None)
    return None if mean is None or mean.numel() != 1 else float(mean)
