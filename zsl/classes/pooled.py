"""What a fitted few-shot estimator knows of its classes where only the mean of their support counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.known import KnownClasses, are_counts
from zsl.classes.support import SupportRegistry
from zsl.persistence.codec import register


@register
@dataclass(frozen=True, eq=False)
class PooledSupport(KnownClasses):
    """Classes in sorted order and the sums of their embedded support, however many samples there were.

    For a method each class has one support sample, the mean. Samples without a label are not kept.

    Parameters
    ----------
    labels, seen : arrays of shape (C,)
        As in `KnownClasses`.
    sums : array of shape (C, d)
        Sums of the embedded support samples, in double precision.
    counts : array of shape (C,)
        Numbers of support samples.
    """

    sums: FloatArray
    counts: FloatArray

    _by_class = ("labels", "seen", "sums", "counts")

    @property
    def support(self) -> FloatArray:
        """The mean of each class, (C, d)."""
        return self.sums / self.counts[:, None]

    @property
    def width(self) -> int:
        """Width of embedded samples."""
        return int(self.sums.shape[1])

    @property
    def codes(self) -> NDArray[np.intp]:
        """Positions of the classes of `support`."""
        return np.arange(len(self))

    @property
    def unlabeled(self) -> FloatArray:
        """No samples without a label."""
        return self.sums[:0]

    def fits(self) -> bool:
        """Whether the parts go together."""
        return super().fits() and self.sums.ndim == 2 and are_counts(self.counts) and bool((self.counts > 0).all())

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> "PooledSupport":
        """Add embedded support samples, one label each, to classes known or new."""
        grown = self.with_labels(np.unique(labels))
        where, sums, counts = grown.columns(labels), grown.sums.copy(), grown.counts.copy()
        np.add.at(sums, where, embedded)
        np.add.at(counts, where, 1.0)
        return grown._with(sums=sums, counts=counts)

    def with_unlabeled(self, embedded: FloatArray) -> "PooledSupport":
        """Nothing more, since samples without a label have no part in a mean."""
        return self


KnownSupport = SupportRegistry | PooledSupport
