"""Represented classes as they are remembered: in single precision, or in half."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Place = slice | NDArray[np.intp]

_BLOCK_ROWS = 4096
_LARGEST = 15
"""In half precision the largest number of a row is brought below this power of two; 2 ** 16 is infinite there."""


class KeptRows:
    r"""A matrix of n rows, written and read in single or double precision.

    In half precision each row is kept in a unit of its own, a power of two, so that none is too large or too small: a
    number x comes back as :math:`x (1 + \epsilon)` with :math:`|\epsilon| \le 2^{-11}` down to :math:`2^{-28}` of the
    largest of its row.
    """

    def __init__(self, n: int, like: Tensor, *, half: bool) -> None:
        self._numbers = like.new_empty((n, like.shape[1]), dtype=torch.float16 if half else torch.float32)
        self._units = like.new_empty((n, 1), dtype=torch.float32) if half else None

    @classmethod
    def of(cls, rows: Tensor, *, half: bool) -> Self:
        """The rows of a tensor."""
        made = cls(len(rows), rows, half=half)
        made[:] = rows
        return made

    def size(self, n: int) -> int:
        """Bytes of n rows that are kept alike."""
        return size_of(n, self._numbers.shape[1], half=self._units is not None)

    def __setitem__(self, place: Place, rows: Tensor) -> None:
        at = _as_index(place)
        if self._units is None:
            self._numbers[at] = rows.float()
            return
        exponent = torch.frexp(rows.abs().amax(dim=1, keepdim=True)).exponent.clamp(min=-100)
        units = torch.ldexp(torch.ones_like(exponent, dtype=torch.float32), exponent - _LARGEST)
        self._numbers[at], self._units[at] = (rows / units).half(), units

    def __getitem__(self, place: Place) -> Tensor:
        """Rows in single precision."""
        at = _as_index(place)
        rows = self._numbers[at].float()
        return rows if self._units is None else rows.mul_(self._units[at])

    def blocks(self, cuts: Sequence[slice]) -> Iterator[tuple[slice, Tensor]]:
        """Blocks of rows in single precision; each may lie where the one before it was, as new memory takes longer."""
        if self._units is None:
            yield from ((cut, self._numbers[cut]) for cut in cuts)
            return
        most = max(cut.stop - cut.start for cut in cuts)
        room = self._units.new_empty((most, self._numbers.shape[1]))
        for cut in cuts:
            yield cut, room[: cut.stop - cut.start].copy_(self._numbers[cut]).mul_(self._units[cut])

    def moved(self, n: int, to: NDArray[np.intp], places: NDArray[np.intp]) -> Self:
        """A matrix of n rows, into which the rows at some places were copied as they are kept."""
        made = type(self)(n, self._numbers, half=self._units is not None)
        for start in range(0, len(to), _BLOCK_ROWS):
            new, old = (_as_index(rows[start : start + _BLOCK_ROWS]) for rows in (to, places))
            made._numbers[new] = self._numbers[old]
            if made._units is not None and self._units is not None:
                made._units[new] = self._units[old]
        return made


def _as_index(place: Place) -> slice | Tensor:
    return place if isinstance(place, slice) else torch.as_tensor(place)


def size_of(n: int, width: int, *, half: bool) -> int:
    """Bytes of n rows."""
    return n * (2 * width + 4 if half else 4 * width)
