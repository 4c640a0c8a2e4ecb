"""Seconds of CPU time that importing `zsl` and one of its estimators adds, with compiled files at hand.

    python -m benchmarks --only imports

Each figure is of a process of its own, which imports torch and scikit-learn first, then `zsl`, and looks at its clock
in between. "load" is what a server needs that has a model to load.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks._harness import Bench, Spread, Table

CASES = ("ESZSLClassifier", "RelationClassifier", "SimpleShotClassifier", "load")
CODE = """
import time, sys
import torch, sklearn.linear_model
before, modules = time.process_time(), len(sys.modules)
import zsl
zsl.{name}
print(before, time.process_time() - before, len(sys.modules) - modules)
"""


def measure(name: str, cache: Path) -> tuple[float, float, float]:
    """Seconds until torch and scikit-learn are there, those that `zsl` adds, and how many modules."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(cache)}
    command = [sys.executable, "-c", CODE.format(name=name)]
    done = subprocess.run(command, check=True, env=env, capture_output=True, text=True)
    base, more, modules = map(float, done.stdout.split())
    return base, more, modules


def compare(bench: Bench) -> None:
    """Importing one estimator, against importing torch and scikit-learn."""
    cases, cache = bench.size(CASES, CASES[:1]), Path(tempfile.gettempdir(), "zsl-import-benchmark")
    if not bench.quick:
        for name in cases:
            measure(name, cache)  # compiles
    found = {name: [] for name in cases}  # type: dict[str, list[tuple[float, float, float]]]
    for _ in range(bench.size(bench.repeats, 1)):
        for name in cases:
            found[name].append(measure(name, cache))
    table = Table("torch, sklearn.linear_model: s", "zsl more: s", "more / torch, sklearn", "modules more", what=())
    for name, figures in found.items():
        base, more, modules = zip(*figures, strict=True)
        share = Spread.of([one / other for one, other in zip(more, base, strict=True)])
        table.row(name, str(Spread.of(list(base))), str(Spread.of(list(more))), str(share), f"{modules[0]:.0f}")
