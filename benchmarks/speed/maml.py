"""Inner loops side by side (`torch.func.vmap`) against one after the other, in one run.

    python -m benchmarks.speed.maml

Prints milliseconds per training step (loss and gradient of 5-way 1-shot episodes with 5 queries per class, three inner
steps) and their ratio. `MAMLClassifier` uses vmap where this shows it to be faster: without a backbone, and for ANIL.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks._harness import Table, fastest, run
from zsl.methods.learners.maml import MAML, Algorithm
from zsl.nn.backbones import Conv4
from zsl.nn.perceptron import Perceptron

WAY, QUERIES = 5, 5


def step_of(body: nn.Module, shape: tuple[int, ...], algorithm: Algorithm, n: int, side: bool) -> Callable[[], None]:
    """A training step of n episodes, taken once before."""
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
    return step


def main() -> None:
    """Print one row per case, the fastest of five."""
    draws = torch.Generator().manual_seed(0)
    bodies: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
        "perceptron, 640 features": (lambda: Perceptron(640, (128,), draws), (640,)),
        "Conv4 with strides": (lambda: Conv4((1, 28, 28), strided=True, generator=draws), (1, 28, 28)),
    }
    algorithms: tuple[Algorithm, ...] = ("maml", "anil")
    output = Table("episodes", "one by one ms", "side by side ms", "times", body=bodies, algorithm=algorithms)
    for name, (make, shape) in bodies.items():
        for algorithm in algorithms:
            for n in (4, 16):
                calls = {str(side): step_of(make(), shape, algorithm, n, side) for side in (False, True)}
                loop, side = (1000 * value for value in fastest(calls, repeats=5)[0].values())
                output.row(name, algorithm, n, f"{loop:.1f}", f"{side:.1f}", f"{loop / side:.2f}")


if __name__ == "__main__":
    run(main)
