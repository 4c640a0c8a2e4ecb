"""Checks of what a class table is made from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import count


def as_matrix(vectors: ArrayLike) -> FloatArray:
    """Copy into a float64 matrix that has rows and columns."""
    try:
        array = np.asarray(vectors)
        numeric = array.dtype.kind in "biuf"
    except ValueError as error:
        raise SemanticsError("vectors has rows of different lengths; wanted shape (C, A).") from error
    if not numeric:
        raise SemanticsError(f"vectors has dtype {array.dtype}; wanted real numbers.")
    if array.ndim != 2 or 0 in array.shape:
        raise SemanticsError(
            f"vectors has shape {array.shape}; wanted (C, A) with at least one class and one attribute."
        )
    return array.astype(np.float64, order="C")


def as_names(attributes: Sequence[str] | None, width: int, prefix: str) -> tuple[str, ...]:
    """Return one attribute name a column, generated if none are given."""
    if attributes is None:
        return generated_names(prefix, width)
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


def generated_names(prefix: str, width: int) -> tuple[str, ...]:
    """Names for columns that nobody named."""
    return tuple(f"{prefix}{number}" for number in range(width))


def is_generated(names: tuple[str, ...]) -> bool:
    """Whether names look like those of `generated_names`, so that they say nothing about the columns."""
    return names in (generated_names("a", len(names)), generated_names("t", len(names)))


def as_sentences(texts: Sequence[str | Sequence[str]] | None, rows: int) -> tuple[tuple[str, ...], ...] | None:
    """Return a tuple of sentences for each class, or None if no class has any."""
    if texts is None:
        return None
    if isinstance(texts, str) or len(texts) != rows:
        raise SemanticsError(f"texts has {len(texts)} entries for {count(rows, 'row')} of vectors; wanted one a class.")
    sentences = tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in texts)
    return sentences if any(sentences) else None


def as_mask(imputed: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """Copy the mask of filled-in cells, or return None if there are none."""
    if imputed is None:
        return None
    mask = np.array(imputed)
    if mask.shape != shape or mask.dtype != np.bool_:
        raise SemanticsError(
            f"imputed has shape {mask.shape} and dtype {mask.dtype}; wanted bool of shape {shape}, that of vectors."
        )
    return mask if mask.any() else None


def as_blocks(blocks: Sequence[int] | None, width: int) -> tuple[int, ...]:
    """Return the widths of blocks that make up all columns; one block if none are given."""
    if blocks is None:
        return (width,)
    widths = tuple(blocks)
    whole = all(isinstance(block, (int, np.integer)) and not isinstance(block, bool) and block > 0 for block in widths)
    if not whole or sum(widths) != width:
        raise SemanticsError(f"blocks={blocks!r}; wanted widths that add up to the {count(width, 'column')}.")
    return tuple(int(block) for block in widths)


def refuse_missing(matrix: FloatArray, labels: LabelArray, names: tuple[str, ...]) -> None:
    """Raise unless every cell is a finite number."""
    bad = np.argwhere(~np.isfinite(matrix))
    if not len(bad):
        return
    row, column = bad[0]
    where = f"class {labels[row].item()!r}, attribute {names[column]!r}"
    if np.isnan(matrix[row, column]):
        raise SemanticsError(
            f"vectors has no value (NaN) for {where} ({np.isnan(matrix).sum()} such in all); fill it, or build the "
            "table with missing='mean' or missing='zero', as in Semantics.from_frame(frame, missing='mean')."
        )
    raise SemanticsError(f"vectors holds {matrix[row, column]} for {where}; wanted finite numbers.")
