"""From a mapping of vectors or attributes to a data frame of class × attribute."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl.exceptions import SemanticsError


def mapping_frame(mapping: Mapping[Any, Any], attributes: Sequence[str] | None) -> pd.DataFrame:
    """Lay out class → vector, or class → (attribute → value), as a frame."""
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
                "wanted as many for every class."
            )
    if attributes is not None and len(attributes) != width:
        raise SemanticsError(f"attributes has {len(attributes)} names for vectors of {width} values.")
    columns = None if attributes is None else list(attributes)
    return pd.DataFrame(np.stack(list(vectors.values())), index=index, columns=columns)


def _vector(label: Any, row: Any) -> NDArray[Any]:
    """Return a class's value as a vector of numbers."""
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


def _named_frame(rows: Mapping[Any, Any], index: "pd.Index[Any]", attributes: Sequence[str] | None) -> pd.DataFrame:
    """Lay out class → (attribute → value); an attribute that a class doesn't name is missing there."""
    for label, row in rows.items():
        if not isinstance(row, Mapping):
            raise SemanticsError(
                f"mapping gives class {label!r} a {type(row).__name__} and others a dict of attributes; "
                "wanted one form for every class."
            )
    mentioned = dict.fromkeys(name for row in rows.values() for name in row)
    names = list(mentioned if attributes is None else attributes)
    known = set(names)
    for label, row in rows.items():
        unknown = [name for name in row if name not in known]
        if unknown:
            raise SemanticsError(f"mapping gives class {label!r} the attribute {unknown[0]!r}, not among attributes.")
    cells = [[row.get(name, math.nan) for name in names] for row in rows.values()]
    return pd.DataFrame(cells, index=index, columns=pd.Index(names, dtype=object, tupleize_cols=False), dtype=object)
