"""Closed forms at the size of AWA2: the time of a whole fit, search included, against one product of the features.

    python -m benchmarks.speed.closed_forms    # on a machine that does nothing else

Data are synthetic: 23,527 samples of 40 classes, 2048 features, 85 attributes. ``X.T @ X`` is computed first, in the
precision of the features, the fastest of three; each fit then chooses among its grid over five folds of held-out
classes. Peak memory is that of the process while it fits, features included, less what it held before they were made.
"""

import numpy as np

from benchmarks._harness import Table, alone, estimator, fastest, peak_memory, run, timed

METHODS = ("ESZSL", "RidgePrototype", "SAE", "SynC")
N, D, CLASSES, ATTRIBUTES = 23_527, 2048, 40, 85


def measure(method: str, dtype: str) -> tuple[int, float, float, float]:
    """Points of the grid, seconds of the fit and of one product, and peak memory as a multiple of the features."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((CLASSES, ATTRIBUTES))
    y = np.arange(N) % CLASSES
    estimator(method, semantics=dict(enumerate(table))).fit(rng.standard_normal((400, 16)), y[:400])
    before = peak_memory()
    X = rng.standard_normal((N, D), dtype=np.float32).astype(dtype, copy=False)
    means = (table @ rng.standard_normal((ATTRIBUTES, D))).astype(dtype) / 9
    for label in range(CLASSES):
        X[y == label] += means[label]
    product, _ = fastest({"X.T @ X": lambda: X.T @ X}, repeats=3)
    fitted, seconds = timed(lambda: estimator(method, semantics=dict(enumerate(table))).fit(X, y))
    memory = (peak_memory() - before) / (X.nbytes / 2**20)
    return len(fitted.selection_["grid"]), seconds, product["X.T @ X"], memory


def main() -> None:
    """Print one row per method and precision."""
    headings = ("points × 5 folds", "fit s", "X.T @ X s", "fit / X.T @ X", "peak memory / features")
    output = Table(*headings, method=METHODS, precision=["float64"])
    for dtype in ("float64", "float32"):
        for method in METHODS:
            points, fit, product, memory = alone(measure, method, dtype)
            output.row(method, dtype, points, f"{fit:.2f}", f"{product:.2f}", f"{fit / product:.1f}", f"{memory:.2f}")


if __name__ == "__main__":
    run(main)
