"""From a data frame to the parts of a class table."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import label_array
from zsl.semantics._parts import Parts

Missing = Literal["error", "mean", "zero"]


def frame_parts(frame: pd.DataFrame, missing: Missing, missing_value: float | None) -> Parts:
    """Read the table off a frame whose index holds the classes."""
    if not isinstance(frame, pd.DataFrame):
        raise SemanticsError(f"frame is of type {type(frame).__name__}; wanted a DataFrame of class × attribute.")
    classes = label_array(frame.index, "classes (the index of the frame)")
    named = not (isinstance(frame.columns, pd.RangeIndex) and frame.columns.equals(pd.RangeIndex(frame.shape[1])))
    names = [str(name).strip() for name in frame.columns]
    vectors = np.empty(frame.shape, dtype=np.float64)
    for position, name in enumerate(names):
        vectors[:, position] = _numbers(frame.iloc[:, position], classes, name)
    imputed = _impute(vectors, names, missing, missing_value)
    return Parts(vectors=vectors, classes=classes, attributes=names if named else None, imputed=imputed)


def _numbers(column: "pd.Series[Any]", classes: LabelArray, name: str) -> FloatArray:
    """Return a column as floats, with NaN where it has no value."""
    # Bools count as numeric; complex numbers do too, and go on to be refused.
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.empty(len(column), dtype=np.float64)
    for row, value in enumerate(column):
        if isinstance(value, (Real, np.bool_)):
            values[row] = value
        elif pd.api.types.is_scalar(value) and pd.isna(value):
            values[row] = np.nan
        else:
            raise SemanticsError(
                f"attribute {name!r} isn't numeric: class {classes[row].item()!r} has {value!r}; wanted numbers only "
                "(class names belong in the index)."
            )
    return values


def _impute(
    vectors: FloatArray, names: Sequence[str], missing: Missing, missing_value: float | None
) -> NDArray[np.bool_] | None:
    """Fill missing cells in place and return where they were; with "error" they are left for the table to refuse."""
    if missing not in ("error", "mean", "zero"):
        raise SemanticsError(f"missing is {missing!r}; wanted 'error', 'mean' or 'zero'.")
    if missing_value is not None:
        if isinstance(missing_value, bool) or not isinstance(missing_value, Real):
            raise SemanticsError(f"missing_value is {missing_value!r}; wanted a number or None.")
        vectors[vectors == missing_value] = np.nan
    holes: NDArray[np.bool_] = np.isnan(vectors)
    if missing == "error" or not holes.any():
        return None
    known = (~holes).sum(axis=0)
    if missing == "mean" and not known.all():
        raise SemanticsError(
            f"attribute {names[int(np.argmin(known))]!r} has no value for any class, so there is no mean to fill in; "
            "drop it or pass missing='zero'."
        )
    fill = (
        np.where(holes, 0.0, vectors).sum(axis=0) / np.maximum(known, 1) if missing == "mean" else np.zeros(len(known))
    )
    vectors[holes] = np.broadcast_to(fill, vectors.shape)[holes]
    return holes
