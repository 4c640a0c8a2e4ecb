"""Seconds of CPU time that whole processes take to import things, with compiled files at hand.

python -m benchmarks.speed.imports
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

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


def main() -> None:
    """Print the least of several interleaved repeats."""
    found: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(REPEATS):
        for name, code in CASES.items():
            found[name].append(seconds(code))
    base = min(found["torch, sklearn.linear_model"])
    print(f"{'':35s} {'s':>6s} {'over torch and sklearn':>24s}")
    for name, times in found.items():
        print(f"{name:35s} {min(times):6.2f} {min(times) - base:+24.2f}")


if __name__ == "__main__":
    main()
