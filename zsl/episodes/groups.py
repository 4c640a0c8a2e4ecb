"""Groups of classes, such as alphabets, that episodes stay within."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._arrays import host_array, named
from zsl.exceptions import InvalidInputError


def checked_groups(groups: Any, n_samples: int) -> NDArray[Any]:
    """Check that there is one group per sample."""
    given = host_array("groups", groups)
    if given.shape != (n_samples,):
        raise InvalidInputError(
            f"groups has shape {given.shape} and X {n_samples} samples; wanted one group per sample."
        )
    with named("groups"):  # groups of kinds that can't be sorted
        np.unique(given)
    return given


def group_of_class(groups: NDArray[Any], codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the groups, and give the one that each class belongs to; an error if a class is in two groups.

    There is one group and one class number from 0 per sample, and each class is present.
    """
    names, numbers = np.unique(groups, return_inverse=True)
    own = numbers[np.unique(codes, return_index=True)[1]].astype(np.intp)
    mixed = np.flatnonzero(own[codes] != numbers)
    if len(mixed):
        two = names[[own[codes[mixed[0]]], numbers[mixed[0]]]].tolist()
        raise InvalidInputError(f"groups puts samples of one class in {two}; wanted one group per class.")
    return own
