"""What a fitted few-shot estimator knows of its classes: their embedded support samples, as one immutable value."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import positions
from zsl.persistence.codec import register


@register
@dataclass(frozen=True, eq=False)
class SupportRegistry:
    """Classes in sorted order, their embedded support, and samples that belong to any of them.

    Parameters
    ----------
    labels : array of shape (C,)
        Sorted labels.
    seen : bool array of shape (C,)
        Whether the class had training samples.
    support : array of shape (n, d)
        Embedded support samples.
    codes : array of shape (n,)
        Positions of their classes in `labels`.
    unlabeled : array of shape (m, d)
        Embedded samples without a label.
    """

    labels: LabelArray
    seen: NDArray[np.bool_]
    support: FloatArray
    codes: NDArray[np.intp]
    unlabeled: FloatArray

    @classmethod
    def of_seen(
        cls, labels: LabelArray, support: FloatArray, codes: NDArray[np.intp], unlabeled: FloatArray
    ) -> "SupportRegistry":
        """Classes that were trained on."""
        return cls(labels, np.ones(len(labels), dtype=bool), support, codes, unlabeled)

    def __len__(self) -> int:
        return len(self.labels)

    def fits(self) -> bool:
        """Whether the parts go together."""
        good = len(self.seen) == len(self) and len(self.codes) == len(self.support)
        return good and (not len(self.codes) or set(self.codes.tolist()) == set(range(len(self))))

    def columns(self, labels: LabelArray) -> NDArray[np.intp]:
        """Position of each label, -1 where there is none."""
        return positions(self.labels, labels)

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> "SupportRegistry":
        """The classes at these positions, in this order, with all unlabelled samples; without classes none of these."""
        chosen = np.arange(len(self))[columns]
        unlabeled = self.unlabeled if len(chosen) else self.unlabeled[:0]
        place = np.full(len(self), -1, dtype=np.intp)
        place[chosen] = np.arange(len(chosen))
        codes = place[self.codes]
        kept = codes >= 0
        return SupportRegistry(self.labels[chosen], self.seen[chosen], self.support[kept], codes[kept], unlabeled)

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> "SupportRegistry":
        """Add embedded support samples, one label each, to classes known or new."""
        if not len(self):
            names, codes = np.unique(labels, return_inverse=True)
            return SupportRegistry(names, np.zeros(len(names), dtype=bool), embedded, codes, self.unlabeled)
        fresh = np.unique(labels)
        fresh = fresh[self.columns(fresh) < 0]
        if self.labels.dtype.kind == "O":
            fresh = fresh.astype(object)
        joined = replace(
            self,
            labels=np.concatenate([self.labels, fresh]),
            seen=np.concatenate([self.seen, np.zeros(len(fresh), dtype=bool)]),
        )
        joined = replace(
            joined,
            support=np.concatenate([self.support, embedded]),
            codes=np.concatenate([self.codes, joined.columns(labels)]),
        )
        return joined.take(np.argsort(joined.labels))

    def with_unlabeled(self, embedded: FloatArray) -> "SupportRegistry":
        """Add embedded samples without a label."""
        return replace(self, unlabeled=np.concatenate([self.unlabeled, embedded]))
