"""Images by class divided into the parts of a split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.evaluation.few_shot_split import PARTS


def by_part(images: NDArray[np.uint8], parts: Sequence[str]) -> dict[str, Any]:
    """Images and labels of each part, from images of shape (class, image, …) and the part of each class."""
    arrays: dict[str, Any] = {}
    for part in PARTS:
        classes = np.flatnonzero(np.array(parts) == part)
        arrays[f"X_{part}"] = images[classes].reshape(-1, *images.shape[2:])
        arrays[f"y_{part}"] = np.repeat(classes, images.shape[1])
    return arrays
