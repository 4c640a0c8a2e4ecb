"""Batches of scaled training samples: of all that are in memory, or of a window of those on disk."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._files.rows import RowsOnDisk, budget
from zsl._typing import FloatArray
from zsl.selection.folds import TrainingPart
from zsl.training.batches import Batches, WindowBatches

_WINDOW_SHARE = 8
"""A window of samples on disk takes this share of the working memory."""


class Feed:
    """Batches of the scaled samples of a part, in single precision and in a new order each time.

    Parameters
    ----------
    part : TrainingPart
        Samples, and how they are scaled.
    size : int
        Samples per batch.
    generator : Generator
        Where the order comes from.
    device : device
        Where batches are wanted.
    """

    def __init__(self, part: TrainingPart, size: int, generator: torch.Generator, device: torch.device) -> None:
        self.width, self._device = part.X.shape[1], device
        self._window: _Window | None = None
        self.inputs: tuple[Tensor, ...] = ()
        """All samples, where they are in memory."""
        if isinstance(part.X, RowsOnDisk):
            count = len(part.X) if part.rows is None else len(part.rows)
            most = budget() // _WINDOW_SHARE // (4 * self.width)
            self.batches: Batches = WindowBatches(count, size, generator, most)
            self._window = _Window(part, self.batches)
            return
        X, codes = part.samples()
        self._labels = torch.as_tensor(codes)
        self.inputs = (torch.as_tensor(X, device=device),)
        self.batches = Batches(len(X), size, generator)

    def draw(self) -> tuple[Tensor, Tensor]:
        """The samples of the next batch, and for each the row of `semantics` that describes it."""
        rows = self.batches.draw()
        if self._window is None:
            return self.inputs[0][rows.to(self._device)], self._labels[rows].to(self._device)
        X, codes = self._window.take(rows.numpy())
        return torch.as_tensor(X, device=self._device), torch.as_tensor(codes, device=self._device)


class _Window:
    """The scaled samples that batches are drawn of next; read anew once rows are drawn that aren't among them."""

    def __init__(self, part: TrainingPart, batches: Batches) -> None:
        self._part, self._batches = part, batches
        self._numbers: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._rows: FloatArray = np.empty((0, part.X.shape[1]), dtype=np.float32)

    def take(self, drawn: NDArray[np.intp]) -> tuple[FloatArray, NDArray[np.intp]]:
        """Samples by their numbers in the part, and the places of their classes."""
        places = np.searchsorted(self._numbers, drawn)
        if not len(self._numbers) or (self._numbers.take(places, mode="clip") != drawn).any():
            self._numbers = np.unique(np.concatenate([drawn, self._batches.rest.numpy()]))
            self._rows = np.empty((0, 0), dtype=np.float32)  # sets the old ones free
            self._rows = self._part.scaled_rows(self._of_part(self._numbers))
            places = np.searchsorted(self._numbers, drawn)
        part = self._part
        return self._rows[places], np.searchsorted(part.classes, part.codes[self._of_part(drawn)])

    def _of_part(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        """Row numbers among all samples."""
        return numbers if self._part.rows is None else self._part.rows[numbers]
