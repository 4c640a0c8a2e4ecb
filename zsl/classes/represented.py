"""Represented classes, each computed once, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._files.rows import budget
from zsl._typing import LabelArray
from zsl.classes.kept import KeptRows, size_of
from zsl.classes.registry import ClassRegistry

BLOCK_CLASSES = 2048

Represent = Callable[[ClassRegistry], Tensor]
"""From classes to their representations, (C, d), each on its own."""


class RepresentedClasses:
    """The represented classes of each registry, remembered for as long as the registry is in use.

    More than one block of them is rounded, remembered or not: to half precision where semantic vectors are in half
    precision, and to single precision otherwise. They are remembered if all take no more than scikit-learn's
    `working_memory`, and represented whenever they are scored otherwise. This is no part of an estimator's state: a
    copied or stored estimator starts with nothing remembered.
    """

    def __init__(self) -> None:
        self._few: WeakKeyDictionary[ClassRegistry, Tensor] = WeakKeyDictionary()
        self._many: WeakKeyDictionary[ClassRegistry, KeptRows] = WeakKeyDictionary()

    @cached_property
    def prepared(self) -> RepresentedClasses:
        """The same classes as samples are matched with them."""
        return RepresentedClasses()

    def blocks(
        self, classes: ClassRegistry, represent: Represent, *, single: bool = False
    ) -> Iterator[tuple[slice, Tensor]]:
        """Represented classes, one block at a time, each with its place; in double precision unless `single`.

        A block of many classes in single precision is valid until the next one is asked for.
        """
        if len(classes) > BLOCK_CLASSES:
            yield from ((cut, rows if single else rows.double()) for cut, rows in self._rounded(classes, represent))
            return
        found = self._few.get(classes)
        if found is None:
            self._few[classes] = found = represent(classes)
        yield slice(0, len(classes)), found.float() if single else found

    def _rounded(self, classes: ClassRegistry, represent: Represent) -> Iterator[tuple[slice, Tensor]]:
        """Blocks of many classes in single precision, as they are kept."""
        n, kept = len(classes), self._many.get(classes)
        cuts = [slice(start, min(start + BLOCK_CLASSES, n)) for start in range(0, n, BLOCK_CLASSES)]
        if kept is not None:
            yield from kept.blocks(cuts)
            return
        half = _in_half(classes)
        for cut in cuts:
            part = represent(classes.take(np.arange(cut.start, cut.stop)))
            if kept is None and size_of(n, part.shape[1], half=half) <= budget():
                kept = KeptRows(n, part, half=half)
            if kept is None:
                yield cut, KeptRows.of(part, half=half)[:]
            else:
                kept[cut] = part
                yield cut, kept[cut]
        if kept is not None:
            self._many[classes] = kept

    def some(self, classes: ClassRegistry, columns: NDArray[np.intp], represent: Represent) -> Tensor:
        """Some of the represented classes: as remembered, or represented by themselves."""
        few, many = self._few.get(classes), self._many.get(classes)
        if few is not None:
            return few[torch.as_tensor(columns)]
        if many is not None:
            return many[columns].double()
        part = represent(classes.take(columns))
        return part if len(classes) <= BLOCK_CLASSES else KeptRows.of(part, half=_in_half(classes))[:].double()

    def follow(
        self, before: ClassRegistry, after: ClassRegistry, changed: Sequence[LabelArray], represent: Represent
    ) -> None:
        """Represent the changed and new classes of a registry that follows another one, and take over the others.

        With few classes all are represented again at once instead, so that the last bits of their scores don't depend
        on the order in which the classes came.
        """
        kept = self._many.get(before)
        if kept is None or len(after) <= BLOCK_CLASSES or kept.size(len(after)) > budget():
            return
        places = before.columns(after.labels)
        fresh = places < 0
        for labels in changed:
            fresh[after.columns(labels)] = True
        carried = kept.moved(len(after), np.flatnonzero(~fresh), places[~fresh])
        new = np.flatnonzero(fresh)
        for start in range(0, len(new), BLOCK_CLASSES):
            some = new[start : start + BLOCK_CLASSES]
            carried[some] = represent(after.take(some))
        self._many[after] = carried

    def __reduce__(self) -> tuple[Any, ...]:
        return RepresentedClasses, ()


def _in_half(classes: ClassRegistry) -> bool:
    return bool(classes.semantics.dtype == np.float16)
