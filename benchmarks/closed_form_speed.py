"""Closed forms at the size of AWA2: the time of a whole fit, search included, against one product of the features.

Run from the repository root, on a machine that does nothing else::

    python benchmarks/closed_form_speed.py

Data are made up: 23,527 images of 40 classes, 2048 features, 85 attributes. ``X.T @ X`` is taken first, in the
precision of the features, the fastest of three; each fit then chooses among its grid over five folds of held-out
classes. Peak memory is that of the process while it fits, features included, less what it held before they were made.
"""

import argparse
import json
import resource
import subprocess
import sys
from time import perf_counter

import numpy as np

METHODS = ("ESZSLClassifier", "RidgePrototypeClassifier", "SAEClassifier", "SynCClassifier")
N, D, CLASSES, ATTRIBUTES = 23_527, 2048, 40, 85


def peak() -> int:
    """Largest memory so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(name: str, dtype: str) -> dict[str, float]:
    """Time and peak memory of one fit, in a process of its own."""
    import zsl.estimators

    estimator_class = getattr(zsl.estimators, name)
    rng = np.random.default_rng(0)
    table = rng.standard_normal((CLASSES, ATTRIBUTES))
    y = np.arange(N) % CLASSES
    warm = estimator_class(semantics={label: table[label] for label in range(CLASSES)})
    warm.fit(rng.standard_normal((400, 16)), y[:400])
    before = peak()
    X = rng.standard_normal((N, D), dtype=np.float32).astype(dtype, copy=False)
    means = (table @ rng.standard_normal((ATTRIBUTES, D))).astype(dtype) / 9
    for label in range(CLASSES):
        X[y == label] += means[label]
    made = peak()
    product = []
    for _ in range(3):
        start = perf_counter()
        X.T @ X
        product.append(perf_counter() - start)
    start = perf_counter()
    estimator = estimator_class(semantics=dict(enumerate(table))).fit(X, y)
    seconds = perf_counter() - start
    return {
        "product": min(product),
        "fit": seconds,
        "points": len(estimator.selection_["grid"]),
        "features": X.nbytes,
        "made": made - before,
        "peak": peak() - before,
    }


def main() -> None:
    """Print one line a method and precision."""
    parser = argparse.ArgumentParser(description="Closed forms at the size of AWA2.")
    parser.add_argument("--one", nargs=2, metavar=("METHOD", "DTYPE"), help="measure this one and print JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one)))
        return
    for dtype in ("float64", "float32"):
        for name in METHODS:
            command = [sys.executable, __file__, "--one", name, dtype]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"{name:26} {dtype}  {found['points']:3.0f} points × 5 folds: {found['fit']:6.2f} s, "
                f"{found['fit'] / found['product']:5.1f} × X.T @ X ({found['product']:.2f} s); "
                f"peak memory {found['peak'] / found['features']:.2f} × features",
                flush=True,
            )


if __name__ == "__main__":
    main()
