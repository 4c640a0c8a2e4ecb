"""The process that runs mutants, and the counts that it shares with its parent."""

import mmap
import os
import resource
import shutil
import struct
import sys
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from random import Random

_NAMES = ("executions", "accepted", "refused", "foreign", "crashes", "hangs", "memory", "_current", "_peak")
_GIGABYTE = 1 << 30
_SLOW = 1.0
_MOST_KEPT = 5


class Tally:
    """Counts by name, in memory that processes share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * (len(_NAMES) + 1))
        self.seconds = 0.0

    def __getitem__(self, name: str) -> int:
        return int(struct.unpack_from("q", self._memory, 8 * _NAMES.index(name))[0])

    def __setitem__(self, name: str, value: int) -> None:
        struct.pack_into("q", self._memory, 8 * _NAMES.index(name), value)

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        self[name] += count

    @property
    def current(self) -> int:
        """Number of the mutant that runs."""
        return self["_current"]

    @property
    def peak(self) -> int:
        """Most megabytes that the process grew by."""
        return self["_peak"]

    @property
    def since(self) -> float:
        """When the mutant that runs began, 0 if none runs."""
        return float(struct.unpack_from("d", self._memory, 8 * len(_NAMES))[0])

    @since.setter
    def since(self, value: float) -> None:
        struct.pack_into("d", self._memory, 8 * len(_NAMES), value)

    def include(self, other: "Tally") -> None:
        """Add the counts of another."""
        for name in _NAMES[:-2]:
            self.add(name, other[name])
        self["_peak"] = max(self.peak, other.peak)
        self.seconds += other.seconds


def random_of(seed: int, name: str, number: int) -> Random:
    """What the mutant of that number is drawn from."""
    return Random(f"{seed}/{name}/{number}")


def work(name: str, place: Path, tally: Tally, numbers: range, seconds: float, seed: int, keep: Path) -> None:
    """Run mutants until the end of the numbers or of the time; then end the process."""
    try:
        _work(name, place, tally, numbers, seconds, seed, keep)
    except BaseException:
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def _work(name: str, place: Path, tally: Tally, numbers: range, seconds: float, seed: int, keep: Path) -> None:
    from benchmarks.robustness._targets import TARGETS, cases, mutant
    from zsl.exceptions import ZSLError

    os.environ["TQDM_DISABLE"] = "1"
    warnings.simplefilter("ignore")
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for module in sys.modules.get("pyarrow"), sys.modules.get("torch"):
        for setting in ("set_cpu_count", "set_io_thread_count", "set_num_threads"):
            getattr(module, setting, lambda _: None)(1)
    target = TARGETS[name]
    known = cases(name, target, place / f"made_{os.getpid()}")
    folder = place / f"run_{os.getpid()}"
    _fill(folder, known[0])
    with suppress(ZSLError):
        target.read(folder)  # whatever is imported or made at the first use
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    begun, least = time.monotonic(), _memory("VmRSS")
    limit = _memory("VmSize") + _GIGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    seen: dict[str, int] = {}
    for number in numbers:
        if time.monotonic() - begun > seconds:
            break
        case, file, content = mutant(target, random_of(seed, name, number), known)
        tally["_current"] = number
        _fill(folder, case | {file: content}, anew=target.writes or len(known) > 1)
        tally.since = time.monotonic()
        start, found = time.process_time(), "accepted"
        try:
            target.read(folder)
        except Exception as error:
            found = _kind(error, ZSLError)
            if found != "refused":
                _note(seen, error, f"{name}_{number}_{found}_{Path(file).name}", keep, content)
        took = time.process_time() - start
        tally.since = 0.0
        tally.add(found)
        tally.add("executions")
        if took > _SLOW:
            tally.add("hangs")
            _note(seen, TimeoutError(f"{took:.1f} s"), f"{name}_{number}_slow_{Path(file).name}", keep, content)
        if not number % 100 or number == numbers[-1]:
            tally["_peak"] = max(tally.peak, (_memory("VmHWM") - least) >> 20)
            if tally.peak > 1024:
                tally.add("memory")


def _kind(error: BaseException, own: type[Exception]) -> str:
    """Whether an error is one of the package, another, or want of memory, even where that was turned into one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return "memory"
        cause = cause.__cause__ or cause.__context__
    return "refused" if isinstance(error, own) else "foreign"


def _note(seen: dict[str, int], error: BaseException, name: str, keep: Path, content: bytes) -> None:
    """Keep a mutant and its traceback, but only a few of each kind."""
    trace = traceback.extract_tb(error.__traceback__)
    kind = f"{type(error).__name__} {trace[-1].filename}:{trace[-1].lineno}" if trace else type(error).__name__
    seen[kind] = seen.get(kind, 0) + 1
    if seen[kind] <= _MOST_KEPT:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / name).write_bytes(content)
        (keep / f"{name}.trace").write_text("".join(traceback.format_exception(error)), errors="replace")


def _fill(folder: Path, case: dict[str, bytes], anew: bool = True) -> None:
    """Make the files of a case."""
    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    for file, content in case.items():
        path = folder / file
        if anew:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _memory(name: str) -> int:
    """A figure of the memory of this process, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
