"""What a fitted few-shot estimator knows of its classes: their embedded support samples, as one immutable value."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.known import KnownClasses
from zsl.persistence.codec import register


@register
@dataclass(frozen=True, eq=False)
class SupportRegistry(KnownClasses):
    """Classes in sorted order, their embedded support, and samples that belong to any of them.

    Parameters
    ----------
    labels, seen : arrays of shape (C,)
        As in `KnownClasses`.
    support : array of shape (n, d)
        Embedded support samples.
    codes : array of shape (n,)
        Positions of their classes in `labels`.
    unlabeled : array of shape (m, d)
        Embedded samples without a label.
    """

    support: FloatArray
    codes: NDArray[np.intp]
    unlabeled: FloatArray

    @classmethod
    def of_seen(
        cls, labels: LabelArray, support: FloatArray, codes: NDArray[np.intp], unlabeled: FloatArray
    ) -> "SupportRegistry":
        """Classes that were trained on."""
        return cls(labels, np.ones(len(labels), dtype=bool), support, codes, unlabeled)

    @property
    def width(self) -> int:
        """Width of embedded samples."""
        return int(self.support.shape[1])

    def fits(self) -> bool:
        """Whether the parts go together."""
        good = super().fits() and self.support.ndim == self.unlabeled.ndim == 2 and self.codes.ndim == 1
        good = good and len(self.codes) == len(self.support) and self.unlabeled.shape[1] == self.support.shape[1]
        return good and (not len(self.codes) or set(self.codes.tolist()) == set(range(len(self))))

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """The classes at these positions, in this order, with all unlabelled samples; without classes none of these."""
        chosen = np.arange(len(self))[columns]
        unlabeled = self.unlabeled if len(chosen) else self.unlabeled[:0]
        place = np.full(len(self), -1, dtype=np.intp)
        place[chosen] = np.arange(len(chosen))
        codes = place[self.codes]
        kept = codes >= 0
        taken = super().take(chosen)
        return replace(taken, support=self.support[kept], codes=codes[kept], unlabeled=unlabeled)

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> "SupportRegistry":
        """Add embedded support samples, one label each, to classes known or new."""
        grown = self.with_labels(np.unique(labels))
        support, codes = np.concatenate([grown.support, embedded]), np.concatenate([grown.codes, grown.columns(labels)])
        return grown._with(support=support, codes=codes)

    def with_unlabeled(self, embedded: FloatArray) -> "SupportRegistry":
        """Add embedded samples without a label."""
        return self._with(unlabeled=np.concatenate([self.unlabeled, embedded]))
