"""From what a user passes as a tree to pairs of child and parent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from zsl._arguments import shown
from zsl._labels import as_named_labels
from zsl.exceptions import InvalidInputError

Edge = tuple[Any, Any]
"""A child and its parent; None for a child that has none."""

_WANTED = (
    "wanted a mapping of class to parent, a nested mapping such as {'cats': ['lion', 'tiger']}, a Series, or pairs of "
    "child and parent"
)


def edges_of(given: Any) -> list[Edge]:
    """The edges of a tree in any form."""
    if isinstance(given, pd.Series):
        given = dict(zip(given.index.tolist(), given.tolist(), strict=True))
    if isinstance(given, Mapping):
        if any(map(_is_several, given.values())):
            return list(_nested(given, None, 0))
        return [(as_label(child), None if is_missing(parent) else as_label(parent)) for child, parent in given.items()]
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InvalidInputError(f"taxonomy={shown(given)}; {_WANTED}.")
    edges = []
    for place, pair in enumerate(given):
        if isinstance(pair, (str, bytes)) or not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:
            raise InvalidInputError(f"taxonomy holds {shown(pair)} at position {place}; {_WANTED}.")
        edges.append((as_label(pair[0]), None if is_missing(pair[1]) else as_label(pair[1])))
    return edges


def as_label(value: Any, name: str = "taxonomy") -> Any:
    """The name of a node: a string that isn't empty, or a whole number."""
    label = as_named_labels(name, value).tolist() if not _is_several(value) else []
    if len(label) != 1 or isinstance(label[0], bool) or (isinstance(label[0], str) and not label[0].strip()):
        raise InvalidInputError(f"{name} has a node {shown(value)}; wanted strings that aren't empty, or integers.")
    return int(label[0]) if isinstance(label[0], float) else label[0]


def is_missing(value: Any) -> bool:
    """Whether a cell or a parent says that there is none."""
    return value is None or value is pd.NA or (isinstance(value, float) and value != value) or value == ""


def _nested(given: Any, parent: Any, depth: int) -> Iterator[Edge]:
    if depth > 200:
        raise InvalidInputError("taxonomy is nested more than 200 deep; wanted a tree.")
    for child in given if isinstance(given, (Mapping, list, tuple, set, frozenset, np.ndarray)) else [given]:
        label = as_label(child)
        yield label, parent
        if isinstance(given, Mapping) and (below := given[child]) is not None:
            yield from _nested(below, label, depth + 1)


def _is_several(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple, set, frozenset)) or getattr(value, "ndim", 0) > 0


def listed(labels: Iterable[Any], limit: int = 5) -> str:
    """Labels for a message."""
    labels = list(labels)
    return f"{list(islice(labels, limit))}{' and others' if len(labels) > limit else ''}"
