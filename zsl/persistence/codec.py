"""The closed list of values that may stand in a saved model, as JSON and tensors, and back.

Plain values, arrays, labels, texts, tables of numbers and weights of modules are known here. Classes of the package are
added by their owners with `register`, field by field; a file can name these only, and reading it runs no other code.
Labels and texts are stored as tensors: how much memory they take follows from the length of the file.
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
from zsl.persistence import texts
from zsl.persistence.kinds import is_of, kinds_of

T = TypeVar("T")
Tensors = dict[str, NDArray[Any]]
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True)
class _Kind:
    """How values of a registered class are taken apart and put together, and of which types the parts are."""

    cls: type
    apart: Callable[[Any], dict[str, Any]]
    together: Callable[..., Any]
    parts: Mapping[str, Any]


_KINDS: dict[str, _Kind] = {}


def register(
    cls: type[T],
    apart: Callable[[T], dict[str, Any]] | None = None,
    together: Callable[..., T] | None = None,
    **parts: Any,
) -> type[T]:
    """Let values of a class stand in saved models.

    Parameters
    ----------
    cls : type
        A class of the package, stored under its name; a dataclass is stored by its fields. Its annotations are the
        types that parts have to be of.
    apart : callable or None, default=None
        From a value to a dict of parts that can be stored. None for the fields.
    together : callable or None, default=None
        From these parts, by keyword, to the value. None for the class itself. If values have a method `fits`, it says
        whether their parts go together.
    **parts : type
        Types of parts that aren't those of the annotations.

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

    _KINDS[cls.__name__] = _Kind(cls, apart, together or cls, parts)
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
    if texts.are_sentences(value):
        tensors |= {f"{key}/{name}": part for name, part in texts.of_sentences(value).items()}
        return {"$sentences": key}
    if isinstance(value, tuple):
        return {"$tuple": pack(list(value), key, tensors)}
    if isinstance(value, np.ndarray):
        return _pack_array(value, key, tensors)
    if hasattr(value, "state_dict"):  # a module of PyTorch, which the class table doesn't wait for
        tensors |= {f"{key}/{name}": _weight(name, part) for name, part in value.state_dict().items()}
        return {"$weights": key}
    if isinstance(value, pd.Series):
        return {"$series": [list(map(str, value.index)), pack(value.tolist(), key, tensors)]}
    if isinstance(value, pd.DataFrame):
        return {"$frame": [list(map(str, value.index)), {n: pack(value[n].tolist(), key, tensors) for n in value}]}
    if isinstance(value, Mapping):
        if all(isinstance(name, str) and not name.startswith("$") for name in value):
            return {name: pack(entry, f"{key}.{name}", tensors) for name, entry in value.items()}
        return {"$items": [pack(list(pair), f"{key}.{place}", tensors) for place, pair in enumerate(value.items())]}
    kind = _KINDS.get(type(value).__name__)
    if kind is not None and type(value) is kind.cls:
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
    if name in ("$text", "$objects"):
        labels = texts.strings(tensors[content])
        return labels.astype(object) if name == "$objects" else labels
    if name == "$sentences":
        return texts.sentences(**{part: tensors[f"{content}/{part}"] for part in texts.PARTS})
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
    value = _together(_KINDS[name.removeprefix("$")], unpack(content, tensors))
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


def _together(kind: _Kind, parts: dict[str, Any]) -> Any:
    """Put a value together from parts of the right types."""
    known = kinds_of(kind.cls)
    for name, part in parts.items():
        wanted, nan = known.get(name, (Any, False))
        if not is_of(part, kind.parts.get(name, wanted), nan=nan):
            raise ModelFileError(
                f"The parts of a {kind.cls.__name__} don't fit together ({name} is {str(part)[:80]}, "
                f"a {type(part).__name__})."
            )
    return kind.together(**parts)


def _pack_array(array: NDArray[Any], key: str, tensors: Tensors) -> Any:
    """Numbers as they are, strings as their characters."""
    if array.dtype.kind in "biuf":
        tensors[key] = array
        return {"$array": key}
    if array.dtype.kind == "O":
        kinds = sorted({type(value).__name__ for value in array.tolist()} - {"str"})
        if kinds:
            raise InvalidInputError(f"{key} holds labels of the type {' and '.join(kinds)}, which cannot be saved.")
    elif array.dtype.kind != "U":
        raise InvalidInputError(f"{key} holds {array.dtype}, which cannot be saved.")
    tensors[key] = texts.characters(array.astype(np.str_))
    return {"$objects" if array.dtype.kind == "O" else "$text": key}


def _weight(name: str, part: Any) -> NDArray[Any]:
    try:
        found: NDArray[Any] = part.cpu().numpy()
    except TypeError as error:
        raise InvalidInputError(f"The weights {name!r} are {part.dtype}, which cannot be saved.") from error
    return found
