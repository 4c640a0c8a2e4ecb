"""The class table as a parameter: read, held against labels, and shown in short."""

from __future__ import annotations

import warnings
from collections.abc import Sized
from inspect import signature
from typing import Any

from zsl._labels import are_strings
from zsl._suggestions import did_you_mean
from zsl._typing import LabelArray
from zsl.estimators._parameters import parameters
from zsl.exceptions import InvalidInputError, SemanticsError, SemanticsWarning
from zsl.semantics import Semantics


@parameters
class Descriptions:
    """The class table.

    Parameters
    ----------
    semantics : DataFrame, mapping, list of names, Semantics or None
        The class table, seen and unseen classes: a frame of class × attribute, a mapping of class to vector or to
        sentence(s), a list of names, which then are the sentences, or a `Semantics`. Without one, the mean sample of a
        class describes it, and nothing is chosen on held-out classes.
    text_encoder : str, path, object or None
        Encodes the sentences of `semantics`, if it holds any; see `zsl.Semantics.from_texts`.
    """

    semantics: Any = None
    text_encoder: Any = None


def add_given(own: Any, X: Any, y: Any, semantics: Any, **options: Any) -> None:
    """Add classes to the estimator of a wrapper, by what was given, which has to be what its `add_classes` takes."""
    every = {"X": X, "y": y, "semantics": semantics, **options}
    given = {name: value for name, value in every.items() if value is not None}
    taken = signature(own.add_classes).parameters
    if refused := [name for name in given if name not in taken]:
        wanted = " and ".join(name for name in ("X", "y", "semantics") if name in taken)
        raise InvalidInputError(
            f"{refused[0]} was given to add_classes of a {type(own).__name__}, which doesn't take it; wanted {wanted}."
        )
    if not given and "X" not in taken:
        raise InvalidInputError(f"add_classes of a {type(own).__name__} was given nothing; wanted semantics.")
    own.add_classes(**given)


def check_rows(name: str, table: Semantics, labels: LabelArray) -> None:
    """Refuse labels without a row, naming the argument that they came by."""
    missing = list(dict.fromkeys(label for label in labels.tolist() if label not in table))
    if missing and are_strings(labels) != are_strings(table.classes):
        own, others = ("strings", "numbers") if are_strings(labels) else ("numbers", "strings")
        raise SemanticsError(
            f"{name} has {own} such as {missing[0]!r} and semantics describes {others} such as "
            f"{table.classes.tolist()[0]!r}; wanted the same names for classes in both."
        )
    if missing:
        raise SemanticsError(
            f"semantics has no row for {len(missing)} of the classes in {name}: {missing[:5]}; "
            f"it has rows for {table.classes[:5].tolist()}{' and so on' if len(table) > 5 else ''}."
            + did_you_mean(missing, table.classes.tolist())
        )


def warn_of_twins(table: Semantics) -> None:
    """Warn of classes that nothing can tell apart by their rows; the full audit is the user's to call."""
    for finding in table.indistinct():
        warnings.warn(f"semantics: {finding.message}", SemanticsWarning, stacklevel=7)


def check_widths(n_features: int, n_attributes: int) -> None:
    """Refuse a class table that can't be of the space of the samples."""
    if n_features != n_attributes:
        raise SemanticsError(
            f"semantics has {n_attributes} columns and X {n_features} features; wanted one width, with images "
            f"and class texts encoded by one joint text-image model."
        )


class ShortTable:
    """Stands in for a class table in the repr of an estimator."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __repr__(self) -> str:
        if isinstance(self._table, Semantics):
            return repr(self._table)
        size = f" of {len(self._table)} classes" if isinstance(self._table, Sized) else ""
        return f"<{type(self._table).__name__}{size}>"
