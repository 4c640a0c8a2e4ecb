"""What an estimator that trains a classifier again knows of each class: its semantic vector and some of its samples."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.known import are_counts
from zsl.classes.registry import ClassRegistry
from zsl.exceptions import ModelFileError
from zsl.functional.linear.origins import unit_rows
from zsl.persistence.codec import register


@dataclass(frozen=True, eq=False)
class StoredSamples(ClassRegistry):
    """Classes in sorted order with the samples kept of each; there are no sums, and `counts` counts the samples.

    Parameters
    ----------
    samples : tuple of C arrays of shape (n, d)
        Samples of length 1 in single precision, in an order that doesn't depend on the one they came in.
    limit : int
        Samples kept per class at most.
    """

    samples: tuple[NDArray[np.float32], ...]
    limit: int

    @classmethod
    def empty(
        cls, labels: LabelArray, n_attributes: int, width: int, limit: int, precision: DTypeLike = np.float64
    ) -> "StoredSamples":
        """Seen classes of which nothing is known yet."""
        known = vars(ClassRegistry.of_seen(labels, n_attributes, 0, precision))
        return cls(**known, samples=(np.zeros((0, width), dtype=np.float32),) * len(labels), limit=limit)

    @property
    def width(self) -> int | None:
        """Width of samples, None without classes."""
        return self.samples[0].shape[1] if self.samples else None

    def _keeps(self, n_supported: int) -> bool:
        return self.support.shape == (0, 0) and self.limit > 0 and bool((self.counts <= self.limit).all())

    def stacked(self, width: int) -> NDArray[np.float32]:
        """All samples of this width, one class after the other."""
        return np.concatenate([np.zeros((0, width), dtype=np.float32), *(rows for rows in self.samples if len(rows))])

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """The classes at these positions, in this order."""
        places = np.arange(len(self))[columns].tolist()
        return replace(super().take(columns), samples=tuple(self.samples[place] for place in places))

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> Self:
        """Add samples, one label each, to classes known or new; of too many, a sample by their content is kept."""
        present, codes = np.unique(labels, return_inverse=True)
        grown = self.with_labels(present)
        samples = list(grown.samples)
        for code, column in enumerate(grown.columns(present).tolist()):
            rows = unit_rows(embedded[codes == code].astype(np.float64)).astype(np.float32)
            samples[column] = _sample(np.concatenate([samples[column].reshape(-1, rows.shape[1]), rows]), self.limit)
        counts = np.array([len(rows) for rows in samples], dtype=np.float64)
        return grown._with(samples=tuple(samples), counts=counts)

    def _widened(self, n: int) -> Self:
        none = np.zeros((0, self.samples[0].shape[1] if self.samples else 0), dtype=np.float32)
        return replace(super()._widened(n), samples=self.samples + (none,) * n)


def _apart(classes: StoredSamples) -> dict[str, Any]:
    """The parts to store: all samples stand one class after the other."""
    width = next((rows.shape[1] for rows in classes.samples), 0)
    return classes.__getstate__() | {"samples": classes.stacked(width)}


def _together(samples: NDArray[np.float32], counts: FloatArray, **parts: Any) -> StoredSamples:
    if not are_counts(counts) or samples.ndim != 2 or counts.sum() != len(samples):
        raise ModelFileError(f"The model has {len(samples)} samples, and its classes {counts.sum():.0f}.")
    split = np.split(samples, np.cumsum(counts).astype(np.intp)[:-1]) if len(counts) else []
    return StoredSamples(samples=tuple(split), counts=counts, **parts)


register(StoredSamples, _apart, _together, samples=NDArray[np.float32])


def _sample(rows: NDArray[np.float32], limit: int) -> NDArray[np.float32]:
    """Rows in the order of their digests, the first ones only: the same sample however they came."""
    digests = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows]
    return rows[sorted(range(len(rows)), key=digests.__getitem__)[:limit]]
