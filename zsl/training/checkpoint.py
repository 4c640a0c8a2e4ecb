"""Where and how often a training is saved while it runs, as users say it."""

import os
from dataclasses import dataclass
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any

from zsl.exceptions import InvalidInputError


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often a training is saved while it runs.

    A checkpoint is written after every `every_steps` steps and once `every_seconds` have passed since the last one,
    whichever comes first; at the end of each training, of which a fit has one per fold of held-out classes and a last
    one; and when the process is asked to stop. The same fit with the same folder goes on from the last one: on a CPU
    its weights are those of a fit that was never interrupted, bit for bit.

    Parameters
    ----------
    folder : str or path
        The folder of one fit; it is made where there is none. A fit leaves it behind, so that the same fit again takes
        its trainings from there: remove it to train anew.
    every_seconds : float or None, default=60.0
        Most seconds between two checkpoints. None for no such limit.
    every_steps : int or None, default=None
        Most steps between two. None for no such limit.
    keep : int, default=2
        How many checkpoints of the training in progress are kept, the last ones. If the last one turns out to be
        damaged, the one before is used.
    advice : str or None, default=None
        What the message of an interrupted training says after "To go on, ". None says to fit again.

    Raises
    ------
    InvalidInputError
        If a value is of a wrong type or out of range.
    """

    folder: str | PathLike[str]
    every_seconds: float | None = 60.0
    every_steps: int | None = None
    keep: int = 2
    advice: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.folder, (str, PathLike)) or not isinstance(os.fspath(self.folder), str):
            raise InvalidInputError(f"checkpoint: folder={self.folder!r}; wanted a path.")
        if not os.fspath(self.folder):
            raise InvalidInputError("checkpoint: folder is an empty path; wanted that of a folder.")
        seconds = self.every_seconds
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, Real) or not seconds > 0):
            raise InvalidInputError(f"checkpoint: every_seconds={seconds!r}; wanted a number above 0, or None.")
        for name, value, or_none in (("every_steps", self.every_steps, ", or None"), ("keep", self.keep, "")):
            if value is None and or_none:
                continue
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise InvalidInputError(f"checkpoint: {name}={value!r}; wanted a whole number of 1 or more{or_none}.")

    @property
    def path(self) -> Path:
        """The folder as a path."""
        return Path(self.folder)

    @classmethod
    def of(cls, given: Any) -> "Checkpoint":
        """Take what `fit` got: a path, or a `Checkpoint`."""
        if isinstance(given, Checkpoint):
            return given
        if not isinstance(given, (str, PathLike)):
            raise InvalidInputError(f"checkpoint is a {type(given).__name__}; wanted a path, or a Checkpoint.")
        return cls(given)
