"""Seconds of CPU time that whole processes take to import things, with compiled files at hand.

python -m benchmarks.speed.imports
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

from benchmarks._harness import Bench, Spread, Table

REPEATS = 5
CACHE = os.path.join(tempfile.gettempdir(), "zsl-import-benchmark")
CASES = {
    "nothing": "pass",
    "torch": "import torch",
    "torch, sklearn.linear_model": "import torch, sklearn.linear_model",
    "the same and pandas": "import torch, sklearn.linear_model, pandas",
    "zsl, ESZSLClassifier": "import zsl; zsl.ESZSLClassifier",
    "zsl, RelationClassifier": "import zsl; zsl.RelationClassifier",
    "zsl, SimpleShotClassifier": "import zsl; zsl.SimpleShotClassifier",
    "zsl, load": "import zsl; zsl.load",
}


def seconds(code: str) -> float:
    """CPU time of one process."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": CACHE}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(repeats: int) -> dict[str, list[float]]:
    """Seconds of each case, taken in turn."""
    found: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(repeats):
        for name, code in CASES.items():
            found[name].append(seconds(code))
    return found


def compare(bench: Bench) -> None:
    """Importing, against importing torch and scikit-learn."""
    for code in bench.size(list(CASES.values()), []):
        seconds(code)  # compiles
    found = measured(bench.size(bench.repeats, 1))
    base, table = (
        found["torch, sklearn.linear_model"],
        Table("seconds", "more than torch, sklearn.linear_model", what=()),
    )
    print("Seconds of CPU time of a whole process, with compiled files at hand.\n")
    for name, times in found.items():
        more = Spread.of([one - other for one, other in zip(times, base, strict=True)])
        table.row(name, str(Spread.of(times)), str(more))


def main() -> None:
    """Print the least of several interleaved repeats."""
    found = measured(REPEATS)
    base = min(found["torch, sklearn.linear_model"])
    print(f"{'':35s} {'s':>6s} {'over torch and sklearn':>24s}")
    for name, times in found.items():
        print(f"{name:35s} {min(times):6.2f} {min(times) - base:+24.2f}")


if __name__ == "__main__":
    main()
