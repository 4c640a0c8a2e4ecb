"""Checks of numbers among the parameters of estimators, and of the labels of training images."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError


def check_whole(name: str, value: Any, least: int = 1) -> None:
    """Refuse anything but a whole number."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InvalidInputError(f"{name}={value!r}; wanted a whole number of {least} or more.")


def check_number(name: str, value: Any, *, least: float | None = None, above: float | None = None) -> None:
    """Refuse anything but a finite number in the range."""
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or (least is not None and value < least) or (above is not None and value <= above):
        wanted = (
            f"of {least:g} or more"
            if least is not None
            else f"above {above:g}"
            if above is not None
            else "that is finite"
        )
        raise InvalidInputError(f"{name}={value!r}; wanted a number {wanted}.")


def as_widths(name: str, widths: Any) -> tuple[int, ...]:
    """Check the widths of hidden layers, one a layer."""
    found = tuple(widths) if isinstance(widths, (tuple, list)) else (widths,)
    if any(isinstance(width, bool) or not isinstance(width, (int, np.integer)) or width < 1 for width in found):
        raise InvalidInputError(f"{name}={widths!r}; wanted whole numbers of 1 or more, one a hidden layer.")
    return tuple(int(width) for width in found)


def labels_and_codes(y: LabelArray) -> tuple[LabelArray, NDArray[np.intp]]:
    """The different labels of training images, two or more, and the number of each image's among them."""
    check_classification_targets(y)
    labels, codes = np.unique(y, return_inverse=True)
    if len(labels) < 2:
        raise InvalidInputError(f"y has one class only, {labels.tolist()}; wanted two classes or more.")
    return labels, codes.astype(np.intp)
