"""The work on one block, wherever it is done: read, compute, write, record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._files.writing import put
from zsl.exceptions import InvalidInputError, ZSLError
from zsl.scale.jobs.layouts import RECORDS, Entry, Layout, joined
from zsl.scale.sources.source import Batch, Source


@dataclass(frozen=True, eq=False)
class Task:
    """All that a worker needs. It is sent once to each, which then holds what `work` loaded.

    Doing a block again writes the same files anew, each in one step; the record comes last, and with it the block is
    done. So it doesn't matter how often a block is begun, or by how many workers at a time.
    """

    folder: Path
    plan: str
    source: Source
    cuts: NDArray[np.intp]
    block_rows: int
    work: Callable[[Batch], Batch]
    layout: Layout
    threads: int

    def __call__(self, batch: Batch) -> Batch:
        """Do the blocks of these numbers, and return their records, or what is wrong with their samples."""
        told = []
        for number in batch["block"].tolist():
            try:
                told.append(json.dumps(self.do(number)))
            except ZSLError as error:
                told.append(json.dumps({"error": str(error)}))
        return {"block": batch["block"], "record": np.array(told)}

    def do(self, number: int) -> dict[str, Any]:
        """Do one block, unless that was done, and return its record."""
        found = self.recorded(number)
        if found is not None:
            return found
        start, stop = int(self.cuts[number]), int(self.cuts[number + 1])
        parts, first = [], start
        with computing(self.threads):
            try:
                for batch in self.source.read(start, stop, self.block_rows):
                    parts.append(self._worked(batch, first))
                    first += len(batch["X"])
            except ZSLError as error:
                raise InvalidInputError(f"{self.source.name}, rows {start} to {stop - 1}: {error}") from error
        if first != stop:
            raise InvalidInputError(
                f"{self.source.name} has {first - start} rows from {start} on; wanted {stop - start}."
            )
        rows = joined(parts)
        record = {"plan": self.plan, "rows": len(rows["row"]), "files": self.layout.write(self.folder, number, rows)}
        put(_place(self.folder, number), [json.dumps(record).encode()])
        return record

    def recorded(self, number: int) -> dict[str, Any] | None:
        """The record of a finished block whose files are there, None if there is none."""
        try:
            record = json.loads(_place(self.folder, number).read_bytes())
            if record["plan"] == self.plan and all(is_there(self.folder, each) for each in record["files"].values()):
                return dict(record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # a block without a whole record is done again
        return None

    def _worked(self, batch: Batch, first: int) -> Batch:
        """What comes of a batch, with the numbers of its rows and what names them."""
        found = dict(self.work({"X": batch["X"]}))
        kept = found.pop("kept", np.arange(len(batch["X"])))
        names = {name: values[kept] for name, values in batch.items() if name != "X"}
        return {"row": kept + first, **names, **found}


def is_there(folder: Path, entry: Entry) -> bool:
    """Whether a file has the size that was recorded."""
    path = folder / entry["file"]
    return path.is_file() and bool(path.stat().st_size == entry["bytes"])


def _place(folder: Path, number: int) -> Path:
    return folder / RECORDS / f"{number:05d}.json"


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """So many threads for every library that computes: with another number, sums may be rounded otherwise."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads):
            yield
    finally:
        torch.set_num_threads(before)
