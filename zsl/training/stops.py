"""SIGINT and SIGTERM, held back until a step is done and saved."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

_DEFAULTS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class Stops:
    """Whether the process was asked to stop.

    While steps are taken, the first signal is only noted in `asked`, and whoever takes the steps calls `stop` after
    one; a second signal, or one that comes in between trainings, stops at once. Handlers that the program has set
    itself stay in force, and threads other than the main one get no signals.

    Of processes that train together one alone `speaks`. They are `patient`: a second signal changes nothing, since a
    terminal and a launcher may send the same one, and the launcher ends those that don't stop.
    """

    def __init__(self, message: Callable[[], str], *, speaks: bool = True, patient: bool = False) -> None:
        self.asked: int | None = None
        self._message, self._speaks, self._patient = message, speaks, patient
        self._stepping = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Take over the signals that nobody else has taken."""
        taken: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            taken = {kind: default for kind, default in _DEFAULTS.items() if signal.getsignal(kind) is default}
        for kind in taken:
            signal.signal(kind, self._note)
        try:
            yield
        finally:
            for kind, default in taken.items():
                signal.signal(kind, default)

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """The time in which steps are taken; a signal that nobody has acted on stops at its end."""
        self._stepping = True
        try:
            yield
        finally:
            self._stepping = False
        if self.asked is not None:
            self.stop(self.asked)

    def _note(self, kind: int, frame: Any) -> None:
        if self._stepping and (self.asked is None or self._patient):
            self.asked = kind
        else:
            self.stop(kind)

    def stop(self, kind: int) -> NoReturn:
        """Stop as the signal does without us, with a message: `KeyboardInterrupt`, or an exit with the code 143."""
        if not self._speaks:
            raise SystemExit(128 + kind)
        message = f"Stopped by {signal.Signals(kind).name}. {self._message()}"
        if kind == signal.SIGINT:
            raise KeyboardInterrupt(message)
        with suppress(RuntimeError, OSError, ValueError):  # in the middle of another output, or without any
            print(message, file=sys.stderr)
        raise SystemExit(128 + kind)
