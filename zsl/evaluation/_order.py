"""Truth before predictions, as in scikit-learn; the former order is understood, too, since shapes tell them apart."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


def truth_first(**former: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function of (labels, table) pairs take (table, labels), too; `former` has keywords by their present name.

    Labels have one dimension and tables two, so that nothing has to be guessed.
    """

    def understanding(function: Callable[P, R]) -> Callable[P, R]:
        names = list(signature(function).parameters)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> R:
            given = list(args)
            for place in range(0, len(given), 2):
                if _dimensions(given[place]) != 2:
                    continue
                if place + 1 < len(given):
                    if _dimensions(given[place + 1]) == 1:
                        given[place : place + 2] = given[place + 1], given[place]
                elif names[place] in kwargs:
                    given.insert(place, kwargs.pop(names[place]))
            for name, old in former.items():
                if old in kwargs and name not in kwargs:
                    kwargs[name] = kwargs.pop(old)
            return function(*given, **kwargs)

        return call

    return understanding


def _dimensions(value: Any) -> int | None:
    try:
        return int(value.ndim if hasattr(value, "ndim") else np.ndim(value))
    except Exception:  # an array-like may raise anything; the function itself will say what is wrong
        return None
