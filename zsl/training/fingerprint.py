"""What must be the same for a fit to go on from a checkpoint: data, parameters, and for the last bit versions."""

import hashlib
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Fingerprint = dict[str, str]
"""By what it is of, a short value as it reads, or a digest."""
_FREE = ("verbose", "device", "random_state")
_VERSIONS = ("zsl", "torch")
_LONGEST = 60


def fingerprint_of(estimator: Any, data: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint of an estimator's fit on some data.

    Where it runs and what it shows is free, and so is the random state, whose seed a checkpoint knows.
    """
    given = {name: value for name, value in estimator.get_params(deep=False).items() if name not in _FREE}
    found = {name: _shown(value) for name, value in [("the estimator", type(estimator).__name__), *given.items()]}
    found |= {name: _digest(_as_array(value)) for name, value in data.items() if value is not None}
    return found | {f"version of {name}": _version(name) for name in _VERSIONS}


def differences(noted: Fingerprint, now: Fingerprint) -> list[str]:
    """What differs, versions aside, with values that are short enough to show."""
    names = [name for name in {**noted, **now} if not name.startswith("version of ")]
    return [_difference(name, noted, now) for name in names if noted.get(name) != now.get(name)]


def warn_of_versions(noted: Fingerprint, now: Fingerprint) -> None:
    """Warn that versions differ, and so the last bit may."""
    others = [name for name in _VERSIONS if noted.get(f"version of {name}") != now[f"version of {name}"]]
    if others:
        warnings.warn(
            f"The checkpoint was written with other versions of {' and '.join(others)}; training goes on, but its "
            "weights may differ in the last bits from those of a fit that was never interrupted.",
            UserWarning,
            stacklevel=2,
        )


def _difference(name: str, noted: Fingerprint, now: Fingerprint) -> str:
    before, after = noted.get(name, "none"), now.get(name, "none")
    if before.startswith("sha256 ") or after.startswith("sha256 "):
        return f"{name} is another"
    return f"{name} is {after}, and was {before}"


def _version(name: str) -> str:
    return str(import_module(name).__version__)


def _as_array(value: Any) -> Any:
    """Lists of numbers as an array, which is digested faster."""
    if isinstance(value, list):
        try:
            return np.asarray(value)
        except ValueError:  # rows of several lengths
            return value
    return value


def _shown(value: Any) -> str:
    """A plain value as it reads if that is short, and a digest of everything else."""
    if isinstance(value, (bool, int, float, str, tuple, list, type(None))) and len(repr(value)) <= _LONGEST:
        return repr(value)
    return _digest(value)


def _digest(value: Any) -> str:
    found = hashlib.sha256()
    _add(value, found)
    return f"sha256 {found.hexdigest()}"


def _add(value: Any, to: Any, depth: int = 0) -> None:
    """Add whatever an argument may be: plain values, arrays, tables, collections, modules, objects with parameters."""
    to.update(f"<{type(value).__name__}>".encode())
    if isinstance(value, Tensor):
        value = value.detach().cpu().float().numpy() if value.dtype == torch.bfloat16 else value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        _add_array(value, to, depth)
    elif isinstance(value, nn.Module):
        to.update(repr(value).encode())
        _add({**dict(value.named_parameters()), **dict(value.named_buffers())}, to, depth + 1)
    elif isinstance(value, Mapping):
        for key, own in value.items():
            _add(key, to, depth + 1)
            _add(own, to, depth + 1)
    elif isinstance(value, (list, tuple)):
        for own in value:
            _add(own, to, depth + 1)
    elif hasattr(value, "__array__"):  # frames, series and the like
        for axis in ("index", "columns"):
            if hasattr(getattr(value, axis, None), "__array__"):
                _add_array(np.asarray(getattr(value, axis)), to, depth)
        _add_array(np.asarray(value), to, depth)
    elif depth < 8 and not isinstance(value, type) and (parts := _parts(value)):
        _add(parts, to, depth + 1)
    elif isinstance(value, (bool, int, float, complex, str, bytes, type(None))):
        to.update(repr(value).encode())


def _add_array(array: np.ndarray[Any, Any], to: Any, depth: int) -> None:
    to.update(f"{array.dtype.str}{array.shape}".encode())
    if array.dtype.hasobject:
        for own in array.ravel().tolist():
            _add(own, to, depth + 1)
    else:
        rows = np.atleast_1d(array)
        block = max(1, 2**22 // max(1, rows[:1].size))
        for start in range(0, len(rows), block):
            to.update(rows[start : start + block].tobytes())


def _parts(value: Any) -> dict[str, Any]:
    """What an object is made from: its parameters, or what it holds under public names."""
    if hasattr(value, "get_params"):
        found: dict[str, Any] = value.get_params(deep=False)
        return found
    fields = getattr(type(value), "__dataclass_fields__", {})
    names = [*fields, *(name for name in getattr(value, "__dict__", {}) if not name.startswith("_"))]
    return {name: getattr(value, name) for name in names if hasattr(value, name)}
