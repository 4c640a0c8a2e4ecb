"""The shell of estimators that represent each class on its own, so that very many of them can be chosen among."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import RepresentedClasses
from zsl.estimators._described_classes import ClassDescriptionClassifier
from zsl.functional.scores.distances import Measure
from zsl.functional.scores.top_k import merged_top_k

BLOCK_IMAGES = 2048


class SeparateClassesClassifier(ClassDescriptionClassifier):
    """Compare images with represented classes; never with more at a time than fit in a block of scores.

    A subclass says how classes are represented (`_represent`), and how images are compared with that (`_compare`).
    Representations are kept, and only those of classes that are added or changed are computed later.
    """

    _represented: RepresentedClasses

    @abstractmethod
    def _represent(self, classes: ClassRegistry) -> Tensor:
        """Represent classes, each on its own, as (C, d)."""

    @abstractmethod
    def _compare(self, embedded: FloatArray, represented: Tensor) -> FloatArray:
        """Score embedded images against represented classes, (n, C)."""

    @abstractmethod
    def _measure(self) -> Measure:
        """By what the classes that score highest are nearest, or nearly."""

    def _probes(self, embedded: FloatArray) -> Tensor:
        """What the classes that score highest are nearest to, for embedded images."""
        return torch.as_tensor(embedded)

    def _adds_bias(self) -> bool:
        """Whether scores are calibrated by the bias alone, which needs no other scores of the image."""
        return True

    def _rows(self, classes: ClassRegistry, columns: NDArray[np.intp]) -> Tensor:
        """Some of the represented classes."""
        return self._represented.some(classes, columns, self._represent)

    def _score(self, embedded: FloatArray, classes: ClassRegistry) -> FloatArray:
        parts = [self._compare(embedded, rows) for _, rows in self._represented.blocks(classes, self._represent)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _top(self, images: FloatArray, classes: ClassRegistry, k: int) -> tuple[Tensor, Tensor]:
        if not self._adds_bias():
            return super()._top(images, classes, k)
        bias = self._bias(classes)

        def scores(embedded: FloatArray) -> Iterator[tuple[Tensor, int]]:
            for cut, rows in self._represented.blocks(classes, self._represent):
                yield torch.as_tensor(self._compare(embedded, rows) + bias[cut]), cut.start

        cuts = range(0, len(images), BLOCK_IMAGES)
        best = [merged_top_k(scores(self._embed(images[start : start + BLOCK_IMAGES])), k) for start in cuts]
        values, columns = (torch.cat(part) for part in zip(*best, strict=True))
        return values, columns

    def remove_classes(self, labels: ArrayLike) -> Self:
        before = self._classes
        super().remove_classes(labels)
        self._follow(before, ())
        return self

    def _follow(self, before: ClassRegistry, changed: Sequence[LabelArray]) -> None:
        self._represented.follow(before, self._classes, changed, self._represent)
