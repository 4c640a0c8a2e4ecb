"""How precisely a class table keeps its numbers, and the check that all of them are there."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import shown
from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError

Precision = Literal["half", "single", "double"]
DTYPES: dict[Precision, Any] = {"half": np.float16, "single": np.float32, "double": np.float64}
_BLOCK_ROWS = 4096


def precision_of(dtype: np.dtype[Any]) -> Precision:
    """The precision of numbers of a table."""
    return next(name for name, known in DTYPES.items() if dtype == known)


def dtype_of(precision: Any) -> np.dtype[Any]:
    """The type of numbers in a precision, or an error."""
    if not isinstance(precision, str) or precision not in DTYPES:
        raise SemanticsError(f"precision={shown(precision)}; wanted 'half', 'single' or 'double'.")
    found: np.dtype[Any] = np.dtype(DTYPES[precision])
    return found


def as_matrix(vectors: ArrayLike, dtype: np.dtype[Any]) -> tuple[FloatArray, NDArray[Any]]:
    """A rounded copy as a matrix that has rows and columns, and the numbers as they came."""
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
    with np.errstate(over="ignore"):  # `refuse_missing` names what became infinite
        return array.astype(dtype, order="C"), array


def refuse_missing(matrix: FloatArray, given: NDArray[Any], labels: LabelArray, names: tuple[str, ...]) -> None:
    """Raise unless every cell is a finite number; `given` holds the numbers before they were rounded."""
    for start in range(0, len(matrix), _BLOCK_ROWS):
        bad = np.argwhere(~np.isfinite(matrix[start : start + _BLOCK_ROWS]))
        if len(bad):
            break
    else:
        return
    row, column = bad[0] + (start, 0)
    where = f"class {labels[row].item()!r}, attribute {names[column]!r}"
    if np.isnan(matrix[row, column]):
        raise SemanticsError(
            f"vectors has no value (NaN) for {where} ({np.isnan(matrix).sum()} missing in all); fill it, or build the "
            "table with missing='mean' or missing='zero', as in Semantics.from_frame(frame, missing='mean')."
        )
    if np.isfinite(given[row, column]):
        precision = precision_of(matrix.dtype)
        raise SemanticsError(
            f"vectors holds {given[row, column]} for {where}, and numbers of {precision} precision end at "
            f"{np.finfo(matrix.dtype).max:.6g}; wanted smaller numbers, or another precision than {precision!r}."
        )
    raise SemanticsError(f"vectors holds {given[row, column]} for {where}; wanted finite numbers.")


def finer(*matrices: FloatArray) -> Precision:
    """The finest precision of several matrices."""
    return precision_of(np.result_type(*(matrix.dtype for matrix in matrices)))
