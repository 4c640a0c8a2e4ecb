"""Time and memory of calls; what is compared is taken in turn."""

import multiprocessing
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import ceil
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple


class Spread(NamedTuple):
    """Median, least and greatest of some figures, printed as ``12.3 (11.8–13.1)``."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Take them from the figures."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{three(self.median)} ({three(self.low)}–{three(self.high)})"


def three(value: float) -> str:
    """Three digits, without an exponent."""
    digits = next((digits for digits, limit in enumerate((100, 10, 1)) if abs(value) >= limit), 3)
    return f"{value:.{digits}f}"


def amount(value: float, unit: str) -> str:
    """A number of bytes, operations or seconds with the prefix that leaves one to three digits before the point."""
    for power, prefix in ((4, "T"), (3, "G"), (2, "M"), (1, "k"), (0, ""), (-1, "m")):
        if value >= 0.9995 * 1000**power and not (unit == "s" and power > 0):
            return f"{three(value / 1000**power)} {prefix}{unit}"
    return f"{three(1e6 * value)} µ{unit}" if unit == "s" else f"{three(value)} {unit}"


@dataclass
class Turns:
    """Seconds of calls that were taken in turn, one figure per call and repeat, and what each call gave last."""

    seconds: dict[str, list[float]]
    found: dict[str, Any]

    def median(self, name: str) -> float:
        """Median seconds of a call."""
        return median(self.seconds[name])

    def least(self, name: str) -> float:
        """Least seconds of a call."""
        return min(self.seconds[name])

    def times(self, name: str, base: str) -> Spread:
        """How many times as long a call takes as another one, of the same repeat each."""
        return Spread.of([one / other for one, other in zip(self.seconds[name], self.seconds[base], strict=True)])


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call gives, and its seconds."""
    start = perf_counter()
    found = call()
    return found, perf_counter() - start


def turns(
    calls: Mapping[str, Callable[[], Any]],
    repeats: int,
    *,
    warm_up: bool = True,
    at_least: float = 0.0,
    scale: Mapping[str, float] | None = None,
) -> Turns:
    """Take calls in turn, so that what slows the machine slows all of them.

    With a warm-up each call is taken once before; what takes less than some seconds is then taken several times per
    turn. A call of which only a part is done, such as for some of the samples, has its seconds scaled.
    """
    found, number = {}, dict.fromkeys(calls, 1)
    for name, call in calls.items() if warm_up else ():
        _, spent = timed(call)
        if spent < at_least:
            _, spent = timed(call)  # the first call loads what is loaded on first use
            number[name] = ceil(at_least / max(spent, 1e-6))
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            start = perf_counter()
            for _ in range(number[name]):
                found[name] = call()
            seconds[name].append((perf_counter() - start) / number[name] * (scale or {}).get(name, 1.0))
    return Turns(seconds, found)


def fastest(calls: Mapping[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Least seconds of each call, taken in turn without a warm-up, and what each gave last."""
    taken = turns(calls, repeats, warm_up=False)
    return {name: taken.least(name) for name in calls}, taken.found


def peak_memory() -> float:
    """Most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call in a process of its own, so that its peak memory and its settings are its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()
