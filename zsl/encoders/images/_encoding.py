"""Encoding of images in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._progress import progress
from zsl._typing import FloatArray
from zsl.encoders.images._inputs import name_of, opened
from zsl.encoders.images._models import ImageModel, checked
from zsl.exceptions import InvalidInputError

_HELD = 2**26  # pixels of opened images held at a time, 256 MB


@dataclass(frozen=True)
class EncodedImages:
    """Features of the images that could be opened.

    Parameters
    ----------
    features : ndarray of shape (n_kept, n_features), float32
        One row per image that could be opened, in order.
    kept : ndarray of shape (n_kept,), integer
        Their positions in X: ``y[kept]`` are their labels.
    skipped : tuple of (str, str)
        Images left out, as path or ``X[position]``, each with the reason.
    """

    features: FloatArray
    kept: NDArray[np.intp]
    skipped: tuple[tuple[str, str], ...]


def encode_items(
    items: Sequence[Any],
    model: ImageModel,
    *,
    batch_size: int,
    max_pixels: int,
    skip: bool,
    verbose: bool,
    offset: int = 0,
) -> EncodedImages:
    """Encode batch by batch; errors count positions from `offset`."""
    parts: list[FloatArray] = []
    kept: list[int] = []
    skipped: list[tuple[str, str]] = []
    with progress("images", len(items), shown=verbose) as bar:
        for places, images in _batches(items, model, batch_size, max_pixels, skipped if skip else None, offset):
            parts.append(checked(model.run(images), len(images), parts[0].shape[1] if parts else None))
            kept += places
            bar.update(places[-1] + 1 - bar.n)
        bar.update(len(items) - bar.n)
    if not kept:
        raise InvalidInputError(f"No image of X can be opened; the first problem: {': '.join(skipped[0])}.")
    return EncodedImages(np.concatenate(parts), np.array(kept, dtype=np.intp), tuple(skipped))


def _batches(
    items: Sequence[Any],
    model: ImageModel,
    batch_size: int,
    max_pixels: int,
    skipped: list[tuple[str, str]] | None,
    offset: int,
) -> Iterator[tuple[list[int], list[Any]]]:
    """Positions and images of the items that can be opened."""
    places: list[int] = []
    images: list[Any] = []
    for position, item in enumerate(items):
        try:
            image = opened(item, max_pixels, model.side, model.most_ratio)
        except ValueError as error:
            name = name_of(item, position + offset)
            if skipped is None:
                raise InvalidInputError(
                    f"{name} can't be opened as an image: {error}. ImageEncoder.encode with on_error='skip' leaves it "
                    "out."
                ) from error
            skipped.append((name, str(error)))
            continue
        places.append(position)
        images.append(image)
        if len(images) >= batch_size or sum(held.size[0] * held.size[1] for held in images) >= _HELD:
            yield places, images
            places, images = [], []
    if images:
        yield places, images
