"""Training on episodes in two processes, against one with the same episodes per step.

    python -m benchmarks --only processes

Conv4 is trained on images of noise by `train_few_shot`: steps of several episodes, which the processes share. Each
process takes its own share of the threads, so two processes have no more processors than one.
"""

import os
import subprocess
import sys
from time import perf_counter

import torch

from benchmarks._harness import Bench, Table, run
from benchmarks._harness.timing import Turns
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.nn.backbones import Conv4
from zsl.training import cooperating
from zsl.training.few_shot import EpisodeTraining, train_few_shot

N_WAY, N_SHOT, N_QUERY, TASKS = 5, 5, 5, 4


def train(n_steps: int) -> None:
    """Take some steps, alone or together with the processes of a launcher, and let the first one print its seconds."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(20).repeat_interleave(20)
    images = torch.randn(len(labels), 1, 28, 28, generator=generator)
    method = PrototypicalNetwork(Conv4((1, 28, 28), generator=generator))
    how = {"n_way": N_WAY, "n_shot": (N_SHOT,), "n_query": N_QUERY, "n_tasks": TASKS}
    with cooperating() as world:
        for count in (1, n_steps):  # the first step loads what is loaded on first use
            start = perf_counter()
            train_few_shot(method, images, labels, EpisodeTraining(n_episodes=count, **how), generator=generator)
        if world.rank == 0:
            print(f"seconds {perf_counter() - start}")


def seconds(processes: int, threads: int, n_steps: int) -> float:
    """Seconds of the steps in so many processes with so many threads each."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *(launcher if processes > 1 else []), "-m", "benchmarks.speed.processes", str(n_steps)]
    env = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return next(float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("seconds"))


def compare(bench: Bench) -> None:
    """Episodes per second with one and two processes."""
    n_steps, repeats = bench.size(20, 2), bench.size(bench.repeats, 1)
    cases = {(1, 1): "1 process, 1 thread", (1, 2): "1 process, 2 threads", (2, 1): "2 processes, 1 thread each"}
    if bench.threads < 2:
        print("Two processes need --threads 2.")
        return
    taken = Turns({name: [] for name in cases.values()}, {})
    for _ in range(repeats):
        for (processes, threads), name in cases.items():
            taken.seconds[name].append(seconds(processes, threads, n_steps))
    print(
        f"{n_steps} steps of {TASKS} episodes, each of {N_WAY} classes with {N_SHOT + N_QUERY} images; both processes "
        "take half of each step and exchange gradients by Gloo.\n"
    )
    table = Table("episodes / s", "times 1 process, 2 threads", what=())
    for name in cases.values():
        rate, times = n_steps * TASKS / taken.median(name), taken.times("1 process, 2 threads", name)
        table.row(name, f"{rate:.1f}", str(times))


def main(steps: int) -> None:
    """Train in this process, alone or as one of those that a launcher has started."""
    train(steps)


if __name__ == "__main__":
    run(main)
