"""What the machine can do, and so the least time that some work must take."""

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import threadpoolctl
import torch

from benchmarks._harness.timing import turns

PRECISIONS = ("float32", "float64")
DISK_BLOCK = 1 << 24


@dataclass(frozen=True)
class Work:
    """What has to be done at the least.

    `operations` are additions, multiplications and comparisons in the given precision, held against the rate of matrix
    products: nothing does more per second. `moved` are bytes from or to memory, `read` bytes from disk.
    """

    operations: float = 0.0
    moved: float = 0.0
    read: float = 0.0
    precision: str = "float32"


@dataclass(frozen=True)
class Machine:
    """Measured rates: operations per second by precision and threads, and bytes per second.

    `products` are of two square matrices, `squares` of ``X.T @ X``, which computes half of its operations and is
    credited with all. `bandwidth` is that of copying arrays far larger than the caches, by threads; `disk` that of
    reading a file that isn't cached.
    """

    processor: str
    products: dict[tuple[str, int], float]
    squares: dict[tuple[str, int], float]
    bandwidth: dict[int, float]
    disk: float

    def limit(self, work: Work, threads: int) -> tuple[float, str]:
        """Least seconds of some work, and which of the limits counts."""
        seconds = {
            "arithmetic": work.operations / self.products[work.precision, threads],
            "memory": work.moved / self.bandwidth[threads],
            "disk": work.read / self.disk,
        }
        decisive = max(seconds, key=lambda name: seconds[name])
        return seconds[decisive], decisive


def measure(threads: int, *, quick: bool = False, repeats: int = 5) -> Machine:
    """Measure with one thread and with the given number of them; least seconds count."""
    size, width = (256, 1 << 18) if quick else (2048, 1 << 25)
    products, squares, bandwidth = {}, {}, {}
    for count in sorted({1, threads}):
        with using_threads(count):
            for precision in PRECISIONS:
                left, right = np.random.default_rng(0).normal(size=(2, size, size)).astype(precision)
                pair = torch.from_numpy(left), torch.from_numpy(right)
                calls = {"product": lambda pair=pair: pair[0] @ pair[1], "square": lambda left=left: left.T @ left}
                taken = turns(calls, repeats)
                products[precision, count] = 2 * size**3 / taken.least("product")
                squares[precision, count] = 2 * size**3 / taken.least("square")
            source, target = torch.ones(width), torch.zeros(width)
            taken = turns({"copy": lambda here=target, there=source: here.copy_(there)}, repeats)
            bandwidth[count] = 2 * source.nbytes / taken.least("copy")
    return Machine(_processor(), products, squares, bandwidth, _disk(1 << (22 if quick else 29)))


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """PyTorch and all other libraries with this many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with threadpoolctl.threadpool_limits(count):
            yield
    finally:
        torch.set_num_threads(before)


def _disk(n_bytes: int) -> float:
    """Bytes per second of reading a file that was flushed and, where the system lets us, dropped from memory."""
    block = np.random.default_rng(0).bytes(min(n_bytes, DISK_BLOCK))
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(n_bytes // len(block)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

        def read() -> None:
            with open(file.name, "rb", buffering=0) as reading:
                while reading.readinto(held):
                    pass

        held = bytearray(len(block))
        return n_bytes / turns({"read": read}, 1, warm_up=False).least("read")


def _processor() -> str:
    """The processor's name, where the system tells it."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
