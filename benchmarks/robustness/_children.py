"""Calls in forked processes: what they say, their time and the memory that they add, and processes that stop midway."""

import contextlib
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

LONGEST = 60


def apart(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a call gives in a process of its own, or None if that had to be ended; seconds of work, MB that it added."""
    near, far = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if not child:
        _answer(far, call)
    far.close()
    found: tuple[Any, float, float] = (None, LONGEST, 0.0)
    if near.poll(LONGEST):
        with contextlib.suppress(EOFError):
            found = near.recv()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return found


def stopped_at(call: Callable[[], Any], step: int) -> bool:
    """Run a call in a process that stops right before its n-th change of the disk; whether it came that far."""
    child = os.fork()
    if not child:
        _count_down(step)
        call()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 9


def killed_after(call: Callable[[], Any], seconds: float) -> None:
    """Run a call again and again in a process that is killed after some time."""
    child = os.fork()
    if not child:
        while True:
            call()
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@contextlib.contextmanager
def beside(call: Callable[[], Any]) -> Iterator[None]:
    """Run a call again and again in a process beside this one."""
    child = os.fork()
    if not child:
        while True:
            call()
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _answer(far: Connection, call: Callable[[], Any]) -> None:
    before, start = _memory(), time.process_time()
    found = call()
    far.send((found, time.process_time() - start, _memory() - before))
    os._exit(0)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _count_down(step: int) -> None:
    """Let every function of the system that changes the disk end the process at the n-th call of all of them."""
    left = [step]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def function(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os._exit(9)
            return real(*args, **kwargs)

        return function

    for name in ("open", "replace", "fsync", "unlink", "mkdir", "rmdir"):
        setattr(os, name, counted(getattr(os, name)))
