"""Single values that a user passes: how an error shows them, and what a `random_state` is."""

import math
import reprlib
from typing import Any

import numpy as np
from numpy.random import RandomState
from sklearn.utils import check_random_state

from zsl.exceptions import InvalidInputError, InvalidTypeError

LARGEST = 2**31 - 1
"""The largest whole number that a count or a size may be."""
_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = 120


def shown(value: Any) -> str:
    """A value on one line as an error shows it, whatever its own `repr` does."""
    try:
        return " ".join(_SHOWN.repr(value).split())
    except Exception:  # a value of any kind: its repr may raise anything
        return f"<{type(value).__name__}>"


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a real number that is finite in double precision; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond double precision
        return False


def is_flag(value: Any) -> bool:
    """Whether a value is True or False."""
    return isinstance(value, (bool, np.bool_))


def check_flag(name: str, value: Any) -> None:
    """Refuse anything but True and False."""
    if not is_flag(value):
        raise InvalidInputError(f"{name}={shown(value)}; wanted True or False.")


def check_kind(name: str, value: Any, *kinds: type[Any]) -> None:
    """Refuse what isn't an instance of one of these classes."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise InvalidTypeError(f"{name} is of type {type(value).__name__}; wanted a {wanted}.")


def check_estimator(name: str, value: Any) -> None:
    """Refuse what isn't an instance of an estimator."""
    if isinstance(value, type) or not (hasattr(value, "fit") and hasattr(value, "get_params")):
        raise InvalidTypeError(f"{name}={shown(value)}; wanted an instance of an estimator.")


def as_random_state(random_state: Any) -> RandomState:
    """Where random numbers come from: a seed, a generator that goes on, or None for numpy's global one."""
    if random_state is None or isinstance(random_state, RandomState):
        found: RandomState = check_random_state(random_state)
        return found
    if not is_whole(random_state) or not 0 <= random_state < 2**32:
        raise InvalidInputError(
            f"random_state={shown(random_state)}; wanted None, a whole number from 0 to 4294967295, or a "
            "numpy.random.RandomState."
        )
    return RandomState(int(random_state))
