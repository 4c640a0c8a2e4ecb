"""The journal of one fit: each training in it, by its number, is restored, gone on with, or done.

A fit calls the one training loop once per fold and once at the end. Whatever comes between follows from the data and
from what was trained, and is computed again; so it is enough to save trainings, in the order in which they come.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from zsl._arguments import as_random_state
from zsl.exceptions import CheckpointError, InvalidInputError
from zsl.training.checkpoint import Checkpoint
from zsl.training.fingerprint import Fingerprint, differences, warn_of_versions
from zsl.training.folder import CheckpointFolder, Kind, last_checkpoint
from zsl.training.processes.world import World, current_world
from zsl.training.state import State
from zsl.training.stops import Stops


class Journal:
    """What one fit has done so far, in a folder; of processes that fit together, the first one has it in hand."""

    def __init__(self, how: Checkpoint, fingerprint: Callable[[], Fingerprint], world: World) -> None:
        self.how = how
        self.writes = world.rank == 0
        self.stops = Stops(self.advice, speaks=self.writes, patient=world.size > 1)
        self._make_fingerprint = fingerprint
        self._fingerprint: Fingerprint = {}
        self._folder: CheckpointFolder | None = None
        self._seed: int | None = None
        self._number, self._saved_at = 0, 0.0
        self._last: tuple[int, int] | None = None

    @property
    def folder(self) -> CheckpointFolder:
        """The folder, which is opened and compared with the fit when it is asked for first."""
        if self._folder is None:
            self._fingerprint = self._make_fingerprint()
            self._folder = CheckpointFolder(self.how.path)
            found = filter(None, (self._folder.read(*place) for place in self._folder.states()))
            if (content := next(found, None)) is not None:
                self._compare(content["fit"])
                self._seed = content["seed"]
            self._saved_at = time.monotonic()
        return self._folder

    def _compare(self, noted: Fingerprint) -> None:
        if others := differences(noted, self._fingerprint):
            raise InvalidInputError(
                f"checkpoint={str(self.how.path)!r} holds the training of another fit: {', '.join(others)}; wanted the "
                "same data and parameters to go on, or another folder."
            )
        warn_of_versions(noted, self._fingerprint)

    def close(self) -> None:
        """Let others use the folder."""
        if self._folder is not None:
            self._folder.close()

    def seed(self, drawn: int) -> int:
        """The seed that the fit began with, which is the one drawn unless it is gone on with."""
        _ = self.writes and self.folder
        self._seed = drawn if self._seed is None else self._seed
        return self._seed

    def next_number(self) -> int:
        """The number of the training that begins now."""
        self._number += 1
        if self.writes:
            self.folder.prune(self._number, self.how.keep)
        return self._number

    def is_due(self, step: int) -> bool:
        """Whether a checkpoint should be written after a step."""
        steps, seconds = self.how.every_steps, self.how.every_seconds
        late = seconds is not None and time.monotonic() - self._saved_at >= seconds
        return self.writes and (late or (steps is not None and step % steps == 0))

    def write(self, number: int, step: int, content: dict[str, State], kind: Kind = "state") -> None:
        """Write a checkpoint."""
        if not self.writes:
            return
        try:
            self.folder.write(number, step, {"fit": self._fingerprint, "seed": self._seed} | content, kind)
        except OSError as error:
            raise CheckpointError(
                f"The checkpoint of training {number} after step {step} can't be written in {self.how.path} "
                f"({error.strerror or error}), so training stopped. {self.advice()}"
            ) from error
        if kind == "state":
            self.reached(number, step)
            self.folder.prune(number, self.how.keep)

    def reached(self, number: int, step: int) -> None:
        """Note what the last good checkpoint is."""
        self._last, self._saved_at = (number, step), time.monotonic()

    def advice(self) -> str:
        """What is saved, and how to go on."""
        last = self._last if self.writes else last_checkpoint(self.how.path)
        if last is None:
            return f"There is no checkpoint in {self.how.path} yet."
        number, step = last
        where = f"training {number} after step {step}, in {self.how.path}"
        how = self.how.advice or f"fit again with the same data, parameters and checkpoint={str(self.how.path)!r}."
        return f"The last good checkpoint is that of {where}. To go on, {how}"


_CURRENT: ContextVar[Journal | None] = ContextVar("journal", default=None)


@contextmanager
def journaling(checkpoint: Any, fingerprint: Callable[[], Fingerprint]) -> Iterator[None]:
    """Save the trainings of the block, and restore those that are saved; with None, none of them.

    `checkpoint` is what `fit` got, and `fingerprint` gives what must be the same to go on.
    """
    journal = None if checkpoint is None else Journal(Checkpoint.of(checkpoint), fingerprint, current_world())
    token = _CURRENT.set(journal)
    try:
        if journal is None:
            yield
        else:
            with journal.stops.held():
                yield
    finally:
        _CURRENT.reset(token)
        if journal is not None:
            journal.close()


def current_journal() -> Journal | None:
    """The journal of the fit that is running here, if it has one."""
    return _CURRENT.get()


def seed_of(random_state: Any) -> int:
    """Draw the seed of a fit; one that is gone on with keeps its own, and processes that fit together have the same."""
    drawn = int(as_random_state(random_state).randint(2**31 - 1))
    journal = _CURRENT.get()
    return int(current_world().agreed(lambda: drawn if journal is None else journal.seed(drawn)))
