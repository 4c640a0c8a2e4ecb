"""Arguments that several loaders take; each message names the argument as the user spells it."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any

from zsl._files.opening import existing
from zsl._labels import as_labels
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics, as_semantics

PARTS = ("train", "test_seen", "test_unseen", "pool")
"""The parts into which a user may divide samples, the last of them optional."""


def as_unseen(unseen: Iterable[Any]) -> list[Any]:
    """The unseen classes as a list: at least one, each once."""
    if isinstance(unseen, str) or not isinstance(unseen, Iterable):
        raise InvalidInputError(f"unseen={unseen!r}; wanted a list of classes.")
    labels: list[Any] = as_labels("unseen", list(unseen)).tolist()
    if len(set(labels)) < len(labels) or not labels:
        raise InvalidInputError(f"unseen={labels}; wanted at least one class, and each once.")
    return labels


def as_table(semantics: Any) -> Semantics:
    """A class table from the path of a CSV file, or from whatever `as_semantics` takes."""
    if isinstance(semantics, (str, PathLike)):
        return Semantics.from_csv(existing(semantics))
    return as_semantics(semantics)


def check_shares(test_size: float, pool_size: float) -> None:
    """A share of the seen samples to test on, in (0, 1), and one of the unseen samples for the pool, in [0, 1)."""
    if not 0 < test_size < 1:
        raise InvalidInputError(f"test_size={test_size}; wanted a share in (0, 1).")
    if not 0 <= pool_size < 1:
        raise InvalidInputError(f"pool_size={pool_size}; wanted a share in [0, 1).")
