"""What a stream of features is made of, so that it is gone on with only by the same inputs and the same encoder."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zsl.encoders.images._inputs import is_image
from zsl.exceptions import InvalidInputError

PLAN = "encoding.json"
_VERSION = 1


def plan_of(encoder: Any, items: Sequence[Any], y: Any, shard_size: int) -> dict[str, Any]:
    """Everything that must be the same for going on."""
    model = encoder.model
    return {
        "format": "zsl-encoding",
        "version": _VERSION,
        "model": os.fspath(model) if isinstance(model, (str, os.PathLike)) else type(model).__qualname__,
        "image_size": None if encoder.image_size is None else int(encoder.image_size),
        "pooling": encoder.pooling,
        "on_error": encoder.on_error,
        "rows": len(items),
        "shard_size": int(shard_size),
        "inputs": digest(items),
        "labels": None if y is None else hashlib.sha256(repr(np.asarray(y).tolist()).encode()).hexdigest(),
    }


def agree(folder: Path, plan: dict[str, Any]) -> bool:
    """Whether the folder was begun with this plan; False if it is new. A different plan is an error."""
    path = folder / PLAN
    if not path.exists():
        return False
    try:
        begun = json.loads(path.read_text(encoding="utf-8"))
        different = [name for name in plan if begun.get(name) != plan[name]]
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidInputError(f"{path} can't be read as JSON: {error}.") from error
    if different:
        told = "; ".join(f"{name} {begun.get(name)!r} there, {plan[name]!r} here" for name in different)
        raise InvalidInputError(
            f"{folder} was begun with something else ({told}); wanted the same inputs and encoder, or a new folder."
        )
    return True


def begin(folder: Path, plan: dict[str, Any]) -> None:
    """Write the plan in one step."""
    part = folder / f"{PLAN}.part"
    part.write_text(json.dumps(plan, indent=1), encoding="utf-8")
    os.replace(part, folder / PLAN)


def digest(items: Sequence[Any]) -> str:
    """SHA-256 of the inputs: paths with the size and time of their files, pixels of everything else."""
    found = hashlib.sha256()
    for item in items:
        if isinstance(item, (str, os.PathLike)):
            path = Path(item)
            stat = path.stat() if path.exists() else None
            found.update(f"{path}\0{(stat.st_size, stat.st_mtime_ns) if stat else None}\n".encode("utf-8", "replace"))
            continue
        if is_image(item):
            item.load()
            found.update(f"{item.mode}\0{item.size}\0{item.getpalette()}\n".encode())
            found.update(item.tobytes())
            continue
        array = np.ascontiguousarray(item.detach().cpu().numpy() if hasattr(item, "detach") else item)
        found.update(f"{array.dtype.str}\0{array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()
