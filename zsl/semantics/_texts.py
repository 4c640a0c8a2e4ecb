"""From sentences about classes to the parts of a class table."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from zsl.encoders import SentenceEncoder, encode_texts
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import label_array
from zsl.semantics._rows import Parts


def text_parts(texts: Mapping[Any, Any], encoder: str | os.PathLike[str] | SentenceEncoder, batch_size: int) -> Parts:
    """Scale each encoded sentence, and then each class's mean of several sentences, to length 1."""
    if not isinstance(texts, Mapping):
        raise SemanticsError(
            f"texts is of type {type(texts).__name__}; wanted a dict of class → sentence or sentences."
        )
    if not texts:
        raise SemanticsError("texts is empty; wanted at least one class.")
    classes = label_array(texts, "classes (the keys of texts)")
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
    return Parts(vectors=np.where(several, sums / lengths, sums), classes=classes, texts=groups)


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
