"""Preprocessing of images: the centre square, bicubic, from −1 to 1."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

CENTRE, SCALE = 127.0, 128.0


def centre_square(image: Any, size: int) -> "torch.Tensor":
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


def stack(images: list[Any], size: int, device: Any) -> "torch.Tensor":
    """A batch of centre squares, shape (n, 3, size, size)."""
    import torch

    return torch.stack([centre_square(image, size) for image in images]).to(device)
