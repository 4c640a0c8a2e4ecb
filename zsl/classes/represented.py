"""Represented classes, each computed once, in blocks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import LabelArray
from zsl.classes.registry import ClassRegistry

BLOCK_CLASSES = 2048
MOST_NUMBERS = 2**27
"""How many numbers are kept of a registry at most, 512 MiB. More classes are represented whenever they are scored."""

Represent = Callable[[ClassRegistry], Tensor]
"""From classes to their representations, (C, d), each on its own."""


class RepresentedClasses:
    """The represented classes of each registry, remembered for as long as the registry is in use.

    More than one block of them is rounded to single precision, remembered or not. This is no part of an estimator's
    state: a copied or stored estimator starts with nothing remembered.
    """

    def __init__(self) -> None:
        self._rows: WeakKeyDictionary[ClassRegistry, Tensor] = WeakKeyDictionary()
        self._single: WeakKeyDictionary[ClassRegistry, Tensor] = WeakKeyDictionary()

    def blocks(
        self, classes: ClassRegistry, represent: Represent, *, single: bool = False
    ) -> Iterator[tuple[slice, Tensor]]:
        """Represented classes, one block at a time, each with its place; in double precision unless `single`."""
        if single and len(classes) <= BLOCK_CLASSES:
            part = self._single.get(classes)
            if part is None:
                ((_, part),) = self.blocks(classes, represent)
                self._single[classes] = part = part.float()
            yield slice(0, len(classes)), part
            return
        cuts = [
            slice(start, min(start + BLOCK_CLASSES, len(classes))) for start in range(0, len(classes), BLOCK_CLASSES)
        ]
        rows = self._rows.get(classes)
        if rows is not None:
            yield from ((cut, rows[cut] if single else rows[cut].double()) for cut in cuts)
            return
        if len(cuts) == 1:
            self._rows[classes] = part = represent(classes)
            yield cuts[0], part
            return
        for cut in cuts:
            part = represent(classes.take(np.arange(cut.start, cut.stop))).float()
            if rows is None:
                rows = part.new_empty(
                    len(classes) if len(classes) * part.shape[1] <= MOST_NUMBERS else 0, part.shape[1]
                )
            if len(rows):
                rows[cut] = part
            yield cut, part if single else part.double()
        if rows is not None and len(rows):
            self._rows[classes] = rows

    def some(self, classes: ClassRegistry, columns: NDArray[np.intp], represent: Represent) -> Tensor:
        """Some of the represented classes: as remembered, or represented by themselves."""
        rows = self._rows.get(classes)
        if rows is not None:
            return rows[torch.as_tensor(columns)].double()
        part = represent(classes.take(columns))
        return part if len(classes) <= BLOCK_CLASSES else part.float().double()

    def follow(
        self, before: ClassRegistry, after: ClassRegistry, changed: Sequence[LabelArray], represent: Represent
    ) -> None:
        """Represent the changed and new classes of a registry that follows another one, and take over the others.

        With few classes all are represented again at once instead, so that the last bits of their scores don't depend
        on the order in which the classes came.
        """
        rows = self._rows.get(before)
        if rows is None or len(before) <= BLOCK_CLASSES or len(after) * rows.shape[1] > MOST_NUMBERS:
            return
        places = before.columns(after.labels)
        fresh = places < 0
        for labels in changed:
            fresh[after.columns(labels)] = True
        carried = torch.empty(len(after), rows.shape[1], dtype=rows.dtype)
        carried[torch.as_tensor(~fresh)] = rows[torch.as_tensor(places[~fresh])]
        if fresh.any():
            carried[torch.as_tensor(fresh)] = represent(after.take(fresh)).float()
        self._rows[after] = carried

    def __reduce__(self) -> tuple[Any, ...]:
        return RepresentedClasses, ()
