"""Batches of rows for training."""

import torch
from torch import Tensor


class Batches:
    """Draw row numbers in batches without end; each row comes once before any comes again.

    A batch has all rows where there are fewer than its size.
    """

    def __init__(self, count: int, size: int, generator: torch.Generator) -> None:
        self._count, self._size, self._generator = count, size, generator
        self._rest = torch.empty(0, dtype=torch.long)

    def draw(self) -> Tensor:
        """The rows of the next batch."""
        while len(self._rest) < min(self._size, self._count):
            self._rest = torch.cat([self._rest, torch.randperm(self._count, generator=self._generator)])
        drawn, self._rest = self._rest[: self._size], self._rest[self._size :]
        return drawn

    def state(self) -> Tensor:
        """The rows that are still to come before any comes again."""
        return self._rest

    def restore(self, state: Tensor) -> None:
        """Go on from there."""
        self._rest = state
