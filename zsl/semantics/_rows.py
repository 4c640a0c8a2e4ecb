"""The content of a class table: one labelled row per class, checked once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError
from zsl.persistence.unchanging import Unchanging
from zsl.semantics._labels import count, label_array, listing, repeated
from zsl.semantics._precision import Precision, as_matrix, dtype_of, precision_of, refuse_missing


class LabelledRows(Unchanging):
    """Storage of `zsl.semantics.Semantics`: checked on entry, then immutable."""

    vectors: FloatArray
    classes: LabelArray
    attributes: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...] | None
    imputed: NDArray[np.bool_] | None
    blocks: tuple[int, ...]
    _positions: dict[Any, int]
    _instead = "make a new table"

    def __init__(
        self,
        vectors: ArrayLike,
        *,
        classes: Any,
        attributes: Sequence[str] | None = None,
        texts: Sequence[str | Sequence[str]] | None = None,
        imputed: ArrayLike | None = None,
        blocks: Sequence[int] | None = None,
        precision: Precision = "double",
    ) -> None:
        matrix, given = as_matrix(vectors, dtype_of(precision))
        labels = label_array(classes, "classes")
        sentences = _as_sentences(texts, len(matrix))
        names = _as_names(attributes, matrix.shape[1], "a" if texts is None else "t")
        mask = _as_mask(imputed, matrix.shape)
        if len(labels) != len(matrix):
            raise SemanticsError(
                f"classes has {count(len(labels), 'label')} for {count(len(matrix), 'row')} of vectors."
            )
        for kind, values in (("classes", labels.tolist()), ("attributes", names)):
            if twice := repeated(values):
                raise SemanticsError(f"{kind} holds {listing(twice)} more than once; wanted each name once.")
        refuse_missing(matrix, given, labels, names)
        for array in (matrix, labels, mask):
            if array is not None:
                array.setflags(write=False)
        self.__dict__.update(
            vectors=matrix,
            classes=labels,
            attributes=names,
            texts=sentences,
            imputed=mask,
            blocks=_as_blocks(blocks, matrix.shape[1]),
            _positions={label: row for row, label in enumerate(labels.tolist())},
        )

    @property
    def precision(self) -> Precision:
        """How precisely the numbers are kept: "half", "single" or "double"."""
        return precision_of(self.vectors.dtype)

    def in_precision(self, precision: Precision) -> Self:
        """Round the numbers to another precision.

        Parameters
        ----------
        precision : {"half", "single", "double"}
            What to keep them in.

        Returns
        -------
        Semantics
            The same table in that precision: itself where it is so already.

        Raises
        ------
        SemanticsError
            If `precision` is none of these, or a number lies beyond its range.
        """
        if dtype_of(precision) == self.vectors.dtype:
            return self
        return type(self)(self.vectors, **self._beside | {"precision": precision})

    @property
    def _beside(self) -> dict[str, Any]:
        """The arguments that make this table of its vectors."""
        names = ("classes", "attributes", "texts", "imputed", "blocks", "precision")
        return {name: getattr(self, name) for name in names}

    @property
    def _is_named(self) -> bool:
        """Whether somebody named the columns; generated names say nothing about them."""
        return self.attributes not in [_generated(prefix, len(self.attributes)) for prefix in "at"]

    def __len__(self) -> int:
        return len(self.classes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return (
            self.classes.tolist() == other.classes.tolist()
            and self.attributes == other.attributes
            and self.blocks == other.blocks
            and np.array_equal(self.vectors, other.vectors)
        )

    def __hash__(self) -> int:
        return hash((tuple(self.classes.tolist()), self.attributes))

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew on loading, since numpy forgets that an array is read-only.
        return partial(type(self), **self._beside), (self.vectors,)


def _as_names(attributes: Sequence[str] | None, width: int, prefix: str) -> tuple[str, ...]:
    """One attribute name per column, generated if none are given."""
    if attributes is None:
        return _generated(prefix, width)
    if isinstance(attributes, str):
        raise SemanticsError(f"attributes is the string {attributes!r}; wanted a list of names.")
    for name in attributes:
        if not isinstance(name, str):
            raise SemanticsError(f"attributes holds {name!r}, a {type(name).__name__}; wanted strings.")
    if len(attributes) != width:
        raise SemanticsError(
            f"attributes has {count(len(attributes), 'name')} for {count(width, 'column')} of vectors."
        )
    return tuple(str(name) for name in attributes)


def _as_sentences(texts: Sequence[str | Sequence[str]] | None, rows: int) -> tuple[tuple[str, ...], ...] | None:
    """A tuple of sentences for each class, or None if no class has any."""
    if texts is None:
        return None
    if isinstance(texts, str) or len(texts) != rows:
        raise SemanticsError(
            f"texts has {len(texts)} entries for {count(rows, 'row')} of vectors; wanted one per class."
        )
    sentences = tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in texts)
    return sentences if any(sentences) else None


def _as_mask(imputed: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """A copy of the mask of filled-in cells, or None if there are none."""
    if imputed is None:
        return None
    mask = np.array(imputed)
    if mask.shape != shape or mask.dtype != np.bool_:
        raise SemanticsError(
            f"imputed has shape {mask.shape} and dtype {mask.dtype}; wanted bool of shape {shape}, that of vectors."
        )
    return mask if mask.any() else None


def _as_blocks(blocks: Sequence[int] | None, width: int) -> tuple[int, ...]:
    """The widths of blocks that make up all columns; one block if none are given."""
    if blocks is None:
        return (width,)
    widths = tuple(blocks)
    whole = all(isinstance(block, (int, np.integer)) and not isinstance(block, bool) and block > 0 for block in widths)
    if not whole or sum(widths) != width:
        raise SemanticsError(f"blocks={blocks!r}; wanted widths that add up to the {count(width, 'column')}.")
    return tuple(int(block) for block in widths)


def _generated(prefix: str, width: int) -> tuple[str, ...]:
    """Names for columns that nobody named."""
    return tuple(f"{prefix}{number}" for number in range(width))
