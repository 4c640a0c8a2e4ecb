"""Batches of rows for training."""

import torch
from torch import Tensor

BLOCK_ROWS = 64
"""Rows of samples on disk that are read together: some tens of kilobytes, which any disk reads at once."""


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
            self._rest = torch.cat([self._rest, self._more()])
        drawn, self._rest = self._rest[: self._size], self._rest[self._size :]
        return drawn

    @property
    def rest(self) -> Tensor:
        """The rows that were shuffled and not drawn yet."""
        return self._rest

    def state(self) -> Tensor:
        """The rows that are still to come before any comes again."""
        return self._rest

    def restore(self, state: Tensor) -> None:
        """Go on from there."""
        self._rest = state

    def _more(self) -> Tensor:
        """Rows to come, in a new order."""
        return torch.randperm(self._count, generator=self._generator)


class WindowBatches(Batches):
    """Draw row numbers of samples on disk, a window of which is held in memory at a time.

    Blocks of successive rows are shuffled, and as many of them as a window holds are taken; the rows of the window are
    shuffled, and drawn until it is empty. Each row still comes once before any comes again. What is lost: rows of one
    block always are in the same window, so that in samples sorted by class a batch has fewer classes than chance would
    give it, if a window has few blocks for each class. Where one window holds all rows, they are drawn as `Batches`
    draws them.
    """

    def __init__(self, count: int, size: int, generator: torch.Generator, window: int) -> None:
        super().__init__(count, size, generator)
        self._n_blocks = max(window // BLOCK_ROWS, 1)
        self._whole = window >= count
        self._blocks = torch.empty(0, dtype=torch.long)

    def state(self) -> Tensor:
        """The rows and the blocks that are still to come before any comes again, behind the number of the former."""
        return torch.cat([torch.tensor([len(self._rest)]), self._rest, self._blocks])

    def restore(self, state: Tensor) -> None:
        """Go on from there."""
        self._rest, self._blocks = state[1:].split([int(state[0]), len(state) - 1 - int(state[0])])

    def _more(self) -> Tensor:
        if self._whole:
            return super()._more()
        if not len(self._blocks):
            self._blocks = torch.randperm(-(-self._count // BLOCK_ROWS), generator=self._generator)
        taken, self._blocks = self._blocks[: self._n_blocks], self._blocks[self._n_blocks :]
        rows = (taken[:, None] * BLOCK_ROWS + torch.arange(BLOCK_ROWS)).flatten()
        rows = rows[rows < self._count]
        return rows[torch.randperm(len(rows), generator=self._generator)]
