"""What an estimator that trains a classifier again knows of each class: its semantic vector and some of its images."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.exceptions import ModelFileError
from zsl.functional.linear.moments import unit_rows


@dataclass(frozen=True, eq=False)
class ClassImages(ClassRegistry):
    """Classes in sorted order with the images that are kept of each; there are no sums, and `counts` counts the images.

    Parameters
    ----------
    images : tuple of C arrays of shape (n, d)
        Images of length 1 in single precision, in an order that doesn't depend on the one they came in.
    limit : int
        Images kept of a class at most.
    """

    images: tuple[NDArray[np.float32], ...]
    limit: int

    @classmethod
    def empty(cls, labels: LabelArray, n_attributes: int, width: int, limit: int) -> "ClassImages":
        """Seen classes of which nothing is known yet."""
        known = vars(ClassRegistry.of_seen(labels, n_attributes, 0))
        return cls(**known, images=(np.zeros((0, width), dtype=np.float32),) * len(labels), limit=limit)

    @classmethod
    def of_file(cls, classes: ClassRegistry, images: NDArray[np.float32], limit: int) -> "ClassImages":
        """Classes with their images, which stand one class after the other."""
        if classes.counts.sum() != len(images):
            raise ModelFileError(f"The model has {len(images)} images, and its classes {classes.counts.sum():.0f}.")
        split = np.split(images, np.cumsum(classes.counts).astype(np.intp)[:-1]) if len(classes) else []
        return cls(**vars(classes), images=tuple(split), limit=limit)

    def stacked(self, width: int) -> NDArray[np.float32]:
        """All images of this width, one class after the other, as `of_file` takes them."""
        return np.concatenate([np.zeros((0, width), dtype=np.float32), *(rows for rows in self.images if len(rows))])

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> "ClassImages":
        """The classes at these positions, in this order."""
        places = np.arange(len(self))[columns].tolist()
        images = tuple(self.images[place] for place in places)
        return ClassImages(**vars(super().take(columns)), images=images, limit=self.limit)

    def with_semantics(self, labels: LabelArray, rows: FloatArray) -> "ClassImages":
        """Describe classes, known or new, by semantic vectors."""
        described = super().with_semantics(labels, rows)
        assert isinstance(described, ClassImages)
        return described

    def with_support(self, labels: LabelArray, embedded: FloatArray) -> "ClassImages":
        """Add images, one label each, to classes known or new; of too many, a sample by their content is kept."""
        present, codes = np.unique(labels, return_inverse=True)
        grown = self._with_labels(present)
        images = list(grown.images)
        for code, column in enumerate(grown.columns(present).tolist()):
            rows = unit_rows(embedded[codes == code].astype(np.float64)).astype(np.float32)
            images[column] = _sample(np.concatenate([images[column].reshape(-1, rows.shape[1]), rows]), self.limit)
        return replace(grown, images=tuple(images), counts=np.array([len(rows) for rows in images], dtype=np.float64))

    def _with_labels(self, labels: LabelArray) -> "ClassImages":
        grown = super()._with_labels(labels)
        if grown is self:
            return self
        none = np.zeros((0, self.images[0].shape[1] if self.images else 0), dtype=np.float32)
        places = self.columns(grown.labels).tolist()
        images = tuple(none if place < 0 else self.images[place] for place in places)
        return ClassImages(**vars(grown), images=images, limit=self.limit)


def _sample(rows: NDArray[np.float32], limit: int) -> NDArray[np.float32]:
    """Rows in the order of their digests, the first ones only: the same sample however they came."""
    digests = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows]
    return rows[sorted(range(len(rows)), key=digests.__getitem__)[:limit]]
