"""What a comparison is given: the machine's rates, how much to do, and tables of ratios."""

import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from benchmarks._harness.machine import PRECISIONS, Machine, Work
from benchmarks._harness.tables import Table
from benchmarks._harness.timing import Turns, amount, turns

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """One run of ``python -m benchmarks``.

    A comparison is a function ``compare(bench: Bench) -> None`` in a module of `benchmarks.speed` or another folder of
    benchmarks. The first line of its docstring is the heading; what it prints, Markdown, is the section. It runs in a
    process of its own, with the threads set.
    """

    machine: Machine
    threads: int = 2
    repeats: int = 5
    quick: bool = False
    setfit: str | None = None

    def size(self, full: T, quick: T) -> T:
        """Choose what to measure: the full size, or one that takes a moment, to see that all works."""
        return quick if self.quick else full

    def turns(self, calls: Mapping[str, Callable[[], Any]], scale: Mapping[str, float] | None = None) -> Turns:
        """Take calls in turn, after a warm-up; short ones several times per turn."""
        return turns(calls, self.repeats, at_least=0.001 if self.quick else 0.05, scale=scale)

    def missing(self, package: str, install: str) -> bool:
        """Whether a peer isn't installed; then a line says how to install it."""
        if importlib.util.find_spec(package) is not None:
            return False
        print(f"{package} isn't installed, so it is left out: `{install}`\n")
        return True

    def limit(self, work: Work, seconds: float, threads: int | None = None) -> list[str]:
        """Cells: operations, bytes moved, the least seconds that these take, which limit counts, and its share."""
        least, name = self.machine.limit(work, threads or self.threads)
        moved = work.moved + work.read
        counts = [amount(count, unit) if count else "" for count, unit in ((work.operations, "OP"), (moved, "B"))]
        return [*counts, f"{amount(least, 's')}, {name}", f"{100 * least / seconds:.0f} %"]

    def ratios(self, **labels: Iterable[object]) -> "Ratios":
        """Start a table of ratios; labels are the headings of its first columns."""
        return Ratios(self, labels or {"what": ()})


class Ratios:
    """A table of our time beside that of others, with ratios of the same repeat and our share of the limit."""

    def __init__(self, bench: Bench, labels: Mapping[str, Iterable[object]]) -> None:
        self._bench = bench
        figures = ("ours", "the other", "other / ours", "operations", "bytes", "limit", "ours of the limit")
        self._table = Table(*figures, **labels, against=())

    def row(
        self,
        *labels: object,
        ours: Callable[[], Any],
        others: Mapping[str, Callable[[], Any]],
        work: Work | None = None,
        scale: Mapping[str, float] | None = None,
        threads: int | None = None,
    ) -> Turns:
        """Measure, and print a row per other call, or a single one where there is none.

        `scale` multiplies the seconds of others that do only a part. `work` is what ours has to do at the least;
        without it the cells on the limit stay empty.
        """
        taken = self._bench.turns({"ours": ours, **others}, scale)
        mine = taken.median("ours")
        limit = [""] * 4 if work is None else self._bench.limit(work, mine, threads)
        for name in others:
            cells = [amount(mine, "s"), amount(taken.median(name), "s"), str(taken.times(name, "ours"))]
            self._table.row(*labels, name, *cells, *limit)
        if not others:
            self._table.row(*labels, "", amount(mine, "s"), "", "", *limit)
        return taken


def describe(machine: Machine, versions: str) -> None:
    """Print what was measured of the machine."""
    counts = sorted(machine.bandwidth)
    print(f"{machine.processor}; {versions}\n")
    table = Table(*(f"{count} thread{'s' * (count > 1)}" for count in counts), rate=())
    products = {"product of two matrices": machine.products, "`X.T @ X`, all operations counted": machine.squares}
    for precision in PRECISIONS:
        for name, rates in products.items():
            table.row(f"{name}, {precision}", *(amount(rates[precision, count], "OP/s") for count in counts))
    copied = [amount(machine.bandwidth[count], "B/s") for count in counts]
    table.row("copying large arrays, bytes read and written", *copied)
    table.row("reading from disk", amount(machine.disk, "B/s"), *[""] * (len(counts) - 1))
