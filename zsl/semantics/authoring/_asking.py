"""What a draft tells apart, and what to ask next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._arguments import is_flag, is_number, is_whole, shown
from zsl._typing import FloatArray
from zsl.exceptions import SemanticsError
from zsl.functional.scores.pairs import attribute_ranges, expected_splits, greatest_differences, pair_counts
from zsl.semantics.authoring._cells import Cells


@dataclass(frozen=True)
class Question:
    """A cell to ask about next.

    Parameters
    ----------
    label : label
        The class.
    attribute : str
        The attribute.
    pairs : float
        How many pairs of classes the answer is expected to tell apart.
    """

    label: Any
    attribute: str
    pairs: float


@dataclass(frozen=True)
class Apart:
    """How far the classes of a draft are told apart."""

    scaled: FloatArray
    doubt: FloatArray
    counts: NDArray[np.intp]
    together: NDArray[np.bool_]


def apart(draft: Cells, margin: float, by: int) -> Apart:
    """Compare all pairs of classes."""
    if not is_number(margin) or not 0 < margin <= 1:
        raise SemanticsError(f"margin={shown(margin)}; wanted a number above 0 and up to 1, a share of the range.")
    if not is_whole(by) or by < 1:
        raise SemanticsError(f"by={shown(by)}; wanted a number of attributes, 1 or more.")
    low, high = attribute_ranges(draft.values)
    scaled, doubt = (draft.values - low) / (high - low), draft.uncertainty / (high - low)
    counts = pair_counts(scaled, doubt, float(margin))
    together = counts < by
    np.fill_diagonal(together, False)
    return Apart(scaled, doubt, counts, together)


def pair_frame(draft: Cells, margin: float, by: int) -> pd.DataFrame:
    """The pairs that aren't told apart, the nearest first."""
    found = apart(draft, margin, by)
    one, other = np.nonzero(np.triu(found.together))
    greatest, attribute = (every[one, other] for every in greatest_differences(found.scaled, found.doubt))
    order = np.lexsort((greatest, found.counts[one, other]))
    one, other, greatest, attribute = one[order], other[order], greatest[order], attribute[order]
    most = [
        draft.attributes[at] if by_how_much > 0 else None for at, by_how_much in zip(attribute, greatest, strict=True)
    ]
    return pd.DataFrame(
        {
            "one": draft.classes[one],
            "other": draft.classes[other],
            "attributes": found.counts[one, other],
            "difference": greatest,
            "most different": pd.Series(most, dtype=object),
        }
    )


def splits(draft: Cells, margin: float, by: int, confirm: bool) -> FloatArray:
    """How many pairs each cell that may be asked about is expected to tell apart."""
    if not is_flag(confirm):
        raise SemanticsError(f"confirm={shown(confirm)}; wanted True or False.")
    found = apart(draft, margin, by)
    open_ = ~draft.given if confirm else draft.open
    return expected_splits(found.scaled, found.doubt, open_, found.together, float(margin))


def help_frame(draft: Cells, margin: float, by: int, confirm: bool) -> pd.DataFrame:
    """What each attribute would tell apart if the cells that matter were answered, the best per answer first."""
    cells = splits(draft, margin, by, confirm)
    pairs, questions = cells.sum(axis=0), (cells > 0).sum(axis=0)
    rate = pairs / np.maximum(questions, 1)
    names = pd.Index(draft.attributes, name="attribute")
    frame = pd.DataFrame({"pairs": pairs, "questions": questions, "pairs per question": rate}, index=names)
    return frame.iloc[np.argsort(-rate, kind="stable")]


def next_question(
    draft: Cells, margin: float, by: int, confirm: bool, skip: Collection[tuple[Any, str]], attributes: Any
) -> Question | None:
    """The class that matters most, of the attribute with most pairs per answer; the first of equally good ones."""
    cells = splits(draft, margin, by, confirm)
    for label, name in skip:
        cells[draft.row(label), draft.column(name)] = 0.0
    if attributes is not None:
        kept = [draft.column(name) for name in ([attributes] if isinstance(attributes, str) else attributes)]
        cells[:, np.setdiff1d(np.arange(cells.shape[1]), kept)] = 0.0
    rate = cells.sum(axis=0) / np.maximum((cells > 0).sum(axis=0), 1)
    column = int(np.argmax(np.round(rate, 9)))  # sums in another order are no reason to change the subject
    row = int(np.argmax(np.round(cells[:, column], 9)))
    if not cells[row, column] > 0:
        return None
    return Question(draft.classes[row].item(), draft.attributes[column], float(cells[row, column]))
