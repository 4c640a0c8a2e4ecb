"""Class labels as a class table keeps them, and lists of them for messages."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from zsl._typing import LabelArray
from zsl.exceptions import SemanticsError


def label_array(labels: Any, name: str) -> LabelArray:
    """Turn labels into a new unicode or int64 array; floats, bools, missing and mixed labels are refused."""
    if isinstance(labels, str) or not isinstance(labels, Iterable) or getattr(labels, "ndim", 1) != 1:
        found = f"shape {labels.shape}" if isinstance(labels, np.ndarray) else f"type {type(labels).__name__}"
        raise SemanticsError(f"{name} is of {found}; wanted a one-dimensional list of class labels.")
    values = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    for position, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, (str, int, np.integer)):
            raise SemanticsError(
                f"{name} holds {value!r}, a {type(value).__name__}, at position {position}; wanted strings or integers."
            )
        if isinstance(value, str) != isinstance(values[0], str):
            raise SemanticsError(f"{name} mixes strings and integers ({values[0]!r} and {value!r}); wanted one kind.")
        if isinstance(value, str) and not value.strip():
            raise SemanticsError(f"{name} holds an empty name at position {position}; wanted a name for each class.")
    if values and isinstance(values[0], str):
        return np.array(values, dtype=np.str_)
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError as error:
        raise SemanticsError(f"{name} holds an integer of more than 64 bits; wanted strings or int64.") from error


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
