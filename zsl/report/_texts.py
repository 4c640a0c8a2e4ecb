"""What parameters and what was learned look like on a page."""

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np

_MOST = 8
WORDS = {
    "seen_bias": "seen-class bias γ",
    "temperature": "temperature T of the probabilities",
    "prior_strength": "prior strength κ, in samples per class",
    "n_steps": "steps of training",
    "n_epochs": "epochs of training",
    "n_generated": "generated samples per class",
    "n_folds": "folds of held-out seen classes",
    "ausuc": "AUSUC on held-out seen classes",
    "harmonic_mean": "H on held-out seen classes",
    "unlabeled": "use of unlabelled samples",
}


def in_words(name: str) -> str:
    """The name of something learned as a reader says it."""
    bare = name.removesuffix("_")
    return WORDS.get(bare, bare.replace("__", ": ").replace("_", " "))


def as_text(value: Any) -> str:
    """Short text of a parameter or of something learned; of large things the beginning, or their size."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        parts = [f"{name}: {_inner(item)}" for name, item in list(value.items())[:_MOST]]
        more = [f"and {len(value) - _MOST} more"] if len(value) > _MOST else []
        return ", ".join([*parts, *more]) or "empty"
    if isinstance(value, list | tuple):
        return _listed(value)
    text = " ".join(str(value).split())
    if len(text) <= 200:
        return text
    size = f" of length {len(value)}" if isinstance(value, Sized) and not isinstance(value, str) else ""
    return f"{text[:199]}…" if isinstance(value, str) else f"{type(value).__name__}{size}"


def _listed(values: Sequence[Any]) -> str:
    """Items of a list, without the middle of a long one."""
    items = [_inner(item) for item in values]
    if len(items) > _MOST:
        items = [*items[:4], f"… {len(items) - 8} more …", *items[-4:]]
    return ", ".join(items) or "empty"


def _inner(value: Any) -> str:
    """Text of an item; what has items itself is put in brackets."""
    text = as_text(value)
    return f"({text})" if isinstance(value, list | tuple | Mapping) else text
