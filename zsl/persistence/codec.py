"""The closed list of values that may stand in a saved model, as JSON and tensors, and back.

Plain values, arrays, labels, tables of numbers and weights of modules are known here. Classes of the package are added
by their owners with `register`, field by field; a file can name these only, and reading it runs no other code.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from os import PathLike
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl.exceptions import InvalidInputError, ModelFileError

T = TypeVar("T")
Tensors = dict[str, NDArray[Any]]
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True)
class _Kind:
    """How values of a registered class are taken apart and put together."""

    apart: Callable[[Any], dict[str, Any]]
    together: Callable[..., Any]


_KINDS: dict[str, _Kind] = {}


def register(
    cls: type[T], apart: Callable[[T], dict[str, Any]] | None = None, together: Callable[..., T] | None = None
) -> type[T]:
    """Let values of a class stand in saved models.

    Parameters
    ----------
    cls : type
        A class of the package, stored under its name; a dataclass is stored by its fields.
    apart : callable or None, default=None
        From a value to a dict of parts that can be stored. None for the fields.
    together : callable or None, default=None
        From these parts, by keyword, to the value. None for the class itself. If values have a method `fits`, it says
        whether their parts go together.

    Returns
    -------
    type
        The class, so that this may decorate it.
    """
    if apart is None:
        assert is_dataclass(cls)
        names = [field.name for field in fields(cls)]

        def apart(value: T) -> dict[str, Any]:
            return {name: getattr(value, name) for name in names}

    _KINDS[cls.__name__] = _Kind(apart, together or cls)
    return cls


def pack(value: Any, key: str, tensors: Tensors) -> Any:
    """Write a value as JSON; arrays and weights go to `tensors`, under names that begin with `key`.

    Raises
    ------
    InvalidInputError
        If the value is of a type that isn't on the list.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, np.generic):
        return pack(value.item(), key, tensors)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, list):
        return [pack(entry, f"{key}.{place}", tensors) for place, entry in enumerate(value)]
    if isinstance(value, tuple):
        return {"$tuple": pack(list(value), key, tensors)}
    if isinstance(value, np.ndarray):
        return _pack_array(value, key, tensors)
    if hasattr(value, "state_dict"):  # a module of PyTorch, which the class table doesn't wait for
        tensors |= {f"{key}/{name}": part.cpu().numpy() for name, part in value.state_dict().items()}
        return {"$weights": key}
    if isinstance(value, pd.Series):
        return {"$series": [list(map(str, value.index)), pack(value.tolist(), key, tensors)]}
    if isinstance(value, pd.DataFrame):
        return {"$frame": [list(map(str, value.index)), {n: pack(value[n].tolist(), key, tensors) for n in value}]}
    if isinstance(value, Mapping):
        if all(isinstance(name, str) and not name.startswith("$") for name in value):
            return {name: pack(entry, f"{key}.{name}", tensors) for name, entry in value.items()}
        return {"$items": [pack(list(pair), f"{key}.{place}", tensors) for place, pair in enumerate(value.items())]}
    if type(value).__name__ in _KINDS:
        kind = _KINDS[type(value).__name__]
        return {f"${type(value).__name__}": pack(kind.apart(value), key, tensors)}
    raise InvalidInputError(f"{key} is a {type(value).__name__}, which cannot be saved.")


def unpack(packed: Any, tensors: Tensors) -> Any:
    """Read what `pack` wrote; weights come as a state dict, for their owner to load."""
    if isinstance(packed, list):
        return [unpack(value, tensors) for value in packed]
    if not isinstance(packed, dict):
        return packed
    entry: tuple[str, Any] = next(iter(packed.items()), ("", None))
    name, content = entry
    if not name.startswith("$"):
        return {key: unpack(value, tensors) for key, value in packed.items()}
    if len(packed) != 1:
        raise ModelFileError(f"The model has a value that is {name!r} and more; it is corrupt.")
    if name == "$float":
        return _NOT_FINITE[content]
    if name == "$tuple":
        return tuple(unpack(content, tensors))
    if name == "$items":
        return dict(unpack(content, tensors))
    if name == "$array":
        return tensors[content]
    if name == "$labels":
        return _labels(content)
    if name == "$weights":
        import torch

        start = f"{content}/"
        return {key.removeprefix(start): torch.as_tensor(t) for key, t in tensors.items() if key.startswith(start)}
    if name == "$series":
        return pd.Series(unpack(content[1], tensors), index=content[0], dtype="float64")
    if name == "$frame":
        return pd.DataFrame(unpack(content[1], tensors), index=content[0], dtype="float64")
    if name.removeprefix("$") not in _KINDS:
        raise ModelFileError(f"The model holds a value of the kind {name.removeprefix('$')!r}, which isn't known.")
    value = _KINDS[name.removeprefix("$")].together(**unpack(content, tensors))
    if not getattr(value, "fits", lambda: True)():
        raise ModelFileError(f"The parts of a {name.removeprefix('$')} don't fit together.")
    return value


def is_plain(value: Any) -> bool:
    """Whether a parameter can be stored: numbers, strings, paths, and lists, tuples and mappings of these."""
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, (Mapping, pd.Series)):
        return all(is_plain(key) and is_plain(entry) for key, entry in value.items())
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufU"
    return value is None or isinstance(value, (bool, int, float, str, np.generic, PathLike))


def plain(value: Any) -> Any:
    """The same with arrays as tuples, numpy's numbers as those of Python, paths as strings, series as dicts."""
    if isinstance(value, np.ndarray):
        return plain(tuple(value.tolist()))
    if isinstance(value, (list, tuple)):
        return type(value)(plain(entry) for entry in value)
    if isinstance(value, (Mapping, pd.Series)):
        return {plain(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, PathLike):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value


def _pack_array(array: NDArray[Any], key: str, tensors: Tensors) -> Any:
    """Numbers as a tensor, labels as they are."""
    if array.dtype.kind in "biuf" and not key.endswith("labels"):
        tensors[key] = array
        return {"$array": key}
    values = array.tolist()
    if array.dtype.kind == "O" and not all(isinstance(value, str) for value in values):
        raise InvalidInputError(f"Labels of types {sorted({type(v).__name__ for v in values})} cannot be saved.")
    return {"$labels": {"dtype": "object" if array.dtype.kind == "O" else array.dtype.str, "values": values}}


def _labels(packed: dict[str, Any]) -> NDArray[Any]:
    kind = np.dtype(packed["dtype"])
    if kind.kind not in "OUbiuf":
        raise ModelFileError(f"Labels of type {packed['dtype']!r} are not known to the format.")
    return np.array(packed["values"], dtype=kind)
