"""From sentences about classes, or from names alone, to the arguments of a class table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zsl._labels import are_strings, as_labels
from zsl.encoders import SentenceEncoder, encode_texts
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import label_array, listing, repeated


def text_parts(
    texts: Any, encoder: str | os.PathLike[str] | SentenceEncoder, batch_size: int, name: str = "texts"
) -> dict[str, Any]:
    """Scale each encoded sentence, and then each class's mean of several sentences, to length 1."""
    texts = by_class(texts, name)
    classes = label_array(list(texts), f"classes (the keys of {name})")
    groups = [_sentences(label, value) for label, value in texts.items()]
    encoded = encode_texts([sentence for group in groups for sentence in group], encoder, batch_size=batch_size)
    lengths = np.linalg.norm(encoded, axis=1, keepdims=True)
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    if not lengths.all():
        owner = owners[int(np.argmin(lengths))]
        raise SemanticsError(f"texts of class {classes[owner].item()!r} are encoded as a vector of zeros.")
    bounds = np.searchsorted(owners, np.arange(len(groups)))
    sums = np.add.reduceat(encoded / lengths, bounds)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    if not lengths.all():
        owner = int(np.argmin(lengths))
        raise SemanticsError(f"texts of class {classes[owner].item()!r} cancel each other: their mean is zero.")
    several = np.array([[len(group) > 1] for group in groups])
    return {"vectors": np.where(several, sums / lengths, sums), "classes": classes, "texts": groups}


def by_class(texts: Any, name: str) -> Mapping[Any, Any]:
    """The texts of each class: of a mapping, a Series with class names as index, or a list of class names alone."""
    listed = are_names(texts)
    if (listed or isinstance(texts, Mapping)) and not len(texts):
        raise SemanticsError(f"{name} is empty; wanted at least one class.")
    if isinstance(texts, Mapping):
        return texts
    if isinstance(texts, pd.Series) and are_strings(as_labels(f"the index of {name}", texts.index, SemanticsError)):
        labels, values = texts.index.tolist(), texts.tolist()
    elif listed:
        labels = label_array(texts, name).tolist()
        values = [label.replace("_", " ").strip() for label in labels]
    else:
        raise SemanticsError(
            f"{name} is of type {type(texts).__name__}; wanted a dict of class → sentence or sentences, "
            "or a list of class names."
        )
    if twice := repeated(labels):
        raise SemanticsError(f"{name} holds {listing(twice)} more than once; wanted each name once.")
    return dict(zip(labels, values, strict=True))


def are_names(value: Any) -> bool:
    """Whether a value is a list, column or array of one dimension that holds strings, or nothing."""
    if not isinstance(value, (list, tuple)) and not (hasattr(value, "__array__") and getattr(value, "ndim", 1) == 1):
        return False
    return not len(value) or any(isinstance(name, str) for name in value)


def is_text(value: Any) -> bool:
    """Whether a value is a sentence or a non-empty list of sentences."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(sentence, str) for sentence in value)
    return isinstance(value, str)


def _sentences(label: Any, value: Any) -> tuple[str, ...]:
    """The sentences of one class, none of them empty."""
    if not is_text(value):
        raise SemanticsError(f"texts gives class {label!r} {value!r}; wanted a sentence or a list of sentences.")
    sentences = (value,) if isinstance(value, str) else tuple(value)
    if not all(sentence.strip() for sentence in sentences):
        raise SemanticsError(f"texts gives class {label!r} an empty sentence; wanted words.")
    return sentences
