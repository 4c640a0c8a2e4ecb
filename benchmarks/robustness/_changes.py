"""Ways to change a saved model, with its digest rewritten or not."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from zsl.persistence.folder import digest, tensors_name
from zsl.persistence.header import laid_out
from zsl.persistence.tensors import checked_shapes, listed, read, stored, written

HUGE = (0, -1, 1, 2, 10**9, 10**12, 2**63, 1e308, 5e-324, 0.5, -0.5, True)
OTHER = (
    "",
    "x",
    "0" * 2000,
    None,
    [],
    {},
    [1],
    {"$float": "nan"},
    {"$float": "inf"},
    {"$tuple": [1, 2]},
    {"$array": "?"},
)


def content(model: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and tensors of a model folder, unchecked."""
    header = json.loads((model / "model.json").read_text())
    with open(model / tensors_name(header["digest"]), "rb") as file:
        return header, read(file, checked_shapes(header["tensors"]))


def put(target: Path, header: dict[str, Any], tensors: dict[str, Any], *, sign: bool) -> Path:
    """Write a model folder with this content, signed anew or with the digest that it had."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    arrays = {name: stored(name, tensor) for name, tensor in tensors.items()}
    if sign:
        header = header | {"tensors": listed(arrays)}
        header["digest"] = digest(header, arrays)
    (target / "model.json").write_bytes(laid_out(header))
    (target / tensors_name(str(header["digest"]))).write_bytes(b"".join(written(arrays)))
    return target


def leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a header, collections included."""
    if way:
        yield way
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        if way or key not in ("tensors", "digest", "format"):
            yield from leaves(entry, (*way, key))


def with_leaf(header: dict[str, Any], way: tuple[Any, ...], rng: np.random.Generator) -> dict[str, Any]:
    """A header with one value changed, left out or doubled."""
    changed = copy.deepcopy(header)
    place: Any = changed
    for key in way[:-1]:
        place = place[key]
    kind = int(rng.integers(10))
    if kind == 0:
        del place[way[-1]]
    elif kind == 1 and isinstance(place, list):
        place.append(copy.deepcopy(place[way[-1]]))
    elif kind == 1:
        place["more"] = place[way[-1]]
    elif kind == 2 and isinstance(place, list) and len(place) > 1:
        other = int(rng.integers(len(place)))
        place[way[-1]], place[other] = place[other], place[way[-1]]
    elif kind < 7:
        place[way[-1]] = HUGE[int(rng.integers(len(HUGE)))]
    else:
        place[way[-1]] = copy.deepcopy(OTHER[int(rng.integers(len(OTHER)))])
    return changed


def with_tensor(tensors: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Tensors of which one was changed, left out, renamed or added."""
    changed = dict(tensors)
    name = sorted(tensors)[int(rng.integers(len(tensors)))]
    tensor = tensors[name]
    kind = int(rng.integers(9))
    if kind == 0:
        del changed[name]
    elif kind == 1:
        changed[f"{name}x"] = changed.pop(name)
    elif kind == 2:
        changed["more"] = tensor
    elif kind == 3:
        changed[name] = tensor.astype([np.float32, np.float64, np.int64, np.bool_, np.uint8][int(rng.integers(5))])
    elif kind == 4:
        changed[name] = tensor[:-1] if tensor.ndim and len(tensor) else tensor[None]
    elif kind == 5:
        changed[name] = np.zeros((*tensor.shape[:-1], 0), dtype=tensor.dtype) if tensor.ndim else tensor.reshape(1)
    elif kind == 6:
        changed[name] = tensor[..., None] if rng.integers(2) else tensor.T[None]
    elif kind == 7 and tensor.ndim:
        changed[name] = np.zeros((0, *(999_999_999,) * (tensor.ndim - 1)), dtype=tensor.dtype)
    elif tensor.size:
        flat = tensor.reshape(-1).copy()
        extreme = [1e308, -1e308, 0.0, -1.0] if tensor.dtype.kind == "f" else [0, 1, 2**31 - 1, 127]
        with np.errstate(all="ignore"):
            flat[int(rng.integers(flat.size))] = np.array(extreme[int(rng.integers(4))]).astype(tensor.dtype)
        changed[name] = flat.reshape(tensor.shape)
    return changed
