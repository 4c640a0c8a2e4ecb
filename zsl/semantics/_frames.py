"""From a mapping to a data frame of class × attribute, and from there to the arguments of a class table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import label_array

Missing = Literal["error", "mean", "zero"]


def frame_parts(frame: pd.DataFrame, missing: Missing, missing_value: float | None) -> dict[str, Any]:
    """Arguments of a class table from a frame whose index holds the classes."""
    if not isinstance(frame, pd.DataFrame):
        raise SemanticsError(f"frame is of type {type(frame).__name__}; wanted a DataFrame of class × attribute.")
    classes = label_array(frame.index, "classes (the index of the frame)")
    named = not (isinstance(frame.columns, pd.RangeIndex) and frame.columns.equals(pd.RangeIndex(frame.shape[1])))
    names = [str(name).strip() for name in frame.columns]
    vectors = np.empty(frame.shape, dtype=np.float64)
    for position, name in enumerate(names):
        vectors[:, position] = _numbers(frame.iloc[:, position], classes, name)
    imputed = _impute(vectors, names, missing, missing_value)
    return {"vectors": vectors, "classes": classes, "attributes": names if named else None, "imputed": imputed}


def _numbers(column: pd.Series[Any], classes: LabelArray, name: str) -> FloatArray:
    """A column as floats, with NaN where it has no value."""
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


def mapping_frame(mapping: Mapping[Any, Any], attributes: Sequence[str] | None) -> pd.DataFrame:
    """Frame of a dict of class → vector or class → (attribute → value)."""
    if not isinstance(mapping, Mapping):
        raise SemanticsError(f"mapping is of type {type(mapping).__name__}; wanted a dict of class → vector.")
    if not mapping:
        raise SemanticsError("mapping is empty; wanted at least one class.")
    rows = {label: row.to_dict() if isinstance(row, pd.Series) else row for label, row in mapping.items()}
    index = pd.Index(list(rows), dtype=object, tupleize_cols=False)
    if any(isinstance(row, Mapping) for row in rows.values()):
        return _named_frame(rows, index, attributes)
    vectors = {label: _vector(label, row) for label, row in rows.items()}
    first = next(iter(vectors))
    width = len(vectors[first])
    for label, vector in vectors.items():
        if len(vector) != width:
            raise SemanticsError(
                f"mapping gives class {label!r} {len(vector)} value(s) and class {first!r} {width}; "
                "wanted the same number for each class."
            )
    if attributes is not None and len(attributes) != width:
        raise SemanticsError(f"attributes has {len(attributes)} names for vectors of {width} values.")
    columns = None if attributes is None else list(attributes)
    return pd.DataFrame(np.stack(list(vectors.values())), index=index, columns=columns)


def _vector(label: Any, row: Any) -> NDArray[Any]:
    """A class's value as a vector of numbers."""
    try:
        vector = np.asarray(row)
    except ValueError as error:
        raise SemanticsError(f"mapping gives class {label!r} a ragged list; wanted a vector of numbers.") from error
    if vector.ndim != 1 or vector.dtype.kind not in "biuf":
        raise SemanticsError(
            f"mapping gives class {label!r} an array of shape {vector.shape} and dtype {vector.dtype}; "
            "wanted a vector of numbers."
        )
    return vector


def _named_frame(rows: Mapping[Any, Any], index: pd.Index[Any], attributes: Sequence[str] | None) -> pd.DataFrame:
    """Frame of class → (attribute → value); an attribute that a class doesn't name is missing there."""
    for label, row in rows.items():
        if not isinstance(row, Mapping):
            raise SemanticsError(
                f"mapping gives class {label!r} a {type(row).__name__} and others a dict of attributes; "
                "wanted one form for all classes."
            )
    mentioned = dict.fromkeys(name for row in rows.values() for name in row)
    names = list(mentioned if attributes is None else attributes)
    known = set(names)
    for label, row in rows.items():
        unknown = [name for name in row if name not in known]
        if unknown:
            raise SemanticsError(
                f"mapping gives class {label!r} the attribute {unknown[0]!r}, not among attributes."
                + did_you_mean(unknown, names)
            )
    cells = [[row.get(name, math.nan) for name in names] for row in rows.values()]
    return pd.DataFrame(cells, index=index, columns=pd.Index(names, dtype=object, tupleize_cols=False), dtype=object)
