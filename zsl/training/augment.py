"""Small random changes of training images."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def random_affine(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    shift: float = 0.08,
    zoom: float = 0.15,
    around: tuple[int, int] = (0, 0),
) -> Tensor:
    """Turn, shift, zoom and shear each image a little; the border's values fill in from outside.

    Images are of shape (image, channel, height, width), integers or floating point; the result is floating point in the
    same unit. `degrees` is the largest angle of rotation and of shear, `shift` the largest shift as a share of the
    side, `zoom` the largest relative change of height and of width. `around` says how many images there are before and
    after these, whose changes are drawn, too, and left to whoever has them.
    """
    before, after = around
    drawn = torch.rand(before + len(images) + after, 6, generator=generator, dtype=torch.float32) * 2 - 1
    drawn = drawn[before : before + len(images)]
    angle, shear = drawn[:, 0] * math.radians(degrees), drawn[:, 1] * math.radians(degrees)
    high, wide = 1 + zoom * drawn[:, 2], 1 + zoom * drawn[:, 3]
    rows = torch.stack([angle.cos() * wide, -(angle + shear).sin() * high, 2 * shift * drawn[:, 4]], dim=1)
    columns = torch.stack([angle.sin() * wide, (angle + shear).cos() * high, 2 * shift * drawn[:, 5]], dim=1)
    source = images if images.is_floating_point() else images.float()
    theta = torch.stack([rows, columns], dim=1).to(source)
    grid = affine_grid(theta, list(images.shape), align_corners=False)
    return grid_sample(source, grid, padding_mode="border", align_corners=False)
