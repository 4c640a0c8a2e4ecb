"""What is alike in everything that a fitted estimator knows of its classes: sorted labels, and arrays beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from zsl._labels import as_labels, joined
from zsl._typing import FloatArray, LabelArray


@dataclass(frozen=True, eq=False)
class KnownClasses:
    """Classes in sorted order, as one immutable value: whatever adds or removes classes returns another one.

    Parameters
    ----------
    labels : array of shape (C,)
        Sorted labels.
    seen : bool array of shape (C,)
        Whether the class had training samples.
    """

    labels: LabelArray
    seen: NDArray[np.bool_]

    _by_class: ClassVar[Sequence[str]] = ("labels", "seen")
    """Names of the arrays that have one entry per class."""

    def __len__(self) -> int:
        return len(self.labels)

    def fits(self) -> bool:
        """Whether the parts go together."""
        good = is_sorted(self.labels) and self.seen.ndim == 1
        return good and all(len(getattr(self, name)) == len(self) for name in self._by_class)

    @cached_property
    def _positions(self) -> dict[Any, int]:
        """Position of each label."""
        return {label: place for place, label in enumerate(self.labels.tolist())}

    def columns(self, labels: LabelArray) -> NDArray[np.intp]:
        """Position of each label by its value, -1 where there is none."""
        position = self._positions
        return np.array([position.get(label, -1) for label in labels.tolist()], dtype=np.intp)

    def take(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """The classes at these positions, in this order."""
        return replace(self, **{name: getattr(self, name)[columns] for name in self._by_class})

    def with_labels(self, labels: LabelArray) -> Self:
        """The same classes and those of these labels, each once, of which nothing more is known yet; see `joined`."""
        new = labels[self.columns(labels) < 0]
        if not len(new):
            return self
        names = joined(self.labels, new)
        return replace(self._widened(len(new)), labels=names).take(np.argsort(names))

    def _with(self, **parts: Any) -> Self:
        """The same classes with other parts beside their labels."""
        found = replace(self, **parts)
        if "_positions" in vars(self):
            vars(found)["_positions"] = self._positions
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _widened(self, n: int) -> Self:
        """The same with zeros for `n` more classes at the end of each array by class, except for the labels."""
        arrays = {name: getattr(self, name) for name in self._by_class if name != "labels"}
        return replace(
            self,
            **{name: np.concatenate([own, np.zeros((n, *own.shape[1:]), own.dtype)]) for name, own in arrays.items()},
        )


def is_sorted(labels: LabelArray) -> bool:
    """Whether labels stand in order, each once; an error if they are none."""
    as_labels("labels", labels)
    return labels.ndim == 1 and labels.tolist() == np.unique(labels).tolist()


def are_counts(values: FloatArray) -> bool:
    """Whether values are numbers of samples."""
    return values.ndim == 1 and bool(((values >= 0) & (values == np.floor(values))).all())
