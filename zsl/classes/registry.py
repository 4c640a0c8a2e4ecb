"""What a fitted estimator knows of each class, as one immutable value."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.persistence.codec import register


@register
@dataclass(frozen=True, eq=False)
class ClassRegistry:
    """Classes in sorted order, and what each is known by.

    Parameters
    ----------
    labels : array of shape (C,)
        Sorted labels.
    seen : bool array of shape (C,)
        Whether the class had training samples.
    described : bool array of shape (C,)
        Whether the class has a semantic vector.
    semantics : array of shape (C, A)
        Semantic vectors, zeros where there is none.
    support : array of shape (K, d)
        Sums of the embedded support samples of the K classes that have some, in the order of `labels`: of very many
        described classes few may have any.
    counts : array of shape (C,)
        Numbers of support samples.
    """

    labels: LabelArray
    seen: NDArray[np.bool_]
    described: NDArray[np.bool_]
    semantics: FloatArray
    support: FloatArray
    counts: FloatArray

    @classmethod
    def of_seen(cls, labels: LabelArray, n_attributes: int, width: int) -> "ClassRegistry":
        """Seen classes of which nothing is known yet."""
        n = len(labels)
        return cls(
            labels,
            np.ones(n, dtype=bool),
            np.zeros(n, dtype=bool),
            np.zeros((n, n_attributes)),
            np.zeros((0, width)),
            np.zeros(n),
        )

    @property
    def sums(self) -> FloatArray:
        """Sums of the embedded support samples of all classes, (C, d), zeros where there are none."""
        sums = np.zeros((len(self), self.support.shape[1]))
        if len(self.support):
            sums[self.counts > 0] = self.support
        return sums

    def __len__(self) -> int:
        return len(self.labels)

    def fits(self) -> bool:
        """Whether the parts go together."""
        lengths = {len(self), len(self.seen), len(self.described), len(self.semantics), len(self.counts)}
        return len(lengths) == 1 and len(self.support) in (0, int((self.counts > 0).sum()))

    def columns(self, labels: LabelArray) -> NDArray[np.intp]:
        """Position of each label, -1 where there is none."""
        return positions(self.labels, labels)

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> "ClassRegistry":
        """The classes at these positions, in this order."""
        support = self.support
        if len(support):
            place = np.cumsum(self.counts > 0) - 1
            support = support[place[columns][self.counts[columns] > 0]]
        return ClassRegistry(
            self.labels[columns],
            self.seen[columns],
            self.described[columns],
            self.semantics[columns],
            support,
            self.counts[columns],
        )

    def with_semantics(self, labels: LabelArray, rows: FloatArray) -> "ClassRegistry":
        """Describe classes, known or new, by semantic vectors."""
        grown = self._with_labels(labels)
        where = grown.columns(labels)
        described, semantics = grown.described.copy(), grown.semantics.copy()
        described[where] = True
        semantics[where] = rows
        return replace(grown, described=described, semantics=semantics)

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> "ClassRegistry":
        """Add embedded support samples, one label each, to classes known or new."""
        grown = self._with_labels(np.unique(labels))
        where = grown.columns(labels)
        counts = grown.counts.copy()
        np.add.at(counts, where, 1.0)
        place = np.cumsum(counts > 0) - 1
        support = np.zeros((int((counts > 0).sum()), embedded.shape[1]))
        if len(grown.support):
            support[place[grown.counts > 0]] = grown.support
        np.add.at(support, place[where], embedded)
        return replace(grown, support=support, counts=counts)

    def described_by(self, rows: FloatArray) -> "ClassRegistry":
        """The same classes with other numbers as their semantic vectors."""
        return replace(self, semantics=rows)

    def _with_labels(self, labels: LabelArray) -> "ClassRegistry":
        new = labels[self.columns(labels) < 0]
        if not len(new):
            return self
        n = len(new)
        known = self.labels if len(self) else new[:0]  # once all are forgotten, labels of another type may come
        joined = ClassRegistry(
            np.concatenate([known, new.astype(object) if known.dtype.kind == "O" else new]),
            np.concatenate([self.seen, np.zeros(n, dtype=bool)]),
            np.concatenate([self.described, np.zeros(n, dtype=bool)]),
            np.concatenate([self.semantics, np.zeros((n, self.semantics.shape[1]))]),
            self.support,
            np.concatenate([self.counts, np.zeros(n)]),
        )
        return joined.take(np.argsort(joined.labels))


def positions(known: LabelArray, labels: LabelArray) -> NDArray[np.intp]:
    """Position of each label among the known ones, -1 where there is none."""
    position = {label: place for place, label in enumerate(known.tolist())}
    return np.array([position.get(label, -1) for label in labels.tolist()], dtype=np.intp)
