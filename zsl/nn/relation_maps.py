"""The convolutional relation module: how well the maps of a query and of a class go together."""

from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.relation import BLOCK_BYTES
from zsl.nn.layers import convolution, linear, recomputed


@final
class RelationMaps(nn.Module):
    """Score each pair of a query's and a class's maps by a small convolutional network.

    F. Sung, Y. Yang, L. Zhang, T. Xiang, P. H. S. Torr and T. M. Hospedales, "Learning to Compare: Relation Network for
    Few-Shot Learning", 2018, arXiv:1711.06025.

    Two blocks of a 3 × 3 convolution of `width` channels, batch normalisation, ReLU and 2 × 2 pooling on the maps of
    both, stacked, then two linear layers with a ReLU between. The first convolution is linear in the stacked maps,
    :math:`W * [q; c] = W_q * q + W_c * c`, so it runs once per query and once per class instead of once per pair; pairs
    only meet in the sum. The result is the same, up to rounding.

    Both convolutions pad, for maps of any size; the paper's code for 84 × 84 images doesn't. Maps of one pixel, which
    are vectors, get 1 × 1 convolutions: the other weights would meet nothing but padding.
    """

    def __init__(
        self, map_shape: tuple[int, int, int], *, width: int = 64, hidden: int = 8, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.map_shape = map_shape
        channels, height, width_px = map_shape
        size = 1 if (height, width_px) == (1, 1) else 3
        self.query_half = convolution(channels, width, generator, size=size, padding=size // 2)
        self.class_half = convolution(channels, width, generator, size=size, padding=size // 2)
        with torch.no_grad():  # the sum of both varies as one alone would
            self.query_half.weight.mul_(0.5**0.5)
            self.class_half.weight.mul_(0.5**0.5)
        self.first_norm = nn.BatchNorm2d(width, dtype=torch.float32)
        self.second = convolution(width, width, generator, size=size, padding=size // 2)
        self.second_norm = nn.BatchNorm2d(width, dtype=torch.float32)
        sides = [max(1, max(1, side // 2) // 2) for side in (height, width_px)]
        self.hidden = linear(width * sides[0] * sides[1], hidden, generator)
        self.out = linear(hidden, 1, generator)

    def forward(
        self, queries: Float[Tensor, "episode query feature"], classes: Float[Tensor, "episode way feature"]
    ) -> Float[Tensor, "episode query way"]:
        """Score all pairs, before any sigmoid."""
        left = self.query_half(queries.flatten(0, 1).unflatten(1, self.map_shape)).unflatten(0, queries.shape[:2])
        right = self.class_half(classes.flatten(0, 1).unflatten(1, self.map_shape)).unflatten(0, classes.shape[:2])
        if self.first_norm.training:  # statistics of a batch need all pairs at once
            return self._pairs(left, right)
        rows = max(1, BLOCK_BYTES // (right[0].numel() * right.element_size() * len(right)))
        return torch.cat([recomputed(self._pairs, block, right) for block in left.split(rows, dim=1)], dim=1)

    def _pairs(self, left: Tensor, right: Tensor) -> Tensor:
        pairs = left[:, :, None] + right[:, None]
        maps = _shrunk(self.first_norm(pairs.flatten(0, 2).contiguous(memory_format=torch.channels_last)))
        maps = _shrunk(self.second_norm(self.second(maps)))
        scores: Tensor = self.out(torch.relu(self.hidden(maps.flatten(1))))
        return scores.view(pairs.shape[:3])


def _shrunk(maps: Tensor) -> Tensor:
    """2 × 2 pooling and ReLU; a side of one pixel is left as it is."""
    height, width = (min(2, side) for side in maps.shape[2:])
    return torch.relu(nn.functional.max_pool2d(maps, (height, width)))
