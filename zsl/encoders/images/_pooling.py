"""Pooling of the output of a network to one row per image: from a vector, a feature map or tokens."""

from __future__ import annotations

from typing import Any

from zsl.exceptions import InvalidInputError

POOLINGS = ("auto", "pooler", "cls", "mean")


def pooled(found: Any, pooling: str) -> Any:
    """Pool a tensor of shape (n, d), (n, tokens, d) or (n, d, h, w) to (n, d); "auto" is the mean."""
    if not hasattr(found, "ndim") or found.ndim not in (2, 3, 4):
        shape = tuple(found.shape) if hasattr(found, "shape") else type(found).__name__
        raise InvalidInputError(f"model returned {shape}; wanted (n, d), (n, tokens, d) or (n, d, h, w).")
    wrong = pooling == "pooler" or (pooling == "cls" and found.ndim != 3) or (pooling == "mean" and found.ndim == 2)
    if wrong:
        raise InvalidInputError(f"pooling={pooling!r} doesn't go with a model that returns shape {tuple(found.shape)}.")
    if found.ndim == 2:
        return found
    if found.ndim == 4:
        return found.mean((2, 3))
    return found[:, 0] if pooling == "cls" else found.mean(1)
