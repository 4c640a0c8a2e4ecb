"""Cells predicted from sentences about the classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._arguments import is_number, shown
from zsl._typing import FloatArray
from zsl.exceptions import SemanticsError
from zsl.functional.scores.pairs import attribute_ranges
from zsl.semantics.alignment import SemanticAlignment
from zsl.semantics.authoring._cells import Cells
from zsl.semantics.table import Semantics


@dataclass(frozen=True)
class Filling:
    """What the sentences say of the cells that nobody answered."""

    values: FloatArray
    errors: FloatArray
    filled: NDArray[np.bool_]
    emptied: NDArray[np.bool_]
    quality: pd.DataFrame


def filling(draft: Cells, table: Semantics, alpha: Any, min_r2: float | None) -> Filling:
    """Predict each attribute from the sentences of the classes for which a person gave its value."""
    if min_r2 is not None and not is_number(min_r2):
        raise SemanticsError(f"min_r2={shown(min_r2)}; wanted a number, or None for no limit.")
    known = set(draft.classes.tolist())
    shared = [label for label in table.classes.tolist() if label in known]
    if len(shared) < 4:
        raise SemanticsError(
            f"descriptions has {len(shared)} of the {len(draft)} classes of the draft; wanted four or more, three to "
            "learn from."
        )
    described = np.isin(draft.classes, np.array(shared))
    values, errors = (np.full(draft.values.shape, np.nan) for _ in range(2))
    n_known = (draft.given & described[:, None]).sum(axis=0)
    r2 = np.full(len(draft.attributes), np.nan)
    for classes, columns in _groups(draft, described):
        if classes.sum() < 3:
            continue
        target = Semantics(
            draft.values[classes][:, columns],
            classes=draft.classes[classes],
            attributes=[draft.attributes[column] for column in columns],
        )
        alignment = SemanticAlignment(alpha=alpha).fit(table, target)
        r2[columns] = alignment.quality_["r2"]
        values[np.ix_(np.flatnonzero(described), np.array(columns))] = alignment.translate(
            table.select(draft.classes[described])
        ).vectors
        n = len(target)
        errors[:, columns] = np.sqrt(1 - r2[columns]) * n / (n - 1) * target.vectors.std(axis=0)
    usable = np.isfinite(r2) & ((r2 > min_r2) if min_r2 is not None else True)
    wanted = draft.open | (draft.sources == "sentence")
    filled = wanted & described[:, None] & usable
    values, errors = _readable(draft, values, errors)
    error = np.where(usable, errors[0], np.nan)
    quality = pd.DataFrame(
        {
            "given": n_known,
            "r2": r2,
            "error": error,
            "filled": filled.sum(axis=0),
            "open": (wanted & ~filled).sum(axis=0),
        },
        index=pd.Index(draft.attributes, name="attribute"),
    )
    return Filling(values, errors, filled, (draft.sources == "sentence") & ~filled, quality)


def _groups(draft: Cells, described: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], list[int]]]:
    """Attributes that a person gave for the same of the described classes, each group with these."""
    groups: dict[bytes, list[int]] = {}
    known = draft.given & described[:, None]
    for column in range(known.shape[1]):
        groups.setdefault(known[:, column].tobytes(), []).append(column)
    for columns in groups.values():
        yield known[:, columns[0]], columns


def _readable(draft: Cells, values: FloatArray, errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values within the attribute's range, and both rounded to about a thousandth of it."""
    low, high = attribute_ranges(np.where(draft.given, draft.values, np.nan))
    values = np.clip(values, low, high)
    for column, digits in enumerate((3 - np.floor(np.log10(high - low))).astype(int).tolist()):
        values[:, column], errors[:, column] = values[:, column].round(digits), errors[:, column].round(digits)
    return values, errors
