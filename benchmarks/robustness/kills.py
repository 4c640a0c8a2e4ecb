"""SIGKILL at random times during saving, training and a benchmark: nothing torn, nothing lost, every resume identical.

Each job runs in a child process that is killed after a random time and begun again, until it was killed often enough
and has ended. After each kill whatever lies on the disk is read, and at the end the result is compared with that of a
run which nobody killed.
"""

import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness.command import run
from benchmarks._harness.tables import Table
from zsl import ALEClassifier, DeViSEClassifier, ESZSLClassifier, load, load_digits_zsl, run_benchmark
from zsl.evaluation.benchmark._records import read_record
from zsl.training import Checkpoint
from zsl.training.files import DamagedFileError, read_file

FIGURES = ("method", "seed", "t1", "seen", "unseen", "harmonic_mean", "ausuc")


def kills(each: int = 70, seed: int = 0) -> None:
    """Kill each job so many times, and print what was found."""
    table = Table("kills", "ended", "torn", "lost", "strays", "not identical", job=["saving", "training", "benchmark"])
    bad = 0
    for kind in (Saving, Training, Benchmark):
        with tempfile.TemporaryDirectory() as folder:
            job = kind(Path(folder))
            killed, ended = _torment(job, each, random.Random(seed))
            table.row(kind.__name__.lower(), killed, ended, job.torn, job.lost, job.strays, job.different)
            bad += job.torn + job.lost + job.strays + job.different
    sys.exit(min(bad, 1))


class Job(ABC):
    """Something that writes to a folder while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.torn = self.lost = self.strays = self.different = 0
        self.split = load_digits_zsl()
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Do all once without being killed."""

    @abstractmethod
    def run(self) -> None:
        """What the child does."""

    @abstractmethod
    def check(self) -> None:
        """Look at what a killed child left."""

    @abstractmethod
    def end(self) -> None:
        """Look at what a child left that came to its end."""

    def digest(self, estimator: Any) -> str:
        """Digest of all scores on test samples."""
        return hashlib.sha256(estimator.class_scores(self.split.X_test_unseen).tobytes()).hexdigest()


class Saving(Job):
    """Two models that are saved in turn at one path."""

    def prepare(self) -> None:
        self.path = self.folder / "model"
        self.models = [ESZSLClassifier(semantics=self.split.semantics, alpha_features=alpha) for alpha in (0.1, 10.0)]
        for model in self.models:
            model.fit(self.split.X_train, self.split.y_train)
        self.wanted = {self.digest(model) for model in self.models}
        self.models[0].save(self.path)
        (self.path / "NOTES.md").write_text("of the user")

    def run(self) -> None:
        for _ in range(30):
            for model in self.models:
                model.save(self.path)

    def check(self) -> None:
        try:
            self.different += self.digest(load(self.path)) not in self.wanted
        except Exception:
            self.torn += 1
        self.lost += not (self.path / "NOTES.md").exists()

    def end(self) -> None:
        self.check()
        self.models[0].save(self.path)
        self.strays += len(list(self.path.iterdir())) != 3 or len(list(self.folder.iterdir())) != 1


class Training(Job):
    """A training with checkpoints: six fits in one, five of them on folds of seen classes."""

    def prepare(self) -> None:
        self.path, self.last = self.folder / "checkpoints", (0, 0)
        self.result = self.folder / "digest"
        self.wanted = self._fit(None)

    def _fit(self, checkpoint: Checkpoint | None) -> str:
        own = DeViSEClassifier(semantics=self.split.semantics, n_steps=150, random_state=0, verbose=False)
        return self.digest(own.fit(self.split.X_train, self.split.y_train, checkpoint=checkpoint))

    def run(self) -> None:
        self.result.write_text(self._fit(Checkpoint(self.path, every_steps=10)))

    def check(self) -> None:
        files = sorted(self.path.glob("[0-9]*.safetensors"))
        for file in files:
            try:
                read_file(file)
            except DamagedFileError:
                self.torn += 1
        newest = max((tuple(map(int, f.name.split(".")[0].split("-"))) for f in files), default=(0, 0))
        self.lost += newest < self.last
        self.last = newest

    def end(self) -> None:
        self.check()
        self.different += self.result.read_text() != self.wanted
        self.strays += any(file.name.endswith(".tmp") for file in self.path.iterdir())
        for file in [*self.path.iterdir(), self.result]:
            file.unlink()
        self.last = (0, 0)


class Benchmark(Job):
    """Cells of a benchmark that are kept in a folder."""

    def prepare(self) -> None:
        self.path, self.result = self.folder / "cells", self.folder / "table"
        self.wanted = self._table(self.folder / "reference")

    def _table(self, folder: Path) -> str:
        methods = {"ESZSL": ESZSLClassifier(), "ALE": ALEClassifier(n_steps=20, verbose=False)}
        found = run_benchmark(methods, {"digits": self.split}, seeds=4, folder=folder, verbose=False)
        return json.dumps([{name: cell[name] for name in FIGURES} for cell in found.cells])

    def run(self) -> None:
        self.result.write_text(self._table(self.path))

    def check(self) -> None:
        for file in self.path.glob("*.json"):
            self.torn += read_record(file) is None

    def end(self) -> None:
        self.check()
        self.different += self.result.read_text() != self.wanted
        self.strays += len(list(self.path.glob("*.json"))) != len(list((self.folder / "reference").glob("*.json")))
        for file in [*self.path.iterdir(), self.result]:
            file.unlink()


def _torment(job: Job, wanted: int, draw: random.Random) -> tuple[int, int]:
    """Kill and begin again; return how often a child was killed, and how often one came to its end."""
    start = time.monotonic()
    _wait(_child(job.run), None)
    job.end()
    seconds, killed, ended = time.monotonic() - start, 0, 1
    while True:
        if _wait(_child(job.run), draw.uniform(0.0, 0.5 * seconds) if killed < wanted else None):
            killed += 1
            job.check()
            continue
        job.end()
        ended += 1
        if killed >= wanted:
            return killed, ended


def _child(action: Callable[[], None]) -> int:
    """Run something in a forked process; its number."""
    number = os.fork()
    if number:
        return number
    try:
        action()
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def _wait(number: int, seconds: float | None) -> bool:
    """Wait for a child, or kill it after some seconds; whether it was killed."""
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        done, status = os.waitpid(number, 0 if end is None else os.WNOHANG)
        if done:
            if status:
                raise RuntimeError(f"A child ended with status {status}.")
            return False
        time.sleep(0.001)
    os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == -signal.SIGKILL


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    run(kills)
