"""Closed forms at the size of AWA2: the time of a whole fit, search included, against one product of the features.

    python -m benchmarks.speed.closed_forms    # on a machine that does nothing else

Data are synthetic: 23,527 samples of 40 classes, 2048 features, 85 attributes. Each fit chooses among its grid over
five folds of held-out classes. ``X.T @ X`` is computed in either precision in the same process, the fastest of five,
in that of the features three times before the fit and twice after it; in double precision it takes twice as long. Time
of the processor is that of all cores, and tells more than seconds where something else runs. Peak memory
is that of the process while it fits, features included, less what it held before they were made.
"""

from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np

from benchmarks._harness import Table, alone, estimator, peak_memory, run, timed
from zsl._typing import FloatArray

METHODS = ("ESZSL", "RidgePrototype", "SAE", "SynC")
Seconds = tuple[float, float]
"""On the clock, and of the processor."""
N, D, CLASSES, ATTRIBUTES = 23_527, 2048, 40, 85


def measure(method: str, dtype: str) -> tuple[int, Seconds, dict[str, Seconds], float]:
    """Points of the grid, time of the fit and of one product in each precision, peak memory per byte of features."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((CLASSES, ATTRIBUTES))
    y = np.arange(N) % CLASSES
    estimator(method, semantics=dict(enumerate(table))).fit(rng.standard_normal((400, 16)), y[:400])
    before = peak_memory()
    X = rng.standard_normal((N, D), dtype=np.float32).astype(dtype, copy=False)
    means = (table @ rng.standard_normal((ATTRIBUTES, D))).astype(dtype) / 9
    for label in range(CLASSES):
        X[y == label] += means[label]
    products = {dtype: multiplied(X, 3)}
    fitted, fit = spent(lambda: estimator(method, semantics=dict(enumerate(table))).fit(X, y))
    memory = (peak_memory() - before) / (X.nbytes / 2**20)
    products[dtype] = least(products[dtype], multiplied(X, 2))
    other = "float32" if dtype == "float64" else "float64"
    products[other] = multiplied(X.astype(other), 5)
    return len(fitted.selection_["grid"]), fit, products, memory


def spent(call: Callable[[], Any]) -> tuple[Any, Seconds]:
    """What a call gives, and its seconds on the clock and of the processor."""
    start = process_time()
    found, wall = timed(call)
    return found, (wall, process_time() - start)


def multiplied(X: FloatArray, times: int) -> Seconds:
    """Least time of one product."""
    return least(*(spent(lambda: X.T @ X)[1] for _ in range(times)))


def least(*seconds: Seconds) -> Seconds:
    """The least of each clock."""
    walls, processor = zip(*seconds, strict=True)
    return min(walls), min(processor)


def main() -> None:
    """Print one row per method and precision."""
    headings = ("points × 5 folds", "fit s", "X.T @ X s", "/ float32", "/ float64")
    more = ("processor / float32", "processor / float64", "peak memory / features")
    output = Table(*headings, *more, method=METHODS, precision=["float64"])
    for dtype in ("float64", "float32"):
        for method in METHODS:
            points, fit, products, memory = alone(measure, method, dtype)
            ratios = [
                f"{fit[clock] / products[kind][clock]:.1f}" for clock in (0, 1) for kind in ("float32", "float64")
            ]
            output.row(method, dtype, points, f"{fit[0]:.2f}", f"{products[dtype][0]:.2f}", *ratios, f"{memory:.2f}")


if __name__ == "__main__":
    run(main)
