"""Where the time of a call goes: seconds within named functions, without those of other named functions they call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from importlib import import_module
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch


class Stages:
    """Seconds by stage, on the clock and of the processor; `rest` is what no stage took."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._running: list[str] = []
        self._last = (0.0, 0.0)

    def _turn(self) -> None:
        """Book the time since the last turn on the stage that runs."""
        now = perf_counter(), process_time()
        wall, cpu = self.seconds.get(self._running[-1], (0.0, 0.0))
        self.seconds[self._running[-1]] = wall + now[0] - self._last[0], cpu + now[1] - self._last[1]
        self._last = now

    @contextmanager
    def within(self, stage: str) -> Iterator[None]:
        """Book the time of a block on a stage."""
        if self._running:
            self._turn()
        else:
            self._last = perf_counter(), process_time()
        self._running.append(stage)
        try:
            yield
        finally:
            self._turn()
            self._running.pop()


@contextmanager
def watched(stages: Mapping[str, Sequence[str]], rest: str) -> Iterator[Stages]:
    """Book the time of a block on the stages whose functions it calls, each named as "module:name" where it is used."""
    found = Stages()
    with ExitStack() as patches:
        for stage, names in stages.items():
            for name in names:
                module, _, path = name.partition(":")
                owner: Any = import_module(module)
                *outer, last = path.split(".")
                for part in outer:
                    owner = getattr(owner, part)
                whole = vars(owner)[last]
                plain = isinstance(whole, (classmethod, staticmethod))
                call = _booked(whole.__func__ if plain else whole, found, stage)
                patches.enter_context(patch.object(owner, last, type(whole)(call) if plain else call))
        with found.within(rest):
            yield found


def _booked(call: Callable[..., Any], stages: Stages, stage: str) -> Callable[..., Any]:
    @wraps(call)
    def booked(*arguments: Any, **options: Any) -> Any:
        with stages.within(stage):
            return call(*arguments, **options)

    return booked
