"""Class labels as a class table keeps them, and lists of them for messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from zsl._labels import are_strings, as_labels
from zsl._typing import LabelArray
from zsl.exceptions import SemanticsError


def label_array(labels: Any, name: str) -> LabelArray:
    """Turn labels into a new array of unicode, int64 or, for large integers, uint64; truth values are refused."""
    found = as_labels(name, labels, SemanticsError)
    if are_strings(found):
        if blank := [place for place, label in enumerate(found.tolist()) if not label.strip()]:
            raise SemanticsError(f"{name} holds an empty name at position {blank[0]}; wanted a name for each class.")
        return found.astype(np.str_)
    if found.dtype.kind == "b":
        raise SemanticsError(f"{name} holds {found[0]}, of type bool, at position 0; wanted strings or integers.")
    if found.dtype.kind == "i" or not len(found):
        return found.astype(np.int64)
    return as_labels(name, [int(label) for label in found.tolist()], SemanticsError)


def repeated(names: Iterable[Any]) -> list[Any]:
    """Names that occur more than once, in order of their first repetition."""
    seen: set[Any] = set()
    twice: dict[Any, None] = {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return list(twice)


def listing(names: Iterable[Any], limit: int = 5, show: Callable[[Any], str] = repr) -> str:
    """Names for a message, quoted by default: ``'ant', 'bee' and 3 more``."""
    shown = [show(name) for name in names]
    return ", ".join(shown[:limit]) + (f" and {len(shown) - limit} more" if len(shown) > limit else "")


def count(number: int, singular: str, plural: str = "") -> str:
    """Put a number before a noun: ``1 class``, ``2 classes``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
