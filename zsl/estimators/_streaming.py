"""Samples on disk at prediction: block by block, where the answer for a sample has nothing to do with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from zsl._files.rows import RowsOnDisk, budget, cuts, on_disk
from zsl.estimators._inputs import as_targets
from zsl.exceptions import InvalidInputError

F = TypeVar("F", bound=Callable[..., Any])


def by_blocks(method: F) -> F:
    """Let a method of samples `X` read those on disk block by block, and join the arrays that it returns.

    It gets all of them where the answer for one depends on the others: of a transductive method, or with `rescale`.
    """

    @wraps(method)
    def called(self: Any, X: Any, *args: Any, **options: Any) -> Any:
        stored = on_disk(X)
        if stored is None or options.get("rescale") or _transductive(self):
            return method(self, X, *args, **options)
        whole: list[NDArray[Any]] = []
        alone = False
        for cut in cuts(stored, len(getattr(self, "classes_", ()))):
            found = method(self, stored.part(cut), *args, **options)
            alone = not isinstance(found, tuple)
            parts = (found,) if alone else found
            whole = whole or [_room(part, stored, method.__name__) for part in parts]
            for to, part in zip(whole, parts, strict=True):
                to[cut] = part
        return whole[0] if alone else tuple(whole)

    return cast("F", called)


def labelled_blocks(X: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """Samples and their labels, as they are; those on disk block by block."""
    stored = on_disk(X)
    if stored is None or y is None:
        yield X, y
        return
    labels = as_targets(y)
    if len(labels) != len(stored):
        raise InvalidInputError(f"X has {len(stored)} samples and y {len(labels)} labels; wanted one per sample.")
    for cut in cuts(stored):
        yield stored.part(cut), labels[cut]


def _transductive(estimator: Any) -> bool:
    """Whether the answer for a sample depends on the others of the call."""
    method = getattr(estimator, "method_", None)
    return bool(getattr(estimator, "_transductive", False) or getattr(method, "transductive", False))


def _room(first: NDArray[Any], samples: RowsOnDisk, name: str) -> NDArray[Any]:
    """An array for the answers to all samples, of which those to the first block are given; labels always have room."""
    shape = (len(samples), *first.shape[1:])
    n_bytes = int(np.prod(shape)) * first.itemsize
    if len(shape) > 1 and n_bytes > max(budget(), first.nbytes):
        raise InvalidInputError(
            f"{name} for X of {len(samples)} samples, which is on disk, would return an array of shape {shape}, "
            f"{n_bytes / 2**20:,.0f} MiB; wanted {budget() / 2**20:,.4g} MiB at most, as "
            "sklearn.set_config(working_memory=...) says. top_classes returns the best classes alone, and "
            "zsl.scale.by_blocks gives the answers block by block."
        )
    return np.empty(shape, first.dtype)
