"""Accuracy of a memory-augmented network at the first to tenth image of a class, on Omniglot.

    python -m benchmarks.accuracy.presentations --episodes 100000 --tasks 16 --seed 0

Trains on Vinyals' training part, turned four ways, with 5 classes of 10 images per episode, labels as one of five,
without convolution: the images are averaged down to 20 x 20 pixels and given as vectors. Prints the accuracy on
validation classes along training, and at its end on the part asked for, beside the figures of A. Santoro et al.,
"Meta-Learning with Memory-Augmented Neural Networks", 2016, arXiv:1605.06065, table 1.
"""

import time
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from benchmarks._harness import Table, few_shot_data, run
from zsl import MemoryAugmentedClassifier
from zsl._device import as_device
from zsl.evaluation import PresentationResult, measure_presentations
from zsl.evaluation.presentations import method_presentations
from zsl.training.few_shot import train_few_shot

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
    """Prints the accuracy by presentation on validation classes along training, in per cent."""

    def _train(self, method: Any, task: Any) -> None:
        device, start = as_device(self.device), time.perf_counter()
        self.output = Table(*map(str, PUBLISHED), accuracy_at_presentation=["validation, 100000 steps, 10000 s"])
        X_val, y_val = task.validation

        def check(done: int) -> None:
            pixels = torch.cat([method.embed(block.to(device)) for block in torch.as_tensor(X_val).split(4096)])
            found = method_presentations(method, pixels, y_val, n_episodes=400)
            spent = time.perf_counter() - start
            self.output.row(f"validation, {done} steps, {spent:.0f} s", *cells(found))

        train_few_shot(
            method,
            torch.as_tensor(task.X).to(device),
            torch.as_tensor(task.codes),
            self._episodes(),
            generator=task.generator,
            check=check,
            check_every=max(1, self.n_episodes // 40),
        )


def cells(result: PresentationResult) -> list[str]:
    """The accuracies that the paper reports, in per cent."""
    return [f"{100 * result.mean[k - 1]:.1f} ± {100 * result.half_width[k - 1]:.1f}" for k in PUBLISHED]


def main(
    episodes: Annotated[int, "training steps"] = 100_000,
    tasks: Annotated[int, "episodes per step"] = 16,
    seed: int = 0,
    part: Literal["test", "val"] = "test",
    augment: Annotated[bool, "turn, shift and zoom training images a little"] = False,
) -> None:
    """Train, and print accuracies."""
    split = few_shot_data("omniglot")
    X, y = split.part("train")
    clf = Watched(
        **SETTINGS,
        backbone=Pixels(torch.as_tensor(X)),
        n_episodes=episodes,
        n_tasks=tasks,
        augment=augment,
        random_state=seed,
    )
    print(clf)
    clf.fit(X, y, validation=split.part("val"))
    result = measure_presentations(clf, *split.part(part), n_episodes=1000, random_state=seed)
    clf.output.row(f"{part} part, 1000 episodes", *cells(result))
    clf.output.row("published", *PUBLISHED.values())


if __name__ == "__main__":
    run(main)
