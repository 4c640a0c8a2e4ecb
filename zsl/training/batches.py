"""Batches of rows for training."""

from collections.abc import Iterator

import torch
from torch import Tensor


def batches_of(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Draw row numbers in batches without end; each row comes once before any comes again.

    A batch has all rows where there are fewer than its size.
    """
    rest = torch.empty(0, dtype=torch.long)
    while True:
        while len(rest) < min(size, count):
            rest = torch.cat([rest, torch.randperm(count, generator=generator)])
        yield rest[:size]
        rest = rest[size:]
