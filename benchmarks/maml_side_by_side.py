"""Inner loops side by side (`torch.func.vmap`) against one after the other, in one run.

    python benchmarks/maml_side_by_side.py

Prints milliseconds a training step (loss and gradient of 5-way 1-shot episodes with 5 queries a class, three inner
steps) and their ratio. `MAMLClassifier` takes vmap where this shows it to be faster: without a backbone, and for ANIL.
"""

from collections.abc import Callable
from time import perf_counter

import torch
from torch import Tensor, nn

from zsl.methods.learners.maml import MAML, Algorithm
from zsl.nn.backbones import Conv4
from zsl.nn.perceptron import Perceptron

WAY, QUERIES = 5, 5


def step_of(make: Callable[[], nn.Module], shape: tuple[int, ...], algorithm: Algorithm, n: int, side: bool) -> float:
    """Milliseconds of a training step of n episodes, the best of five."""
    body = make()
    n_features = body(torch.zeros(2, *shape)).shape[1]
    method = MAML(
        body,
        n_features=n_features,
        input_shape=shape,
        algorithm=algorithm,
        n_steps=3,
        n_test_steps=3,
        rate=0.1,
        learn_rates=True,
        vectorized=side,
    )
    label = torch.arange(WAY).expand(n, WAY)
    query_label = label.repeat_interleave(QUERIES, dim=1)
    images = torch.randn(n * WAY * (1 + QUERIES), *shape, generator=torch.Generator().manual_seed(0))

    def step() -> None:
        rows: Tensor = method.embed(images).unflatten(0, (n, -1))
        method.loss(rows[:, :WAY], label, rows[:, WAY:], query_label, WAY).backward()

    step()
    taken = []
    for _ in range(5):
        start = perf_counter()
        step()
        taken.append(perf_counter() - start)
    return 1000 * min(taken)


def main() -> None:
    """Print a line a case."""
    draws = torch.Generator().manual_seed(0)
    bodies: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
        "perceptron, 640 features": (lambda: Perceptron(640, (128,), draws), (640,)),
        "Conv4 with strides": (lambda: Conv4((1, 28, 28), strided=True, generator=draws), (1, 28, 28)),
    }
    algorithms: tuple[Algorithm, ...] = ("maml", "anil")
    for name, (make, shape) in bodies.items():
        for algorithm in algorithms:
            for n in (4, 16):
                loop, side = (step_of(make, shape, algorithm, n, side) for side in (False, True))
                print(
                    f"{name:25} {algorithm:5} {n:3} episodes: one by one {loop:8.1f} ms, side by side {side:8.1f} ms, "
                    f"{loop / side:5.2f} times",
                    flush=True,
                )


if __name__ == "__main__":
    main()
