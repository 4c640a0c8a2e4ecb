"""Whether a value that was read from a file is of the type that an annotation names."""

import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np


@cache
def kinds_of(cls: type) -> dict[str, tuple[Any, bool]]:
    """The annotated type of each part of a class, and whether NaN stands for a missing one."""
    parts = fields(cls) if is_dataclass(cls) else ()
    missing = {part.name for part in parts if isinstance(part.default, float) and math.isnan(part.default)}
    return {name: (kind, name in missing) for name, kind in get_type_hints(cls).items()}


def is_of(value: Any, kind: Any, *, nan: bool = False) -> bool:
    """Whether a value is of a type; numbers are finite, except that NaN may be allowed.

    Arrays are held against the type of their items, collections against that of each entry, and the weights of a
    module may stand for the module. What isn't known to be wrong passes.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any or isinstance(kind, TypeVar):
        return True
    if origin is Annotated:
        return is_of(value, inner[0], nan=nan)
    if origin in (Union, types.UnionType):
        return any(is_of(value, member, nan=nan) for member in inner)
    if origin is Literal:
        return any(type(value) is type(option) and value == option for option in inner)
    if kind is None or kind is types.NoneType:
        return value is None
    if kind is float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and (math.isfinite(value) or (nan and math.isnan(value)))
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and _holds(value, inner[1])
    if origin is tuple and Ellipsis not in inner:
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(is_of, value, inner))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(is_of(k, inner[0]) and is_of(v, inner[1]) for k, v in value.items())
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return isinstance(value, origin) and all(is_of(entry, inner[0]) for entry in value)
    if hasattr(kind, "load_state_dict"):
        return isinstance(value, dict) and all(hasattr(part, "is_floating_point") for part in value.values())
    return not isinstance(kind, type) or isinstance(value, kind)


def _holds(array: Any, wanted: Any) -> bool:
    """Whether the items of an array are of a numpy type."""
    (item,) = get_args(wanted)
    item = get_origin(item) or item
    return item is Any or np.issubdtype(array.dtype, item)
