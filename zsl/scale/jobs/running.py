"""A job from its plan to its list of files, on whatever engine; what was done stays done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from zsl._arguments import LARGEST, is_number, is_whole, shown
from zsl._files.json import read_json
from zsl._files.writing import put
from zsl._progress import progress
from zsl.exceptions import InvalidInputError
from zsl.scale import _ray
from zsl.scale.jobs.layouts import RECORDS, Layout
from zsl.scale.jobs.task import Task
from zsl.scale.sources.source import Batch, Source

Engine = Literal["local", "ray"]
MODEL = "_model"
"""Where a job keeps an estimator that was given as an object."""
PLAN = "_plan.json"


@dataclass(frozen=True)
class Settings:
    """How a job is run; `block_rows` is part of what it leaves, the others aren't."""

    engine: Engine
    workers: int | None
    block_rows: int
    threads: int
    num_gpus: float

    def __post_init__(self) -> None:
        if self.engine not in ("local", "ray"):
            raise InvalidInputError(f"engine={shown(self.engine)}; wanted 'local' or 'ray'.")
        for name in ("workers", "block_rows", "threads"):
            value = getattr(self, name)
            if not (is_whole(value) and 0 < value <= LARGEST) and not (name == "workers" and value is None):
                raise InvalidInputError(f"{name}={shown(value)}; wanted a whole number above 0.")
        if not is_number(self.num_gpus) or self.num_gpus < 0:
            raise InvalidInputError(f"num_gpus={shown(self.num_gpus)}; wanted a number of 0 or more.")
        if self.engine == "local" and (self.workers not in (None, 1) or self.num_gpus):
            given = "num_gpus" if self.num_gpus else "workers"
            raise InvalidInputError(f"{given} goes with engine='ray'; the local one is a single loop in this process.")


def run(
    folder: Path,
    source: Source,
    work: Callable[[Batch], Batch],
    layout: Layout,
    about: dict[str, Any],
    *,
    settings: Settings,
    verbose: bool,
) -> list[dict[str, Any]]:
    """Do every block that isn't done, and return the records of all, in the order of their rows.

    `about` is what else must be the same to continue: the model and the options.
    """
    cuts = source.cuts(int(settings.block_rows))
    plan = {
        "format": "zsl-blocks",
        "version": 1,
        "zsl": import_module("zsl").__version__,  # by name: the package itself stands above every floor
        "inputs": source.digest(),
        "rows": int(cuts[-1]),
        "block_rows": int(settings.block_rows),
        "blocks": len(cuts) - 1,
        "layout": layout.name,
        **about,
    }
    _begin(folder, plan)
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
    task = Task(folder.absolute(), digest, source, cuts, int(settings.block_rows), work, layout, int(settings.threads))
    records = {number: record for number in range(len(cuts) - 1) if (record := task.recorded(number)) is not None}
    waiting = [number for number in range(len(cuts) - 1) if number not in records]
    with progress("blocks", len(cuts) - 1, initial=len(records), shown=verbose) as bar:
        done = _on(settings, task, waiting)
        for number, record in done:
            records[number] = record
            bar.update()
    return [records[number] for number in range(len(cuts) - 1)]


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but a job, begun or not."""
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"output {folder} is a file; wanted a folder.")
    if not (folder / PLAN).exists() and folder.exists() and any(each.name != MODEL for each in folder.iterdir()):
        raise InvalidInputError(f"output {folder} holds files of something else; wanted a new or empty folder.")


def _on(settings: Settings, task: Task, waiting: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    if settings.engine == "local":
        return _here(task, waiting)
    return _ray.run(task, waiting, settings.workers, float(settings.num_gpus))


def _here(task: Task, waiting: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """One block after the other, in this process: what every other engine has to equal."""
    for number in waiting:
        yield number, task.do(number)


def _begin(folder: Path, plan: dict[str, Any]) -> None:
    """Note the plan, or compare it with that of a job that was begun here."""
    check_folder(folder)
    path = folder / PLAN
    if not path.exists():
        (folder / RECORDS).mkdir(parents=True, exist_ok=True)
        put(path, [json.dumps(plan, indent=1).encode()])
        return
    begun = read_json(path)
    if not isinstance(begun, dict):
        raise InvalidInputError(f"{path} holds a {type(begun).__name__}; wanted the plan of a job.")
    if different := [name for name in plan if begun.get(name) != plan[name]]:
        differences = "; ".join(f"{name} {begun.get(name)!r} there, {plan[name]!r} here" for name in different)
        raise InvalidInputError(
            f"output {folder} was begun with something else ({differences}); wanted the same again, or a new folder."
        )
    (folder / RECORDS).mkdir(exist_ok=True)
