"""Labels of pairs, and the way back from a label to its state and its object."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

import numpy as np

from zsl._arguments import shown
from zsl._suggestions import did_you_mean
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import label_array, listing, repeated

TEMPLATE = "{state} {object}"
Pair = tuple[Any, Any]


def class_pairs(states: Any, objects: Any, pairs: Any = None, *, template: str = TEMPLATE) -> dict[Any, Pair]:
    """Name pairs of a state and an object, and keep what each name stands for.

    Parameters
    ----------
    states, objects : array-like of shape (S,) and (O,)
        Labels of the states and of the objects; of a class table, its `classes`.
    pairs : array-like of shape (n, 2), mapping of label to pair, or None, default=None
        The pairs to name, each a state and an object. A mapping names them itself. None means all, S · O, those of the
        first state first.
    template : str, default="{state} {object}"
        How a name is made: a format string with both fields.

    Returns
    -------
    dict of label to (state, object)
        The pairs by name, in the order given.

    Raises
    ------
    SemanticsError
        If a pair isn't one of a known state and a known object, two pairs are the same or get the same name, or
        `template` doesn't name both.

    Examples
    --------
    >>> from zsl.semantics import class_pairs
    >>> class_pairs(["wet", "dry"], ["cat", "dog"], [("wet", "cat"), ("dry", "dog")])
    {'wet cat': ('wet', 'cat'), 'dry dog': ('dry', 'dog')}
    """
    known = {name: _known(name, labels) for name, labels in (("states", states), ("objects", objects))}
    every = [(state, one) for state in known["states"] for one in known["objects"]]
    named = every if pairs is None else known_pairs("pairs", pairs, **known)
    if isinstance(pairs, Mapping):
        names = label_array(list(pairs), "pairs").tolist()
    else:
        names = [_name(template, pair) for pair in named]
        if twice := repeated(names):
            both = [pair for pair, name in zip(named, names, strict=True) if name == twice[0]]
            raise SemanticsError(
                f"template={template!r} calls {listing(both)} all {twice[0]!r}; wanted one name for each."
            )
    return dict(zip(names, named, strict=True))


def known_pairs(name: str, pairs: Any, states: Collection[Any], objects: Collection[Any]) -> list[Pair]:
    """The pairs of a list or of a mapping, at least one and each once, all of known states and objects."""
    found = as_pairs(name, pairs)
    for pair in found:
        for value, labels, what in zip(pair, (states, objects), ("state", "object"), strict=True):
            if value not in labels:
                raise SemanticsError(
                    f"{name} holds {shown(pair)}, and {shown(value)} is no {what}; wanted one of {listing(labels)}."
                    + did_you_mean([value], labels)
                )
    if not found or (twice := repeated(found)):
        what = "is empty" if not found else f"holds {listing(twice)} more than once"
        raise SemanticsError(f"{name} {what}; wanted one pair or more, each once.")
    return found


def as_pairs(name: str, pairs: Any) -> list[Pair]:
    """The pairs of a list or of a mapping, whatever their states and objects, as plain values."""
    rows = pairs.values() if isinstance(pairs, Mapping) else np.asarray(pairs) if hasattr(pairs, "__array__") else pairs
    if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
        raise SemanticsError(f"{name}={shown(pairs)}; wanted a list of (state, object), or a dict of label to such.")
    found = []
    for row in rows:
        values = [value.item() if isinstance(value, np.generic) else value for value in row] if _is_row(row) else []
        if len(values) != 2 or not all(isinstance(value, (str, int, float)) for value in values):
            raise SemanticsError(f"{name} holds {shown(row)}; wanted pairs of a state and an object.")
        found.append((values[0], values[1]))
    return found


def _is_row(row: Any) -> bool:
    """Whether something may be a pair; a text of two letters isn't one, and neither is a set, which has no order."""
    return getattr(row, "ndim", 0) == 1 or (isinstance(row, Sequence) and not isinstance(row, (str, bytes)))


def _known(name: str, labels: Any) -> list[Any]:
    """The labels of states or of objects, each once."""
    found: list[Any] = label_array(labels, name).tolist()
    if not found or (twice := repeated(found)):
        what = "is empty" if not found else f"holds {listing(twice)} more than once"
        raise SemanticsError(f"{name} {what}; wanted one label or more, each once.")
    return found


def _name(template: Any, pair: Pair) -> str:
    """The name of a pair."""
    try:
        fields = {field for _, field, _, _ in Formatter().parse(template)}
        if fields >= {"state", "object"}:
            return str(template).format(state=pair[0], object=pair[1])
    except (KeyError, IndexError, ValueError, TypeError):
        pass
    raise SemanticsError(f"template={shown(template)}; wanted a format string of both, such as {TEMPLATE!r}.")
