"""Values to choose a penalty from."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zsl.exceptions import InvalidInputError


def values_to_try(name: str, value: Any, default: tuple[float, ...]) -> tuple[float, ...]:
    """Read a parameter that is "auto", a number above 0, or a sequence of such numbers.

    Parameters
    ----------
    name : str
        What an error calls it.
    value : Any
        The parameter.
    default : tuple of float
        The values of "auto".

    Returns
    -------
    tuple of float
        The values to try, one or more.

    Raises
    ------
    InvalidInputError
        If the value is none of these.
    """
    if isinstance(value, str) and value == "auto":
        return default
    found = tuple(value) if isinstance(value, (Sequence, np.ndarray)) and np.ndim(value) == 1 else (value,)
    numbers = [v for v in found if isinstance(v, (int, float, np.number)) and not isinstance(v, bool)]
    if not found or len(numbers) < len(found) or not all(0 < v < np.inf for v in numbers):
        raise InvalidInputError(f"{name}={value!r}; wanted 'auto', a number above 0 or a sequence of them.")
    return tuple(float(v) for v in numbers)
