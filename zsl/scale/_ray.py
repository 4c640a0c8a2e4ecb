"""Ray: a pool of actors that do blocks, and joblib's work on a cluster."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from zsl._arguments import is_whole, shown
from zsl._extras import needed
from zsl.exceptions import InvalidInputError
from zsl.scale.jobs.task import Task

_MOST_PIECES = 4096
"""Pieces that blocks are handed out in, several blocks to a piece when there are more."""

_TRIES = 3
"""How often a block is tried again whose worker died."""


def run(
    task: Task, waiting: Sequence[int], workers: int | None, num_gpus: float
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Do blocks in actors, each of which holds the task; numbers and records as they are finished.

    Only numbers and records go through Ray: actors read and write files themselves. Actors that die are replaced, and
    what they had in hand is done again.
    """
    if not waiting:
        return
    data = needed("ray.data", "ray", "engine='ray'")
    with started(workers, task.threads, num_gpus) as count, _quiet(data):
        parts = {field.name: getattr(task, field.name) for field in fields(task)}
        numbers = data.from_items([{"block": number} for number in waiting], override_num_blocks=_pieces(waiting))
        done = numbers.map_batches(
            Task,
            fn_constructor_kwargs=parts,
            batch_size=1,
            batch_format="numpy",
            compute=data.ActorPoolStrategy(min_size=1, max_size=min(count, len(waiting))),
            num_cpus=task.threads,
            num_gpus=num_gpus or None,
            max_restarts=-1,
            max_task_retries=_TRIES,
        )
        yield from _records(done, task)


def _records(done: Any, task: Task) -> Iterator[tuple[int, dict[str, Any]]]:
    """What workers report, each block once."""
    exceptions = needed("ray.exceptions", "ray", "engine='ray'")
    known = set()
    try:
        for row in done.iter_rows():
            number, record = int(row["block"]), json.loads(str(row["record"]))
            if "error" in record:
                raise InvalidInputError(record["error"])
            if number not in known:
                known.add(number)
                yield number, record
    except exceptions.RayError as error:
        if isinstance(error, exceptions.RayTaskError):  # a mistake of ours or of the encoder: with its traceback
            raise
        raise InvalidInputError(
            f"Workers ended {_TRIES + 1} times at the same block of {task.source.name} ({type(error).__name__}); "
            "what is finished is kept, and the same call continues. Wanted more memory per worker, or fewer block_rows."
        ) from error


def _pieces(waiting: Sequence[int]) -> int:
    return min(len(waiting), _MOST_PIECES)


@contextmanager
def started(workers: int | None, threads: int = 1, num_gpus: float = 0) -> Iterator[int]:
    """Ray, running: that of the caller, the one named in RAY_ADDRESS, or one of this machine meanwhile; workers it has.

    A Ray of this machine has as many processors as the workers use, no dashboard, and sends no statistics.
    """
    ray = needed("ray", "ray", "engine='ray'")
    own = not ray.is_initialized()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray, on what it will change
        if own and os.environ.get("RAY_ADDRESS"):
            ray.init(log_to_driver=False, logging_level="ERROR")
        elif own:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            count = workers or max(1, (os.cpu_count() or 1) // threads)
            ray.init(
                "local", num_cpus=count * threads, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
            )
        try:
            resources = ray.cluster_resources()
            fits = int(resources.get("CPU", 0)) // threads
            if num_gpus:
                fits = min(fits, int(resources.get("GPU", 0) / num_gpus))
            if not fits:
                raise InvalidInputError(
                    f"The cluster has {resources.get('CPU', 0):g} processors and {resources.get('GPU', 0):g} GPUs; "
                    f"wanted {threads} and {num_gpus:g} for each worker."
                )
            yield min(workers or fits, fits)
        finally:
            if own:
                ray.shutdown()


@contextmanager
def on_ray(workers: int | None = None) -> Iterator[int]:
    """Let joblib work on Ray: everything that has `n_jobs`, such as `GridSearchCV` and `run_benchmark`.

    Ray is the one that runs already, or that of the environment variable ``RAY_ADDRESS``, or one of this machine, which
    ends with the block. Inside, ``n_jobs=-1`` means all workers.

    Parameters
    ----------
    workers : int or None, default=None
        How many processes work at a time; None for one per processor of the cluster.

    Yields
    ------
    int
        The number of workers.

    Raises
    ------
    InvalidInputError
        If `workers` isn't a whole number above 0, or the cluster has no processor.
    MissingExtraError
        If Ray isn't installed.

    Examples
    --------
    >>> with on_ray(workers=8):  # doctest: +SKIP
    ...     search = GridSearchCV(clf, grid, n_jobs=-1).fit(X, y)
    """
    import joblib

    if workers is not None and (not is_whole(workers) or workers < 1):
        raise InvalidInputError(f"workers={shown(workers)}; wanted a whole number above 0, or None.")
    needed("ray.util.joblib", "ray", "on_ray").register_ray()
    with started(workers) as count, joblib.parallel_config("ray", n_jobs=count):
        yield count


@contextmanager
def _quiet(data: Any) -> Iterator[None]:
    """Ray Data without bars and notes of its own; progress is shown by the job."""
    context = data.DataContext.get_current()
    names = [name for name in ("enable_progress_bars", "print_on_execution_start") if hasattr(context, name)]
    before = {name: getattr(context, name) for name in names}
    try:
        for name in names:
            setattr(context, name, False)
        yield
    finally:
        for name, value in before.items():
            setattr(context, name, value)
