"""Mutation testing: the share of small changes of `zsl.functional` and the metrics that a test notices.

Each mutant is the code with one operator, number, argument or name changed; it is killed if a test of the same room
fails. What is changed and which tests run stands in `pyproject.toml` under ``[tool.mutmut]``. Those that survive are
explained in ``survivors.toml``, by function: most compute the same (an equivalent mutant), or differ in speed only.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import benchmarks
from benchmarks._harness.command import run
from benchmarks._harness.tables import Table

HERE = Path(__file__).parent
ROOT = Path(benchmarks.__path__[0]).parent
NEEDED = ("zsl", "tests", "data", "pyproject.toml")
CAUGHT = ("killed", "timeout", "segfault", "suspicious")


def mutants(which: str = "*", jobs: int = 1, least: float = 0.9) -> None:
    """Make mutants of the functions that a pattern names, and run the tests against each."""
    explained = tomllib.loads((HERE / "survivors.toml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        states = _states(Path(folder), which, jobs)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for function, found in states.items():
        counts[function.partition(".x")[0]] += found
    whole = sum(counts.values(), Counter())
    table = Table("mutants", "killed", "survived", "not reached", "score", module=[*counts, "all"])
    for module, found in [*sorted(counts.items()), ("all", whole)]:
        table.row(module, found.total(), _caught(found), found["survived"], found["no tests"], f"{_score(found):.1%}")
    open_ends = {f: n for f, found in states.items() if (n := found["survived"] + found["no tests"])}
    for function, count in sorted(open_ends.items(), key=lambda item: -item[1]):
        print(f"{count:3} {function}: {explained.get(function, 'NOT EXPLAINED')}")
    if _score(whole) < least or set(open_ends) - set(explained):
        sys.exit(1)


def _caught(found: Counter[str]) -> int:
    return sum(found[state] for state in CAUGHT)


def _score(found: Counter[str]) -> float:
    return _caught(found) / found.total()


def _states(folder: Path, which: str, jobs: int) -> dict[str, Counter[str]]:
    """What became of the mutants of each function, tried in a copy of the project."""
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    command = [sys.executable, "-m", "mutmut"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    tried = [*command, "run", "--max-children", str(jobs), which]
    subprocess.run(tried, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    listed = subprocess.run(
        [*command, "results", "--all", "true"], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in listed.stdout.splitlines():
        mutant, _, state = line.strip().partition(": ")
        if state and state != "not checked":
            found[mutant.partition("__mutmut_")[0]][state] += 1
    return found


if __name__ == "__main__":
    run(mutants)
