"""Time and memory of calls."""

import multiprocessing
import resource
from collections.abc import Callable
from time import perf_counter
from typing import Any


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call gives, and its seconds."""
    start = perf_counter()
    found = call()
    return found, perf_counter() - start


def fastest(calls: dict[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Least seconds of each call, taken in turn so that their ratios are those of one run, and what each gave last."""
    seconds, found = dict.fromkeys(calls, float("inf")), {}
    for _ in range(repeats):
        for name, call in calls.items():
            found[name], spent = timed(call)
            seconds[name] = min(seconds[name], spent)
    return seconds, found


def peak_memory() -> float:
    """Most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call in a process of its own, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.apply(call, arguments)
