"""Training of a backbone to classify the training classes, after which episodes begin."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from zsl.nn.cosine_head import CosineHead
from zsl.training.batches import Batches
from zsl.training.few_shot import in_half
from zsl.training.images.changes import Changes, changed
from zsl.training.loop import train
from zsl.training.processes.sharing import joint_statistics
from zsl.training.processes.world import current_world


@dataclass(frozen=True)
class ClassificationTraining:
    """How a backbone is trained to classify.

    Parameters
    ----------
    n_epochs, batch_size : int
        How often each image is seen, and images per step.
    learning_rate, weight_decay : float
        Of AdamW.
    augment : bool or "photos"
        How images are changed (see `zsl.training.images.changes`).
    bfloat16 : bool
        Whether the backbone computes in bfloat16.
    """

    n_epochs: int
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    augment: Changes = False
    bfloat16: bool = False

    def steps_per_epoch(self, n_images: int) -> int:
        """Steps after which each image was seen."""
        return -(-n_images // self.batch_size)


def train_classification(
    backbone: nn.Module,
    X: Tensor,
    labels: Tensor,
    how: ClassificationTraining,
    *,
    generator: torch.Generator,
    **options: Any,
) -> None:
    """Train a backbone in place, on the device of `X`, under a cosine head that is dropped afterwards.

    `X` has images as the backbone takes them, `labels` are class numbers, and options those of `train`. Processes that
    fit together (`zsl.training.cooperating`) share each step.
    """
    world = current_world()
    with torch.no_grad():
        width = backbone.eval()(X[:1]).shape[1]
    head = CosineHead(width, int(labels.max()) + 1, generator).to(next(backbone.parameters()))
    net = nn.ModuleDict({"backbone": backbone, "head": head})
    batches = Batches(len(X), how.batch_size, generator)

    def loss() -> Tensor:
        rows = batches.draw()
        own = world.share(len(rows))
        images = X[rows[own].to(X.device)]
        images = changed(images, how.augment, generator, around=(own.start, len(rows) - own.stop))
        with in_half(X.device, how.bfloat16), joint_statistics(backbone, world):
            embedded = backbone(images)
        scores = head(embedded.to(head.weight))
        total = nn.functional.cross_entropy(scores, labels[rows[own]].to(X.device), reduction="sum")
        return total * (world.size / len(rows))

    options |= {"parts": {"draws": generator, "batches": batches, **options.get("parts", {})}, "inputs": (X,)}
    steps = how.n_epochs * how.steps_per_epoch(len(X))
    rate, decay = how.learning_rate, how.weight_decay
    train(net, loss, n_steps=steps, learning_rate=rate, weight_decay=decay, world=world, **options)
