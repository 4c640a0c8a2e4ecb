"""What a sentence says of the attributes of a class table, by the nearest names of attributes."""

import re
from collections.abc import Callable

import numpy as np

from zsl._typing import FloatArray
from zsl.semantics import Semantics

_LEAST_COSINE, _MOST_PHRASES = 0.5, 24
_ENDS = re.compile(r"[,;.:!?]|\band\b|\bbut\b|\bwith\b", re.IGNORECASE)
_NOT = re.compile(r"\b(no|not|without|never|lacks?|isn't|hasn't|has no)\b", re.IGNORECASE)


def spoken(name: str) -> str:
    """The name of an attribute as words."""
    return " ".join(name.replace("_", " ").split())


class Phrases:
    """Finds the attributes that a sentence speaks of; the names of attributes are encoded once."""

    def __init__(self, table: Semantics) -> None:
        self._low, self._high = table.vectors.min(axis=0), table.vectors.max(axis=0)
        self._names = [spoken(name) for name in table.attributes]
        self._vectors: FloatArray | None = None

    def values(self, sentence: str, encode: Callable[[list[str]], FloatArray]) -> list[tuple[int, float, str]]:
        """The attribute nearest to each phrase with its greatest value, or its least after a "no", and the phrase.

        A phrase without an attribute near enough says nothing.
        """
        marked = _NOT.sub(lambda found: f", {found[0]}", sentence)
        phrases = [" ".join(part.split()) for part in _ENDS.split(marked)]
        phrases = [phrase for phrase in phrases if re.search(r"\w", _NOT.sub("", phrase))][:_MOST_PHRASES]
        if not phrases:
            return []
        if self._vectors is None:
            self._vectors = encode(self._names)
        cosines = encode([_NOT.sub("", phrase).strip() for phrase in phrases]) @ self._vectors.T
        found = {}
        for phrase, own in zip(phrases, cosines, strict=True):
            place = int(np.argmax(own))
            if own[place] >= _LEAST_COSINE:
                value = self._low[place] if _NOT.search(phrase) else self._high[place]
                found[place] = (place, float(value), phrase)
        return list(found.values())
