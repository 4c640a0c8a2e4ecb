"""Features larger than memory: fitted on shards and predicted from them, with time and memory by their number.

    python -m benchmarks.speed.out_of_core                      # 1, 2 and 4 million samples, 2 GB of disk
    python -m benchmarks.speed.out_of_core --n 2500000 5000000 10000000 --folder /scratch

Data are synthetic: float16 features of ``--classes`` classes, ``--unseen`` of which have a description but no training
sample, in shards of 65,536 rows that are removed afterwards. A fit sees all samples, and all of them are then
predicted among all classes. Each row of the table is a process of its own, which may not allocate more than
``--limit`` MiB (RLIMIT_DATA, every private writable page that is asked for, used or not). Its peak is that of its
resident memory, the interpreter and all libraries included, and pages of the files that are mapped at the time.
Reading alone is one pass over the files as the fit reads them. Disk that the system keeps in its cache is read faster.
"""

import resource
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks._harness import Bench, Spread, Table, alone, amount, estimator, peak_memory, run, timed
from zsl.datasets import open_shards, write_shards

ATTRIBUTES = 85
SHARD = 65_536


def descriptions(classes: int, unseen: int) -> dict[int, np.ndarray]:
    """A random description of each class."""
    return dict(enumerate(np.random.default_rng(0).standard_normal((classes + unseen, ATTRIBUTES))))


def make(folder: str, n: int, width: int, classes: int, unseen: int) -> None:
    """Write features of samples of the first classes: a linear function of their descriptions, and noise."""
    rng = np.random.default_rng(1)
    table = np.stack(list(descriptions(classes, unseen).values()))
    means = (table @ rng.standard_normal((ATTRIBUTES, width)) / ATTRIBUTES**0.5).astype(np.float32)
    y = rng.integers(classes, size=n)

    def shards():
        for start in range(0, n, SHARD):
            own = y[start : start + SHARD]
            yield (means[own] + 2 * rng.standard_normal((len(own), width), dtype=np.float32)).astype(np.float16)

    write_shards(folder, shards(), y)


def measure(
    folder: str, method: str, classes: int, unseen: int, limit: int
) -> tuple[float, float, float, float, float]:
    """Seconds to read, fit and predict, peak memory in MiB, and the share of predictions that are right."""
    resource.setrlimit(resource.RLIMIT_DATA, (limit << 20, limit << 20))
    X = open_shards(folder)
    _, read = timed(lambda: sum(float(X[start : start + 4096].max()) for start in range(0, len(X), 4096)))
    given = {"random_state": 0} if method == "Relation" else {}
    clf, fit = timed(lambda: estimator(method, semantics=descriptions(classes, unseen), **given).fit(X, X.labels))
    predicted, predict = timed(lambda: clf.predict(X))
    return read, fit, predict, peak_memory(), float((predicted == X.labels).mean())


def main(
    n: list[int] = (1_000_000, 2_000_000, 4_000_000),  # type: ignore[assignment]
    width: int = 256,
    classes: int = 800,
    unseen: int = 200,
    methods: list[str] = ("ESZSL", "RidgePrototype", "Relation"),  # type: ignore[assignment]
    limit: int = 2048,
    folder: str = "",
) -> None:
    """Print one row per method and number of samples."""
    headings = ("file GB", "read s", "fit s", "predict s", "µs / sample", "peak MiB", "correct")
    output = Table(*headings, method=methods, samples=n)
    for count in n:
        with tempfile.TemporaryDirectory(dir=folder or None) as place:
            shards = str(Path(place) / "shards")
            alone(make, shards, count, width, classes, unseen)
            for method in methods:
                read, fit, predict, peak, right = alone(measure, shards, method, classes, unseen, limit)
                each = f"{(fit + predict) / count * 1e6:.1f}"
                size = f"{count * width * 2 / 1e9:.2f}"
                output.row(
                    method,
                    count,
                    size,
                    f"{read:.1f}",
                    f"{fit:.1f}",
                    f"{predict:.1f}",
                    each,
                    f"{peak:.0f}",
                    f"{right:.3f}",
                )


def compare(bench: Bench) -> None:
    """Features on disk: fit and prediction, against reading alone."""
    n, width, classes, unseen = bench.size((200_000, 256, 800, 200), (4000, 16, 20, 5))
    print(
        f"{n} samples × {width} features in float16, {classes} classes and {unseen} that are described only; each "
        "figure is of a process of its own, which may not allocate more than 2 GiB. Linear growth up to 10 million "
        "samples is shown by `python -m benchmarks.speed.out_of_core --n 2500000 5000000 10000000`.\n"
    )
    table = Table("file", "read", "fit", "predict", "fit / read", "samples / s", "peak MiB", "correct", method=())
    methods = bench.size(("ESZSL", "RidgePrototype"), ("RidgePrototype",))
    with tempfile.TemporaryDirectory() as place:
        shards = str(Path(place) / "shards")
        alone(make, shards, n, width, classes, unseen)
        for method in methods:
            found = [alone(measure, shards, method, classes, unseen, 2048) for _ in range(bench.size(3, 1))]
            read, fit, predict, peak, right = (median(column) for column in zip(*found, strict=True))
            times = Spread.of([one[1] / one[0] for one in found])
            shown = (amount(seconds, "s") for seconds in (read, fit, predict))
            rate = f"{n / (fit + predict):.0f}"
            table.row(method, amount(2 * n * width, "B"), *shown, str(times), rate, f"{peak:.0f}", f"{right:.3f}")


if __name__ == "__main__":
    run(main)
