"""The sections of ``python -m benchmarks``: found, run one by one in processes of their own, and kept in a page."""

import ast
import contextlib
import importlib
import io
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from benchmarks._harness.bench import Bench
from benchmarks._harness.data import MissingDataError
from benchmarks._harness.machine import using_threads
from benchmarks._harness.tables import Table
from benchmarks._harness.timing import alone

BEGIN, END = "<!-- python -m benchmarks -->", "<!-- end of python -m benchmarks -->"
_MARK = re.compile(r"<!-- section (\w+) -->\n")


def comparisons(folder: Path) -> dict[str, tuple[str, str]]:
    """Map the last name of each module that defines `compare` to its full name and the heading, importing none."""
    found = {}
    for path in sorted(folder.glob("[!_]*/[!_]*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == "compare":
                heading = (ast.get_docstring(node) or path.stem).partition("\n")[0].removesuffix(".")
                found[path.stem] = f"{folder.name}.{path.parent.name}.{path.stem}", heading
    return found


def written(module: str, heading: str, bench: Bench) -> str:
    """Run one comparison in a process of its own, and return the text of its section."""
    return str(alone(_written, module, heading, bench))


def _written(module: str, heading: str, bench: Bench) -> str:
    use_cpus(bench.threads)

    def compare() -> None:
        try:
            importlib.import_module(module).compare(bench)
        except MissingDataError as missing:
            print(f"Left out: {missing}")

    with using_threads(bench.threads):
        return printed(heading, compare)


def printed(heading: str, call: Callable[[], None]) -> str:
    """Print a heading and what a call prints, tables as Markdown, and return the text."""
    Table.markdown, both = True, _Both(sys.stdout)
    with contextlib.redirect_stdout(both):
        print(f"### {heading}\n")
        call()
    return both.getvalue().rstrip() + "\n"


class _Both(io.StringIO):
    """Keeps what is printed, and prints it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        self._stream.flush()
        return super().write(text)


def use_cpus(threads: int) -> None:
    """Keep this process and those that it starts on as many processors as threads, where that can be set."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def kept(page: str, sections: dict[str, str]) -> str:
    """Put sections into a page between two marks, in the place of those of the same names; others stay."""
    before, begin, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END) if begin else ("", "", "\n")
    parts = _MARK.split(old)
    known = dict(zip(parts[1::2], (part.strip() + "\n" for part in parts[2::2]), strict=True))
    body = "\n".join(f"<!-- section {name} -->\n{text}" for name, text in (known | sections).items())
    return f"{before.rstrip()}\n\n{BEGIN}\n\n{body}\n{END}{after}"
