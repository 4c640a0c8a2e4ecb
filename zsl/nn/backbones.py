"""Convolutional backbones of the few-shot papers, from images to vectors or flattened maps."""

from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float, Integer
from zsl.nn.layers import convolution


class Normalize(nn.Module):
    """Bring images to mean 0 and deviation 1 per channel; integers from 0 to 255 are first divided by 255.

    Mean and deviation are those of images in [0, 1], or in whatever unit floating point images come.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Float[Tensor, "channel"], deviation: Float[Tensor, "channel"]) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def forward(
        self, X: Float[Tensor, "image channel height width"] | Integer[Tensor, "image channel height width"]
    ) -> Float[Tensor, "image channel height width"]:
        """Normalise."""
        scaled = X if X.is_floating_point() else X.to(self.mean.dtype) / 255
        scaled = (scaled - self.mean[:, None, None]) / self.deviation[:, None, None]
        return scaled.contiguous(memory_format=torch.channels_last)


class _Block(nn.Module):
    """Convolution, batch normalisation, ReLU, pooling or not.

    The pooling stands before the ReLU, which gives the same numbers, since both are monotone, and takes less time.
    """

    def __init__(
        self, n_in: int, n_out: int, generator: torch.Generator, *, padding: int, stride: int, pool: bool
    ) -> None:
        super().__init__()
        self.convolution = convolution(n_in, n_out, generator, padding=padding, stride=stride)
        self.norm = nn.BatchNorm2d(n_out, dtype=torch.float32)
        self.pool = pool

    def forward(self, X: Tensor) -> Tensor:
        maps = self.norm(self.convolution(X))
        return torch.relu(nn.functional.max_pool2d(maps, 2) if self.pool else maps)


@final
class Conv4(nn.Module):
    """Four blocks of a 3 × 3 convolution, batch normalisation, ReLU and 2 × 2 max pooling.

    "conv4" is the form of J. Snell, K. Swersky and R. S. Zemel, "Prototypical Networks for Few-shot Learning", 2017,
    arXiv:1703.05175: all four blocks pool, and 28 × 28 images become vectors of `width` numbers. "conv4-maps" is the
    one of F. Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025: only
    the first two blocks pool, and don't pad, so that 28 × 28 images become maps of 5 × 5. "conv4-strided" is what C.
    Finn, P. Abbeel and S. Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks", 2017,
    arXiv:1703.03400, take for Omniglot: strides of 2 in place of pooling, a third of the time, 256 numbers of 28 × 28.

    `shape` is (channel, height, width) of the images, `width` the channels of each block, and strides leave no
    choice of `maps`. `map_shape` is the (channel, height, width) of the output before it was made a vector.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        *,
        width: int = 64,
        maps: bool = False,
        strided: bool = False,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        n_channels, *sides = shape
        blocks = []
        for place in range(4):
            early = place < 2
            padding, stride = (1, 2) if strided else (0 if maps and early else 1, 1)
            pool = not strided and (early or not maps)
            n_in = n_channels if place == 0 else width
            blocks.append(_Block(n_in, width, generator, padding=padding, stride=stride, pool=pool))
            sides = [((side + 2 * padding - 3) // stride + 1) // (2 if pool else 1) for side in sides]
        self.blocks = nn.Sequential(*blocks)
        self.map_shape = (width, sides[0], sides[1])

    def forward(self, X: Float[Tensor, "image channel height width"]) -> Float[Tensor, "image feature"]:
        """Embed images as flattened maps."""
        maps: Tensor = self.blocks(X)
        return maps.flatten(1)


class _ResidualBlock(nn.Module):
    """Three convolutions beside a shortcut, then pooling."""

    def __init__(self, n_in: int, n_out: int, generator: torch.Generator) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for place in range(3):
            layers += [
                convolution(n_in if place == 0 else n_out, n_out, generator),
                nn.BatchNorm2d(n_out, dtype=torch.float32),
            ]
            if place < 2:
                layers.append(nn.LeakyReLU(0.1))
        self.path = nn.Sequential(*layers)
        self.shortcut = nn.Sequential(
            convolution(n_in, n_out, generator, size=1, padding=0), nn.BatchNorm2d(n_out, dtype=torch.float32)
        )

    def forward(self, X: Tensor) -> Tensor:
        maps = nn.functional.leaky_relu(self.path(X) + self.shortcut(X), 0.1)
        return nn.functional.max_pool2d(maps, 2)


@final
class ResNet12(nn.Module):
    """Four residual blocks of 64, 160, 320 and 640 channels, averaged over the map: 640 numbers per image.

    K. Lee, S. Maji, A. Ravichandran and S. Soatto, "Meta-Learning with Differentiable Convex Optimization", 2019,
    arXiv:1904.03758. Departures from the paper: no DropBlock. Images have 16 × 16 pixels at least, and `maps` leaves
    out the averaging; `map_shape` is as for `Conv4`.
    """

    def __init__(self, shape: tuple[int, int, int], *, maps: bool = False, generator: torch.Generator) -> None:
        super().__init__()
        widths = (shape[0], 64, 160, 320, 640)
        self.blocks = nn.Sequential(*(_ResidualBlock(n_in, n_out, generator) for n_in, n_out in pairwise(widths)))
        self.maps = maps
        self.map_shape = (640, shape[1] // 16, shape[2] // 16) if maps else (640, 1, 1)

    def forward(self, X: Float[Tensor, "image channel height width"]) -> Float[Tensor, "image feature"]:
        """Embed images."""
        found: Tensor = self.blocks(X)
        return found.flatten(1) if self.maps else found.mean((2, 3))
