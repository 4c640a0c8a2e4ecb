"""Pictures, or rows without one, that a described class is looked for in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zsl._escaping import one_line
from zsl._typing import FloatArray
from zsl.app.parts._pngs import grey_png
from zsl.encoders.images._files import open_image
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets.samples.reading import Samples

MOST_SAMPLES, MOST_NAME, THUMBNAIL = 2000, 200, 64


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
        pixels = np.rint(255 * (1 - X[place].reshape(8, 8))).astype(np.uint8)
        return grey_png(np.kron(pixels, np.ones((8, 8), dtype=np.uint8)))

    shown = tuple(str(label) for label in labels.tolist())
    return Gallery(X, tuple(f"image {place + 1}" for place in range(len(X))), shown, picture)


def check_count(count: int) -> None:
    """Refuse a gallery that is too large to be scored at every move of a slider."""
    if count > MOST_SAMPLES:
        raise InvalidInputError(f"--gallery has {count} samples; wanted {MOST_SAMPLES} at most.")


def own_gallery(samples: "Samples", home: Path) -> Gallery:
    """Samples of the user's; `home` is the folder that the names of image files are relative to."""
    numbered = tuple(f"row {place + 1}" for place in range(len(samples)))
    names = numbered if samples.names is None else tuple(one_line(name)[:MOST_NAME] for name in samples.names)
    labels = None if samples.y is None else tuple(str(label) for label in samples.y.tolist())
    files = () if samples.kind != "images" or samples.names is None else samples.names

    @lru_cache(maxsize=512)
    def picture(place: int) -> bytes:
        image = open_image(home / files[place], side=THUMBNAIL)
        image.thumbnail((2 * THUMBNAIL, 2 * THUMBNAIL))
        data = BytesIO()
        image.save(data, "PNG")
        return data.getvalue()

    return Gallery(samples.X, names, labels, picture if files else None)
