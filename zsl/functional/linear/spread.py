"""Some of many rows, at even distances."""

import numpy as np
from numpy.typing import NDArray


def evenly_spread(n: int, most: int) -> NDArray[np.intp]:
    """Choose at most so many of n rows, at even distances.

    Parameters
    ----------
    n : int
        How many rows there are.
    most : int
        How many are wanted at most.

    Returns
    -------
    array of shape (min(n, most),)
        Row numbers, rising.
    """
    count = min(most, n)
    places: NDArray[np.intp] = np.arange(count) * n // max(count, 1)
    return places
