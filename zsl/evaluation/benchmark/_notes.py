"""Notes below the table of a benchmark: data, failures, warnings, versions and machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zsl._escaping import one_line

_MEANING = (
    "Accuracies averaged over classes; T1: unseen samples among the unseen classes; S, U: seen and unseen samples "
    "among all classes; H: harmonic mean of S and U; AUSUC: area under the seen-unseen curve; hubness: "
    "skewness of how often each class is predicted for unseen samples."
)
COUNTS = ("n_seen_classes", "n_unseen_classes", "n_train", "n_test_seen", "n_test_unseen", "n_features")
"""What is told of a split."""
_INTERVAL = "Mean ± half the width of the 95 % interval over seeds of the method, on the same data."
_OVER_CLASSES = "† Of a method that ran once: half the width of the 95 % interval from resampling the test classes."


def notes(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """All notes, one line each."""
    seeds: dict[tuple[str, str], int] = {}
    for cell in cells:
        key = cell["method"], cell["data"]
        seeds[key] = seeds.get(key, 0) + (cell["status"] == "done")
    lines = [_MEANING]
    if max(seeds.values(), default=0) > 1:
        lines.append(_INTERVAL)
    if any(seeds[cell["method"], cell["data"]] == 1 and cell.get("classes") for cell in cells):
        lines.append(_OVER_CLASSES)
    lines += distinct(of_data(cell) for cell in cells if cell.get("split"))
    lines += failure_lines(cell for cell in cells if cell["error"])
    lines += distinct(
        f"Warned: {cell['method']} on {cell['data']}: {' '.join(warning.split())}"
        for cell in cells
        for warning in cell.get("warnings", ())
    )
    return [one_line(line) for line in lines + distinct(_of_machine(cell) for cell in cells)]


def failure_lines(cells: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which cells failed and how, one line for the seeds that failed in the same way."""
    seeds: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        error = f"{cell['error']['type']}: {' '.join(cell['error']['message'].split())}"
        own = seeds.setdefault((cell["method"], cell["data"], error), [])
        if cell["seed"] is not None:
            own.append(str(cell["seed"]))
    lines = []
    for (method, data, error), own in seeds.items():
        of_seeds = f", seed {', '.join(own)}" if own else ""
        lines.append(f"Failed: {method} on {data}{of_seeds}: {error}")
    return [one_line(line) for line in lines]


def distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in order."""
    return list(dict.fromkeys(values))


def of_data(cell: Mapping[str, Any]) -> str:
    """What a cell was measured on."""
    split, table = cell["split"], cell["semantics"]
    info = "".join(f", {key} {value}" for key, value in split["info"].items())
    attributes = "no class table" if table is None else f"{table['n_attributes']} attributes"
    return (
        f"{cell['data']}: {split['n_seen_classes']} seen and {split['n_unseen_classes']} unseen classes, "
        f"{split['n_train']} training samples, {split['n_test_seen']} and {split['n_test_unseen']} test samples, "
        f"{split['n_features']} features, {attributes}{info}."
    )


def _of_machine(cell: Mapping[str, Any]) -> str:
    where, gpu = cell["machine"], cell["machine"]["gpu"]
    packages = ", ".join(f"{name} {number}" for name, number in cell["versions"].items())
    return f"{packages}; {where['platform']}, {where['cpu_count']} CPUs, {gpu or 'no GPU'}."
