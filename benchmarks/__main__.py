"""Compare speed with peers and with the machine's limits, all in one run; or list every benchmark with --list.

    python -m benchmarks                                # print all comparisons, as Markdown
    python -m benchmarks --only top_k few_shot          # some of them
    python -m benchmarks --write                        # and keep them in RESULTS.md

Each comparison runs in a process of its own, on as many processors as it has threads. All that one compares is taken
in turn, after a warm-up, and a ratio is that of one repeat: printed are the median of the ratios, the least and the
greatest. Seconds are medians. The machine's rates are measured first; the limit of a task is the longer of its
operations at the rate of matrix products and its bytes at the rate of copying or of the disk.
"""

import ast
import os
import sys
import time
import traceback
from datetime import date
from pathlib import Path
from typing import Annotated

from benchmarks._harness import Bench, describe, measure, run
from benchmarks._harness.command import machine
from benchmarks._harness.sections import comparisons, kept, printed, use_cpus, written

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Map the module name of each benchmark to the first line of its docstring, without importing any."""
    found = {}
    for path in sorted(HERE.glob("[!_]*/[!_]*.py")):
        name = ".".join(("benchmarks", *path.relative_to(HERE).with_suffix("").parts))
        found[name] = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    return found


def show() -> None:
    """Print the list by folder, and what can be compared."""
    listed = benchmarks()
    width = max(map(len, listed))
    print("python -m NAME runs a benchmark, and python -m NAME --help shows its options.")
    for folder in dict.fromkeys(name.split(".")[1] for name in listed):
        print(f"\n{folder}")
        for name, line in listed.items():
            if name.split(".")[1] == folder:
                print(f"  {name:{width}}  {line}")
    print(f"\npython -m benchmarks --only {' '.join(comparisons(HERE))}")


def main(
    list: Annotated[bool, "list every benchmark, and run none"] = False,
    only: Annotated[list[str] | None, "names of comparisons"] = None,
    repeats: int = 5,
    threads: int = 2,
    quick: Annotated[bool, "small sizes, to see that all works; the figures mean nothing"] = False,
    setfit: Annotated[str | None, "the Python of an environment that has SetFit"] = None,
    write: Annotated[bool, "keep the sections in RESULTS.md"] = False,
) -> None:
    """Run the comparisons."""
    if list:
        show()
        return
    known = comparisons(HERE)
    if unknown := set(only or ()) - set(known):
        sys.exit(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(known)}")
    threads = min(threads, os.cpu_count() or 1)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for all processes to come
    use_cpus(threads)
    start = time.perf_counter()
    rates = measure(threads, quick=quick)
    bench = Bench(rates, threads, repeats, quick, setfit)
    versions = f"{machine()}, {date.today()}"
    sections, failed = {"machine": printed("The machine", lambda: describe(rates, versions))}, []
    for name in only or known:
        began = time.perf_counter()
        try:
            sections[name] = written(*known[name], bench)
        except Exception:
            failed.append(name)
            traceback.print_exc()
        print(f"\n({name}: {time.perf_counter() - began:.0f} s)\n", flush=True)
    print(f"{time.perf_counter() - start:.0f} s in all")
    if write:
        page = HERE / "RESULTS.md"
        page.write_text(kept(page.read_text(encoding="utf-8"), sections), encoding="utf-8")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    run(main)
