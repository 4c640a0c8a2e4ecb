"""Pictures, or rows without one, that a described class is looked for in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zsl._typing import FloatArray
from zsl.app._pngs import grey_png
from zsl.exceptions import InvalidInputError

MOST_SAMPLES = 2000


@dataclass(frozen=True)
class Gallery:
    """Samples with their names, their labels where they are known, and what they look like."""

    X: FloatArray
    names: tuple[str, ...]
    labels: tuple[str, ...] | None
    picture: Callable[[int], bytes] | None


def digit_gallery(X: FloatArray, labels: Any) -> Gallery:
    """Digits of 8 × 8 pixels from 0 to 1, shown as ink on paper."""

    def picture(place: int) -> bytes:
        return grey_png(np.rint(255 * (1 - X[place].reshape(8, 8))).astype(np.uint8))

    shown = tuple(str(label) for label in labels.tolist())
    return Gallery(X, tuple(f"image {place + 1}" for place in range(len(X))), shown, picture)


def read_gallery(path: Path) -> Gallery:
    """A gallery from a file of features."""
    from zsl.datasets import read_features

    X, y = read_features(path)
    X = np.asarray(X, dtype=np.float64)
    if len(X) > MOST_SAMPLES:
        raise InvalidInputError(f"--gallery {path} has {len(X)} samples; wanted {MOST_SAMPLES} at most.")
    labels = None if y is None else tuple(str(label) for label in y.tolist())
    return Gallery(X, tuple(f"row {place + 1}" for place in range(len(X))), labels, None)
