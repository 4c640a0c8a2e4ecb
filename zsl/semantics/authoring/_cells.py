"""The content of a draft: values, some of them missing, and where each comes from; checked once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._labels import as_labels
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError
from zsl.persistence.unchanging import Unchanging
from zsl.semantics._labels import count, label_array, listing, repeated

SOURCES = ("", "typed", "asked", "sentence", "imputed")
"""Where a value comes from; nothing for a cell without one. Only a person types or is asked."""
BY_PERSON = ("typed", "asked")
MOST = 1e100
"""The largest value of a cell: differences and squares of these are numbers, too."""
_WORD = "<U10"


@dataclass(frozen=True)
class Change:
    """What stood in some cells before they were changed."""

    cells: tuple[NDArray[np.intp], NDArray[np.intp]]
    values: FloatArray
    sources: NDArray[np.str_]
    uncertainty: FloatArray


class Cells(Unchanging):
    """Storage of `zsl.semantics.AttributeDraft`: checked on entry, then immutable; changes make another one."""

    values: FloatArray
    sources: NDArray[np.str_]
    uncertainty: FloatArray
    classes: LabelArray
    attributes: tuple[str, ...]
    _history: tuple[Change, ...]
    _instead = "`answer` makes another"

    def __init__(
        self,
        values: ArrayLike,
        *,
        classes: Any,
        attributes: Sequence[str],
        sources: ArrayLike | None = None,
        uncertainty: ArrayLike | None = None,
    ) -> None:
        labels, names = label_array(classes, "classes"), as_names(attributes)
        for kind, found in (("classes", labels.tolist()), ("attributes", names)):
            if not len(found):
                raise SemanticsError(f"{kind} is empty; wanted one name or more.")
            if twice := repeated(found):
                raise SemanticsError(f"{kind} holds {listing(twice)} more than once; wanted each name once.")
        shape = (len(labels), len(names))
        matrix = _as_numbers("values", values, shape)
        if np.isinf(matrix).any():
            raise SemanticsError("values holds an infinite number; wanted finite ones, and NaN for an open cell.")
        if (np.abs(matrix) > MOST).any():
            raise SemanticsError(f"values holds numbers beyond {MOST:g}; wanted smaller ones.")
        given = np.array(np.where(np.isnan(matrix), "", "typed") if sources is None else sources, dtype=_WORD)
        if given.shape != shape:
            raise SemanticsError(f"sources has shape {given.shape}; wanted {shape}, classes × attributes.")
        if len(odd := given[~_is_any(given, SOURCES)]):
            raise SemanticsError(f"sources holds {str(odd[0])!r}; wanted one of {SOURCES} in each cell.")
        if ((given == "") != np.isnan(matrix)).any():
            raise SemanticsError("sources doesn't fit values; wanted '' for cells without a value, and only for them.")
        doubt = np.zeros(shape) if uncertainty is None else _as_numbers("uncertainty", uncertainty, shape)
        if not (doubt >= 0).all():
            raise SemanticsError("uncertainty holds a number below 0 or NaN; wanted 0 or more, or infinity.")
        doubt = np.where(_is_any(given, (*BY_PERSON, "")), 0.0, doubt)
        if uncertainty is None:
            doubt[_is_any(given, ("sentence", "imputed"))] = np.inf
        for array in (matrix, labels, given, doubt):
            array.setflags(write=False)
        self.__dict__.update(
            values=matrix, classes=labels, attributes=names, sources=given, uncertainty=doubt, _history=()
        )

    @property
    def open(self) -> NDArray[np.bool_]:
        """Cells without a value."""
        return np.isnan(self.values)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Cells whose value a person gave."""
        return _is_any(self.sources, BY_PERSON)

    @property
    def progress(self) -> str:
        """How many cells were given by a person, filled in otherwise, and are open, in words."""
        given, open_ = int(self.given.sum()), int(self.open.sum())
        return f"{given} given, {self.values.size - given - open_} filled in, {open_} open"

    def row(self, label: Any) -> int:
        """Position of a class."""
        known = self.classes.tolist()
        found = as_labels("label", [label], SemanticsError).tolist()[0]
        if isinstance(found, bool) or found not in known:
            raise SemanticsError(
                f"label is {found!r}, and the draft has the classes {listing(known)}." + did_you_mean([found], known)
            )
        place: int = known.index(found)
        return place

    def column(self, attribute: str) -> int:
        """Position of an attribute."""
        if attribute not in self.attributes:
            raise SemanticsError(
                f"attribute is {attribute!r}, and the draft has {listing(self.attributes)}."
                + did_you_mean([attribute], self.attributes)
            )
        return self.attributes.index(attribute)

    def changed(
        self, cells: tuple[Any, Any], values: ArrayLike, sources: ArrayLike, uncertainty: ArrayLike = 0.0
    ) -> Self:
        """The draft with other content in some cells, which `undo` takes back."""
        rows, columns = (np.atleast_1d(np.asarray(part, dtype=np.intp)) for part in cells)
        at = rows, columns
        before = Change(at, self.values[at], self.sources[at], self.uncertainty[at])
        return self._with(at, values, sources, uncertainty, (*self._history, before))

    def undo(self) -> Self:
        """Take back the last answer or filling.

        Returns
        -------
        AttributeDraft
            The draft as it was before. Files don't hold what there was before.

        Raises
        ------
        SemanticsError
            If nothing was changed.
        """
        if not self._history:
            raise SemanticsError("There is nothing to undo: no cell was changed since the draft was made or read.")
        *rest, last = self._history
        return self._with(last.cells, last.values, last.sources, last.uncertainty, tuple(rest))

    def _with(self, cells: Any, values: Any, sources: Any, uncertainty: Any, history: tuple[Change, ...]) -> Self:
        arrays: list[Any] = [self.values.copy(), self.sources.copy(), self.uncertainty.copy()]
        for array, new in zip(arrays, (values, sources, uncertainty), strict=True):
            array[cells] = new
            array.setflags(write=False)
        made = object.__new__(type(self))
        names = {"classes": self.classes, "attributes": self.attributes, "_history": history}
        made.__dict__.update(names, values=arrays[0], sources=arrays[1], uncertainty=arrays[2])
        return made

    def __len__(self) -> int:
        return len(self.classes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return (
            self.classes.tolist() == other.classes.tolist()
            and self.attributes == other.attributes
            and np.array_equal(self.values, other.values, equal_nan=True)
            and np.array_equal(self.sources, other.sources)
            and np.array_equal(self.uncertainty, other.uncertainty)
        )

    def __hash__(self) -> int:
        return hash((tuple(self.classes.tolist()), self.attributes))

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew on loading, since numpy forgets that an array is read-only.
        names = ("classes", "attributes", "sources", "uncertainty")
        made = partial(type(self), **{name: getattr(self, name) for name in names})
        return made, (self.values,), {"_history": self._history}

    def __repr__(self) -> str:
        size = f"{count(len(self), 'class', 'classes')} × {count(len(self.attributes), 'attribute')}"
        return f"AttributeDraft({size}: {self.progress})"


def _is_any(sources: NDArray[np.str_], names: Iterable[str]) -> NDArray[np.bool_]:
    """Where one of a few sources stands; for strings much faster than ``np.isin``."""
    found = np.zeros(sources.shape, dtype=np.bool_)
    for name in names:
        found |= sources == name
    return found


def as_names(attributes: Iterable[str]) -> tuple[str, ...]:
    """Names of attributes, none of them empty."""
    if isinstance(attributes, str) or not isinstance(attributes, Iterable):
        raise SemanticsError(f"attributes is {attributes!r}; wanted a list of names.")
    names = tuple(attributes)
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise SemanticsError(f"attributes holds {name!r}; wanted names that aren't empty.")
    return tuple(str(name) for name in names)


def _as_numbers(name: str, values: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SemanticsError(
            f"{name} can't be read as numbers ({error}); wanted numbers, NaN for an open cell."
        ) from error
    if matrix.shape != shape:
        raise SemanticsError(f"{name} has shape {matrix.shape}; wanted {shape}, classes × attributes.")
    return matrix
