"""What an encoder gives for a few texts or a picture, by which it is told from others after a model was loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from zsl._typing import FloatArray
from zsl.encoders.text import encode_texts
from zsl.encoders.text_encoder import TextEncoder
from zsl.exceptions import InvalidInputError

TOLERANCE = 0.03
"""How far vectors of length 1 may differ: rounding to 8 bits makes about 0.01, a full stop in a template 0.1 on."""
_PROBES = ("zebra", "A horse with black and white stripes.", "transfer money to another account")
_MOST_ROWS = 3


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """Vectors of length 1 that an encoder gave.

    Parameters
    ----------
    vectors : array of shape (n, d)
        The rows, each the direction of a sum over its texts of vectors of length 1.
    texts : tuple of n tuples of str
        The texts of each row; empty for the one row of the picture that all encoders of images are tried on.
    """

    vectors: FloatArray
    texts: tuple[tuple[str, ...], ...]

    def fits(self) -> bool:
        """Whether the parts go together, as a file may hold others."""
        rows = 1 if not self.texts else len(self.texts)
        return self.vectors.ndim == 2 and len(self.vectors) == rows and all(self.texts)

    @classmethod
    def of_texts(cls, encoder: Any) -> Self | None:
        """That of an encoder of texts, without asking the hub; None if it isn't here or doesn't know the words."""
        texts = tuple((text,) for text in _PROBES)
        if isinstance(encoder, TextEncoder):
            encoder = clone(encoder).set_params(offline=True, verbose=False)
        try:
            return cls(_rows(encoder, texts, offline=True), texts)
        except Exception:  # an encoder is any object, and may refuse words that it has never seen
            return None

    @classmethod
    def of_images(cls, encoder: Any) -> Self | None:
        """That of an `ImageEncoder`; None if its model isn't here."""
        try:
            return cls(_unit(encoder(_picture())), ())
        except Exception:
            return None

    @classmethod
    def of_rows(cls, vectors: FloatArray, texts: tuple[tuple[str, ...], ...] | None) -> Self | None:
        """What rows of a class table say of the encoder that made them of its texts; the shortest texts will do."""
        described = [row for row, sentences in enumerate(texts or ()) if sentences and all(map(str.strip, sentences))]
        chosen = sorted(described, key=lambda row: (len(texts[row]), row))[:_MOST_ROWS] if texts else []
        if not chosen or not vectors[chosen].any(axis=1).all():
            return None
        return cls(_unit(vectors[chosen]), tuple(texts[row] for row in chosen)) if texts else None

    def difference(self, encoder: Any) -> float:
        """How far the vectors of an encoder lie from these, the median of the rows; infinite for another width.

        Raises
        ------
        InvalidInputError
            If it doesn't encode.
        """
        found = _rows(encoder, self.texts) if self.texts else _unit(encoder(_picture()))
        if found.shape != self.vectors.shape:
            return float("inf")
        return float(np.median(np.linalg.norm(found - self.vectors, axis=1)))

    def check(self, encoder: Any, what: str) -> None:
        """Refuse an encoder that gives other vectors, and name it by `what`."""
        difference = self.difference(encoder)
        if difference <= TOLERANCE:
            return
        how = "of another width" if np.isinf(difference) else f"that lie {difference:.2g} apart, at length 1,"
        seen = f"for words such as {self.texts[0][0][:60]!r}" if self.texts else "for the same picture"
        raise InvalidInputError(
            f"{what} isn't the encoder that the model was made with: it gives vectors {how} {seen}, where rounding "
            f"explains {TOLERANCE}; wanted the same model, with the same templates."
        )


def _rows(encoder: Any, texts: tuple[tuple[str, ...], ...], *, offline: bool = False) -> FloatArray:
    """The directions of the sums of vectors of length 1, one row for each tuple of texts."""
    encoded = _unit(encode_texts([text for group in texts for text in group], encoder, offline=offline))
    starts = np.cumsum([0, *(len(group) for group in texts[:-1])])
    return _unit(np.add.reduceat(encoded, starts))


def _unit(rows: FloatArray) -> FloatArray:
    found = np.asarray(rows, dtype=np.float64)
    units: FloatArray = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return units


def _picture() -> Any:
    """One picture of 64 × 64 pixels with colours, edges and a gradient, as an array of shape (1, 64, 64, 3)."""
    row, column = np.mgrid[:64, :64]
    shown = np.stack([row * 4, column * 4, ((row // 8 + column // 8) % 2) * 255], axis=-1)
    return shown[None].astype(np.uint8)
