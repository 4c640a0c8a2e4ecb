"""Which random changes training images get: none, small ones of their place, or those of photographs."""

from typing import Literal

import torch
from torch import Tensor

from zsl.training.augment import random_affine

Changes = bool | Literal["photos"]
"""Whether images are turned, shifted and zoomed; "photos" are mirrored and change their light and colours, too."""
_RED_GREEN_BLUE = (0.299, 0.587, 0.114)


def changed(images: Tensor, changes: Changes, generator: torch.Generator, around: tuple[int, int] = (0, 0)) -> Tensor:
    """Change training images, (image, channel, height, width); integers come back as shares of 255.

    `around` says how many images before and after these others have, whose changes are drawn, too.
    """
    if not changes:
        return images
    unit = 1 if images.is_floating_point() else 255
    found = random_affine(images, generator, around=around)
    found = found if unit == 1 else found / unit
    return random_photo(found, generator, around=around) if changes == "photos" else found


def random_photo(
    images: Tensor, generator: torch.Generator, *, strength: float = 0.2, around: tuple[int, int] = (0, 0)
) -> Tensor:
    r"""Mirror every other photograph by chance, and change its brightness, contrast and saturation.

    Each of the three factors is drawn from :math:`[1 - s, 1 + s]`, with s the `strength`: of all values, of their
    distances to the mean, and of the distances of the channels of a pixel to its grey, which images without colours
    don't have. Values aren't cut off. `around` is as in `random_affine`.
    """
    before, after = around
    drawn = torch.rand(before + len(images) + after, 4, generator=generator, dtype=torch.float32)
    drawn = drawn[before : before + len(images)].to(images)[..., None, None, None]
    bright, contrast, saturation = (1 + strength * (2 * drawn[:, place] - 1) for place in (1, 2, 3))
    found = torch.where(drawn[:, 0] < 0.5, images.flip(3), images) * bright
    mean = found.mean((1, 2, 3), keepdim=True)
    found = mean + contrast * (found - mean)
    if images.shape[1] == len(_RED_GREEN_BLUE):
        grey = (found * found.new_tensor(_RED_GREEN_BLUE)[:, None, None]).sum(1, keepdim=True)
        found = grey + saturation * (found - grey)
    return found
