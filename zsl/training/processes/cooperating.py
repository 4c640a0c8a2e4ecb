"""Joining the processes that a launcher such as ``torchrun`` has started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from zsl.exceptions import InvalidInputError
from zsl.training.processes.world import ALONE, World, current_world, within

_PATIENCE = timedelta(minutes=30)
"""How long a process waits for one that lives and says nothing: the first one tests on validation classes meanwhile."""


@contextmanager
def cooperating() -> Iterator[World]:
    """Fit together with the other processes that ``torchrun`` has started.

    Each process runs the same program, and calls the same fits with the same data within this block. Estimators that
    are trained on episodes then share each training step: the weights are those of one process, up to rounding, and the
    same in all of them. What isn't trained on episodes is computed by each process for itself, with the same result.
    Random states that are None are drawn once for all. The first process alone writes checkpoints and measures the
    accuracy on validation classes, so only its `history_` is filled.

    Outside of the block, fits know nothing of other processes. In a program that no launcher has started, the block
    changes nothing. On CUDA, each process takes the GPU of its number on the machine (``LOCAL_RANK``) for
    ``device="auto"`` or ``"cuda"``; the processes talk by NCCL there, and by Gloo on CPUs.

    Yields
    ------
    World
        With the number `rank` of this process, from 0, and the number of processes, `size`.

    Raises
    ------
    LostProcessError
        If another process ended, or says nothing for half an hour.
    InvalidInputError
        If there are more processes on a machine than GPUs.
    SystemExit
        With the code 1, in place of any error that another process has raised already, so that it is told once.

    Examples
    --------
    >>> from zsl.training import cooperating
    >>> with cooperating() as world:  # clf.fit(X, y, checkpoint="training")
    ...     world.rank, world.size
    (0, 1)
    """
    if current_world() is not ALONE or int(os.environ.get("WORLD_SIZE", 1)) == 1 or "RANK" not in os.environ:
        yield current_world()
        return
    world, ours = _joined()
    try:
        with within(world):
            yield world
    except Exception:
        if not world.may_speak():
            raise SystemExit(1) from None
        raise
    if ours:
        dist.destroy_process_group()


def _joined() -> tuple[World, bool]:
    """All processes, and whether they were joined here and not by the program."""
    backend = "gloo"
    if torch.cuda.is_available():
        local, n_here = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
        if local >= n_here:
            raise InvalidInputError(
                f"LOCAL_RANK={local}, and PyTorch finds {n_here} CUDA devices; wanted at most one process per device, "
                "or CUDA_VISIBLE_DEVICES='' to compute on the CPU."
            )
        torch.cuda.set_device(local)
        backend = "cpu:gloo,cuda:nccl"
    if dist.is_initialized():
        group: Any = dist.new_group(backend=backend, timeout=_PATIENCE)
        return World(dist.get_rank(), dist.get_world_size(), group=group), False
    store, rank, size = next(iter(rendezvous("env://", timeout=_PATIENCE)))
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    return World(rank, size, store=store), True
