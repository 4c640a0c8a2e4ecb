"""Accuracy of a memory-augmented network at the first to tenth image of a class, on Omniglot.

    python benchmarks/omniglot_presentations.py --episodes 100000 --tasks 16 --seed 0

Trains on Vinyals' training part, turned four ways, on 5 classes with 10 images each an episode, labels as one of five,
without convolution: the images are averaged down to 20 x 20 pixels and given as vectors. Prints the accuracy on
validation classes along training, and at its end on the part asked for, beside the figures of A. Santoro et al.,
"Meta-Learning with Memory-Augmented Neural Networks", 2016, arXiv:1605.06065, table 1.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from zsl import MemoryAugmentedClassifier, PresentationResult, load_omniglot, measure_presentations
from zsl._device import as_device
from zsl.evaluation.presentations import method_presentations
from zsl.training.few_shot import train_few_shot

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SETTINGS: dict[str, Any] = {
    "labels": "one_hot",
    "n_way": 5,
    "n_shot": 1,
    "n_query": 9,
    "n_slots": 128,
    "slot_width": 40,
    "n_reads": 4,
    "n_hidden": 200,
    "learning_rate": 2e-3,
    "weight_decay": 1e-4,
}
SHOWN = (1, 2, 3, 4, 5, 10)
PUBLISHED = {1: 36.4, 2: 82.8, 3: 91.0, 4: 92.6, 5: 94.9, 10: 98.1}


class Pixels(nn.Module):
    """Images as vectors of 20 x 20 pixels, less the mean vector and divided by one number; nothing is learned.

    The estimator does the same to plain vectors; as a backbone it can be given images, and so turn and shift them.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        vectors = self.shrunk(images.float() / 255)
        self.register_buffer("mean", vectors.mean(0))
        self.register_buffer("deviation", vectors.var(0).mean().sqrt())

    @staticmethod
    def shrunk(images: Tensor) -> Tensor:
        """From (n, 1, 28, 28) to (n, 400)."""
        return nn.functional.interpolate(images, 20, mode="area").flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """Embed images of ink from 0 to 1."""
        return (self.shrunk(images) - self.mean) / self.deviation


class Watched(MemoryAugmentedClassifier):
    """Prints the accuracy by presentation on validation classes along training."""

    def _train(self, method: Any, X: Any, codes: Any, generator: torch.Generator, groups: Any, validation: Any) -> None:
        device, start = as_device(self.device), time.perf_counter()
        X_val, y_val = validation

        def check(done: int) -> None:
            pixels = torch.cat([method.embed(block.to(device)) for block in torch.as_tensor(X_val).split(4096)])
            found = method_presentations(method, pixels, y_val, n_episodes=400)
            print(f"{done:>7} steps, {time.perf_counter() - start:6.0f} s, validation  {line(found)}", flush=True)

        train_few_shot(
            method,
            torch.as_tensor(X).to(device),
            torch.as_tensor(codes),
            self._episodes(),
            generator=generator,
            check=check,
            check_every=max(1, self.n_episodes // 40),
        )


def line(result: PresentationResult) -> str:
    """The accuracies that the paper tells, in per cent."""
    return "  ".join(f"{k}: {100 * result.mean[k - 1]:.1f} ± {100 * result.half_width[k - 1]:.1f}" for k in SHOWN)


def main() -> None:
    """Train, and print accuracies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=100_000, help="training steps")
    parser.add_argument("--tasks", type=int, default=16, help="episodes of a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="test", choices=("val", "test"))
    parser.add_argument("--augment", action="store_true", help="turn, shift and zoom training images a little")
    asked = parser.parse_args()
    split = load_omniglot(SHARED / "omniglot").with_rotations()
    X, y = split.part("train")
    clf = Watched(
        **SETTINGS,
        backbone=Pixels(torch.as_tensor(X)),
        n_episodes=asked.episodes,
        n_tasks=asked.tasks,
        augment=asked.augment,
        random_state=asked.seed,
    )
    print(clf)
    clf.fit(X, y, validation=split.part("val"))
    result = measure_presentations(clf, *split.part(asked.part), n_episodes=1000, random_state=asked.seed)
    print(f"{asked.part} part, 1000 episodes  {line(result)}")
    print("published  " + "  ".join(f"{k}: {value}" for k, value in PUBLISHED.items()))


if __name__ == "__main__":
    main()
