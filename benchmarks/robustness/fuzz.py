"""Fuzz every reader of files with mutants of a stored corpus, and count crashes, hangs, foreign errors and memory.

    python -m benchmarks.robustness.fuzz --count 50000                  # per reader, some 1,000,000 in all
    python -m benchmarks.robustness.fuzz --target npy mat5 --seconds 60
    python -m benchmarks.robustness.fuzz --target npy --start 123 --count 1   # one mutant again

A reader may accept a mutant or refuse it by an error of this package. Anything else is a fault: another error, the end
of the process, more than 1 s of processor time or 30 s in all, or 1 GB of memory asked for or taken. The mutants that
did it are kept in a folder. Each mutant follows from the seed, the reader and its number alone.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from importlib import import_module
from pathlib import Path

from benchmarks.robustness._targets import TARGETS, cases, mutant
from benchmarks.robustness._worker import Tally, random_of, work

_HANG = 30.0
_FAULTS = ("foreign", "crashes", "hangs", "memory")


def fuzz(name: str, *, count: int, seconds: float, seed: int, start: int, keep: Path) -> Tally:
    """Run one reader, in a process that is replaced when it ends or hangs."""
    tally = Tally()
    place = Path(tempfile.mkdtemp(prefix="zsl-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    begun, worked, number, end = time.monotonic(), cpu_of_children(), start, start + count
    try:
        while number < end and time.monotonic() - begun < seconds:
            left = seconds - (time.monotonic() - begun)
            pid = os.fork()
            if not pid:
                work(name, place, tally, range(number, end), left, seed, keep)
            ended = _watched(pid, tally)
            if ended is None:
                break
            tally.add(ended)
            tally.add("executions")
            number = tally.current + 1
            known = cases(name, TARGETS[name], place / f"cases_{number}")
            _, file, content = mutant(TARGETS[name], random_of(seed, name, number - 1), known)
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}_{number - 1}_{ended}_{Path(file).name}").write_bytes(content)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    tally.seconds = cpu_of_children() - worked
    return tally


def cpu_of_children() -> float:
    """Processor seconds of all workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watched(pid: int, tally: Tally) -> str | None:
    """How the process failed: None if it did its work."""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return None if status == 0 else "crashes"
        since = tally.since  # read once: the worker sets it back at any time
        if since and time.monotonic() - since > _HANG:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return "hangs"
        time.sleep(0.01)


def main() -> None:
    """Read the options, run, print a table; the exit code tells whether there were faults."""
    about = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(f"python -m {__spec__.name}", description=__doc__, formatter_class=about)
    parser.add_argument("--target", nargs="+", choices=list(TARGETS), default=list(TARGETS), metavar="READER")
    parser.add_argument("--count", type=int, default=3000, help="executions per reader (default: 3000)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="most seconds per reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_faults"), help="folder for mutants that did harm")
    given = parser.parse_args()
    for module in ("h5py", "pandas", "PIL.Image", "pyarrow.compute", "pyarrow.parquet", "zsl.cli", "zsl.datasets"):
        import_module(module)  # once for all workers
    warnings.simplefilter("ignore")
    columns = ("executions", "accepted", "refused", *_FAULTS)
    print(f"{'reader':14}", *(f"{name:>11}" for name in (*columns, "peak MB", "per CPU s")), flush=True)
    total = Tally()
    for name in given.target:
        settings = {"count": given.count, "seconds": given.seconds, "seed": given.seed, "start": given.start}
        tally = fuzz(name, **settings, keep=given.keep)
        total.include(tally)
        _line(name, tally, columns)
    _line("all", total, columns)
    sys.exit(any(total[name] for name in _FAULTS))


def _line(name: str, tally: Tally, columns: tuple[str, ...]) -> None:
    rate = tally["executions"] / max(tally.seconds, 1e-9)
    print(
        f"{name:14}", *(f"{tally[column]:11,}" for column in columns), f"{tally.peak:11,}", f"{rate:11,.0f}", flush=True
    )


if __name__ == "__main__":
    main()
