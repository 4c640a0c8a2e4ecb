"""What a fitted few-shot estimator knows of its classes where only the mean of their support counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import positions
from zsl.classes.support import SupportRegistry
from zsl.persistence.codec import register


@register
@dataclass(frozen=True, eq=False)
class PooledSupport:
    """Classes in sorted order and the sums of their embedded support, however many samples there were.

    To a method each class has one support sample, the mean. Samples without a label are not kept.

    Parameters
    ----------
    labels : array of shape (C,)
        Sorted labels.
    seen : bool array of shape (C,)
        Whether the class had training samples.
    sums : array of shape (C, d)
        Sums of the embedded support samples, in double precision.
    counts : array of shape (C,)
        Numbers of support samples.
    """

    labels: LabelArray
    seen: NDArray[np.bool_]
    sums: FloatArray
    counts: FloatArray

    @property
    def support(self) -> FloatArray:
        """The mean of each class, (C, d)."""
        return self.sums / self.counts[:, None]

    @property
    def codes(self) -> NDArray[np.intp]:
        """Positions of the classes of `support`."""
        return np.arange(len(self))

    @property
    def unlabeled(self) -> FloatArray:
        """No samples without a label."""
        return self.sums[:0]

    def __len__(self) -> int:
        return len(self.labels)

    def fits(self) -> bool:
        """Whether the parts go together."""
        return len(self.seen) == len(self.sums) == len(self.counts) == len(self) and bool((self.counts > 0).all())

    def columns(self, labels: LabelArray) -> NDArray[np.intp]:
        """Position of each label, -1 where there is none."""
        return positions(self.labels, labels)

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> "PooledSupport":
        """The classes at these positions, in this order."""
        return PooledSupport(self.labels[columns], self.seen[columns], self.sums[columns], self.counts[columns])

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> "PooledSupport":
        """Add embedded support samples, one label each, to classes known or new."""
        fresh = np.unique(labels)
        fresh = fresh[self.columns(fresh) < 0]
        known = self.labels if len(self) else fresh[:0]  # once all are forgotten, labels of another type may come
        names = np.concatenate([known, fresh.astype(object) if known.dtype.kind == "O" else fresh])
        grown = PooledSupport(
            names,
            np.concatenate([self.seen, np.zeros(len(fresh), dtype=bool)]),
            np.concatenate([self.sums, np.zeros((len(fresh), self.sums.shape[1]))]),
            np.concatenate([self.counts, np.zeros(len(fresh))]),
        ).take(np.argsort(names))
        where = grown.columns(labels)
        np.add.at(grown.sums, where, embedded)
        np.add.at(grown.counts, where, 1.0)
        return grown

    def with_unlabeled(self, embedded: FloatArray) -> "PooledSupport":
        """Nothing more, since samples without a label have no part in a mean."""
        return self


KnownSupport = SupportRegistry | PooledSupport
