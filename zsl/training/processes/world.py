"""The processes that train one model together, and everything that they say to each other."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from zsl.exceptions import LostProcessError


class World:
    """The processes by number; one alone, which is the default, has nobody to talk to.

    Whatever is said takes part in a step of all: each process has to call the same methods in the same order. All of
    them raise `LostProcessError` if another process is gone.
    """

    def __init__(self, rank: int = 0, size: int = 1, *, group: Any = None, store: Any = None) -> None:
        self.rank, self.size = rank, size
        self._group, self._store = group, store

    def share(self, n: int) -> slice:
        """Which of `n` things are this process's: neighbours, as many as others have, or one more."""
        return slice(n * self.rank // self.size, n * (self.rank + 1) // self.size)

    def summed(self, values: Tensor) -> Tensor:
        """The sum over all processes; in place."""
        if self.size > 1:
            with self._talking():
                dist.all_reduce(values, group=self._group)
        return values

    def average(self, parameters: Iterable[Tensor], loss: Tensor) -> Tensor:
        """Average the gradients of parameters over the processes in place, and return the average of the loss."""
        if self.size == 1:
            return loss
        gradients = [each.grad for each in parameters if each.grad is not None]
        values = self.summed(torch.cat([*(own.flatten() for own in gradients), loss.detach().reshape(1)])) / self.size
        for own, value in zip(gradients, values[:-1].split([own.numel() for own in gradients]), strict=True):
            own.copy_(value.view_as(own))
        return values[-1]

    def largest(self, number: int) -> int:
        """The largest of the numbers that the processes give, told beside the device that they compute on."""
        if self.size == 1:
            return number
        told = torch.tensor(number, dtype=torch.long, device="cpu")
        with self._talking():
            dist.all_reduce(told, dist.ReduceOp.MAX, group=self._group)
        return int(told)

    def agreed(self, make: Callable[[], Any]) -> Any:
        """What the first process makes, for all of them; the others don't call `make`."""
        if self.size == 1:
            return make()
        found = [make() if self.rank == 0 else None]
        with self._talking():
            dist.broadcast_object_list(found, src=0, group=self._group, device=torch.device("cpu"))
        return found[0]

    @contextmanager
    def first(self) -> Iterator[None]:
        """A block that the first process goes through before the others, such as one that fills a cache."""
        if self.rank > 0:
            self.agreed(lambda: None)
        yield
        if self.rank == 0:
            self.agreed(lambda: None)

    def may_speak(self) -> bool:
        """Whether this is the first process that asks, so that the end of all of them is told once."""
        with suppress(RuntimeError):  # without whoever holds the store, everybody speaks
            return self._store is None or bool(self._store.add("zsl has spoken", 1) == 1)
        return True

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise LostProcessError(
                f"Another of the {self.size} processes has ended, or no longer answers, so this one stops, too."
            ) from error


ALONE = World()
_CURRENT: ContextVar[World] = ContextVar("world", default=ALONE)


def current_world() -> World:
    """The processes that fit together here; see `cooperating`."""
    return _CURRENT.get()


@contextmanager
def within(world: World) -> Iterator[World]:
    """Make these the processes that fit together here."""
    token = _CURRENT.set(world)
    try:
        yield world
    finally:
        _CURRENT.reset(token)
