"""Models that are small on the disk, and would be large in memory or endless in time."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.robustness._changes import content, leaves, put

_SIZES = ("n_generated", "limit", "seed", "n_features", "n_attributes", "n_landmarks", "n_hidden")
MANY = 10**9
FOREVER = 10**12
_COUNTS = ("inner_steps", "inner_test_steps", "n_iterations", "n_slots", "n_generated", "n_maps", "top", "n_way")
_WIDTHS = ("hidden", "n_latent", "n_hidden", "slot_width", "n_reads", "lstm_width", "relation_hidden")


def bombs(model: Path) -> dict[str, Callable[[Path], Path]]:
    """Each bomb by name: from the folder to write, to that folder."""
    header, tensors = content(model)
    found: dict[str, Callable[[Path], Path]] = {}

    def changed(name: str, way: tuple[Any, ...], value: Any) -> None:
        def write(target: Path) -> Path:
            other = json.loads(json.dumps(header))
            place = other
            for key in way[:-1]:
                place = place[key]
            place[way[-1]] = value
            return put(target, other, tensors, sign=True)

        found[name] = write

    for value in (0, MANY, FOREVER, 2**63 - 1):
        changed(f"n_features_in_ = {value}", ("state", "n_features_in_"), value)
        for way in leaves(header["state"]):
            if (isinstance(way[-1], int) and "_sizes" in way) or way[-1] in _SIZES:
                changed(f"{way} = {value}", ("state", *way), value)
    for name in header["parameters"]:
        if name in _COUNTS or name in _WIDTHS:
            changed(f"{name} = {FOREVER}", ("parameters", name), FOREVER)
            changed(f"{name} = {MANY}", ("parameters", name), MANY)
        if name == "hidden":
            changed("hidden of a million layers", ("parameters", name), {"$tuple": [1] * 10**6})
    changed("a million empty lists", ("parameters", next(iter(header["parameters"]))), [[]] * 10**6)
    if "_image_shape" in header["state"]:
        changed("huge images", ("state", "_image_shape"), {"$tuple": [1, MANY, MANY]})

    def raw(name: str, make: Callable[[Path], None]) -> None:
        def write(target: Path) -> Path:
            put(target, header, tensors, sign=False)
            make(target)
            return target

        found[name] = write

    def sparse(path: Path) -> None:
        with open(path, "r+b") as file:
            file.truncate(3 * 10**9)

    def instead(path: Path, make: Callable[[Path], Any]) -> None:
        path.unlink()
        make(path)

    def file(target: Path) -> Path:
        (path,) = target.glob("tensors-*")
        return path

    text = (model / "model.json").read_text()
    raw("3 GB of JSON", lambda m: sparse(m / "model.json"))
    raw("3 GB of tensors", lambda m: sparse(file(m)))
    raw("a pipe as JSON", lambda m: instead(m / "model.json", os.mkfifo))
    raw("a pipe as tensors", lambda m: instead(file(m), os.mkfifo))
    raw("a device as JSON", lambda m: instead(m / "model.json", lambda path: path.symlink_to("/dev/zero")))
    raw("a device as tensors", lambda m: instead(file(m), lambda path: path.symlink_to("/dev/zero")))
    raw("a folder as tensors", lambda m: instead(file(m), Path.mkdir))
    raw("deep JSON", lambda m: (m / "model.json").write_text("[" * 10**6) and None)
    raw("many keys", lambda m: (m / "model.json").write_text("{" + '"a":1,' * 600_000 + '"a":1}') and None)
    raw(
        "1e400",
        lambda m: (m / "model.json").write_text(text.replace("true", "1e400").replace("null", "1e400")) and None,
    )
    raw("4000 digits", lambda m: (m / "model.json").write_text(text.replace("null", "9" * 4000)) and None)
    header_length = (2**62).to_bytes(8, "little")
    raw("a header of 4 EB", lambda m: file(m).write_bytes(header_length + file(m).read_bytes()[8:]) and None)
    return found
