"""What a fitted estimator knows of each class: its semantic vector, its support samples or both."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.known import KnownClasses
from zsl.persistence.codec import register


@register
@dataclass(frozen=True, eq=False)
class ClassRegistry(KnownClasses):
    """Classes in sorted order, and what each is known by.

    Parameters
    ----------
    labels, seen : arrays of shape (C,)
        As in `KnownClasses`.
    described : bool array of shape (C,)
        Whether the class has a semantic vector.
    semantics : array of shape (C, A)
        Semantic vectors, zeros where there is none, in the precision of the class table that was fitted on.
    support : array of shape (K, d)
        Sums of the embedded support samples of the K classes that have some, in the order of `labels`: of very many
        described classes few may have any.
    counts : array of shape (C,)
        Numbers of support samples, or sums of their weights.
    """

    described: NDArray[np.bool_]
    semantics: FloatArray
    support: FloatArray
    counts: FloatArray

    _by_class = ("labels", "seen", "described", "semantics", "counts")

    @classmethod
    def of_seen(
        cls, labels: LabelArray, n_attributes: int, width: int, precision: DTypeLike = np.float64
    ) -> "ClassRegistry":
        """Seen classes of which nothing is known yet."""
        n = len(labels)
        seen, described, semantics = np.ones(n, bool), np.zeros(n, bool), np.zeros((n, n_attributes), precision)
        return ClassRegistry(labels, seen, described, semantics, np.zeros((0, width)), np.zeros(n))

    @property
    def width(self) -> int | None:
        """Width of embedded samples."""
        return int(self.support.shape[1])

    @property
    def rows(self) -> FloatArray:
        """Semantic vectors in double precision, to compute with; of many classes a block is taken first."""
        return self.semantics.astype(np.float64, copy=False)

    @property
    def sums(self) -> FloatArray:
        """Sums of the embedded support samples of all classes, (C, d), zeros where there are none."""
        sums = np.zeros((len(self), self.support.shape[1]))
        if len(self.support):
            sums[self.counts > 0] = self.support
        return sums

    def fits(self) -> bool:
        """Whether the parts go together."""
        good = super().fits() and self.counts.ndim == self.described.ndim == 1 and bool((self.counts >= 0).all())
        good = good and self.semantics.ndim == self.support.ndim == 2
        supported = self.counts > 0
        return good and bool((self.described | supported).all()) and self._keeps(int(supported.sum()))

    def _keeps(self, n_supported: int) -> bool:
        """Whether there are as many sums as classes with samples."""
        return len(self.support) == n_supported

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """The classes at these positions, in this order."""
        support = self.support
        if len(support):
            place = np.cumsum(self.counts > 0) - 1
            support = support[place[columns][self.counts[columns] > 0]]
        return replace(super().take(columns), support=support)

    def with_semantics(self, labels: LabelArray, rows: FloatArray) -> Self:
        """Describe classes, known or new, by semantic vectors, which are rounded as the others are."""
        grown = replace(self, semantics=self.semantics[:, :0]).with_labels(labels)  # spares copies of all vectors
        where = grown.columns(labels)
        described, semantics = grown.described.copy(), np.zeros((len(grown), rows.shape[1]), self.semantics.dtype)
        semantics[grown.columns(self.labels)] = self.semantics
        described[where] = True
        semantics[where] = rows
        return grown._with(described=described, semantics=semantics)

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> Self:
        """Add embedded support samples, one label each, to classes known or new."""
        return self.with_weighted(labels, embedded, np.ones(len(labels)))

    def with_weighted(self, labels: LabelArray, embedded: FloatArray, weights: FloatArray) -> Self:
        """Add embedded support samples that count by their weights."""
        grown = self.with_labels(np.unique(labels))
        where = grown.columns(labels)
        counts = grown.counts.copy()
        np.add.at(counts, where, weights)
        place = np.cumsum(counts > 0) - 1
        support = np.zeros((int((counts > 0).sum()), embedded.shape[1]))
        if len(grown.support):
            support[place[grown.counts > 0]] = grown.support
        np.add.at(support, place[where], weights[:, None] * embedded)
        return grown._with(support=support, counts=counts)

    def between(self, rows: FloatArray, places: FloatArray) -> "ClassRegistry":
        """Made-up classes with these semantic vectors on the way from the second to the first of two described ones."""
        sums, counts = self.sums, self.counts
        share = np.stack([places, 1 - places], axis=1)
        pooled, numbers = share @ sums, share @ counts
        n, labels = len(rows), np.arange(len(rows))
        unseen, described = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
        return ClassRegistry(labels, unseen, described, rows, pooled[numbers > 0], numbers)
