"""What harms transfer in a draft: that of its table as it would be used now, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl.exceptions import SemanticsError
from zsl.semantics._frames import Missing
from zsl.semantics._labels import count, listing
from zsl.semantics.audit import Audit, Finding
from zsl.semantics.authoring._asking import pair_frame
from zsl.semantics.authoring._cells import Cells
from zsl.semantics.table import Semantics


def findings(draft: Cells, seen: Any, margin: float, by: int) -> Audit:
    """What is open, what isn't told apart, then the audit of the attributes that have values."""
    found = [*_open(draft), *_together(draft, margin, by)]
    if not draft.open.all():
        table = as_table(draft, "mean", ~draft.given & ~draft.open)
        found += [each for each in table.audit(seen=seen) if each.kind != "duplicate-classes" or not draft.open.any()]
    return Audit(tuple(found))


def as_table(draft: Cells, missing: Missing, imputed: NDArray[np.bool_]) -> Semantics:
    """The class table of the attributes that have values."""
    known: NDArray[np.bool_] = ~np.all(draft.open, axis=0)
    if not known.any():
        raise SemanticsError("The draft has no value in any cell; wanted answers, or a table.")
    names = [draft.attributes[column] for column in np.flatnonzero(known).tolist()]
    frame = pd.DataFrame(draft.values[:, known], index=draft.classes, columns=pd.Index(names, dtype=object))
    filled = Semantics.from_frame(frame, missing=missing)
    return Semantics(filled.vectors, classes=draft.classes, attributes=names, imputed=imputed[:, known])


def _open(draft: Cells) -> Iterator[Finding]:
    if not draft.open.any():
        return
    empty = np.flatnonzero(np.all(draft.open, axis=0)).tolist()
    names = tuple(draft.attributes[column] for column in empty)
    if names:
        text = f"{listing(names)} {'has' if len(names) == 1 else 'have'} no value for any class."
        yield Finding("empty-attributes", text, attributes=names)
    classes = tuple(draft.classes[draft.open.any(axis=1)].tolist())
    text = f"{draft.open.sum()} of {draft.open.size} cells have no value, in {count(len(classes), 'class', 'classes')}."
    yield Finding("open-cells", text, classes=classes)


def _together(draft: Cells, margin: float, by: int) -> Iterator[Finding]:
    pairs = pair_frame(draft, margin, by)
    if not len(pairs):
        return
    shown = [
        f"{one!r} and {other!r}" for one, other in zip(pairs["one"].tolist(), pairs["other"].tolist(), strict=True)
    ]
    what = "no attribute tells" if by == 1 else f"fewer than {by} attributes tell"
    text = (
        f"{what[0].upper()}{what[1:]} {count(len(pairs), 'pair')} of classes apart by {margin:g} of its range or more: "
        f"{listing(shown, 5, str)}."
    )
    labels = dict.fromkeys([*pairs["one"].tolist(), *pairs["other"].tolist()])
    yield Finding("classes-not-told-apart", text, classes=tuple(labels))
