"""Classification of the training classes before episodes, watched on other classes."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn

from zsl.estimators.few_shot._episode_training import N_CHECKS, History, Validation, watch
from zsl.estimators.few_shot._images import Scaled
from zsl.estimators.few_shot._tasks import Task
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.training.images.classification import ClassificationTraining, train_classification
from zsl.training.state import seeded_draws


def train_on_classes(
    backbone: nn.Module,
    task: Task,
    how: ClassificationTraining,
    *,
    validation: Validation | None,
    device: torch.device,
    verbose: bool,
) -> History:
    """Train a backbone in place to tell classes apart; return [epochs, accuracy] of the nearest prototype on others."""
    history: History = []
    if not any(p.requires_grad for p in backbone.parameters()):
        return history
    per_epoch = how.steps_per_epoch(len(task.X))
    options: dict[str, Any] = {}
    if validation is not None:
        see = watch(PrototypicalNetwork(backbone, distance="cosine"), validation, device, history)
        options = {"check": lambda step: see(step // per_epoch), "parts": {"history": history}}
    images = torch.as_tensor(np.ascontiguousarray(task.X, dtype=None if task.X.dtype == np.uint8 else np.float32))
    own = any(isinstance(part, Scaled) for part in backbone.modules())  # whose dropout may draw
    with seeded_draws(task.generator, device) if own else nullcontext():
        train_classification(
            backbone,
            images.to(device),
            torch.as_tensor(task.codes),
            how,
            generator=task.generator,
            check_every=per_epoch * -(-how.n_epochs // N_CHECKS),
            check_again=False,
            progress="classification" if verbose else None,
            **options,
        )
    return history
