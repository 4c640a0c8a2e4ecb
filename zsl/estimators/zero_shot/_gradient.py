"""The shell of the methods that are trained by gradient steps: batches, the length of training, the device."""

import copy
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import torch
from sklearn.utils import check_random_state
from torch import Tensor

from zsl._device import as_device
from zsl.estimators._checks import check_number, check_whole
from zsl.estimators.zero_shot._base import ZeroShotClassifier
from zsl.methods.compatibility import TrainedMethod
from zsl.selection.folds import TrainingPart
from zsl.selection.search import Point
from zsl.training.loop import train

N_CHECKS = 8
"""How often the training on a fold is stopped to look."""


class GradientClassifier(ZeroShotClassifier):
    """Train a method on batches of seen images; the number of steps is chosen on held-out classes."""

    n_steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    early_stopping: bool
    device: str
    verbose: bool
    random_state: Any

    @abstractmethod
    def _make(self, n_features: int, n_attributes: int, n_classes: int, generator: torch.Generator) -> TrainedMethod:
        """Build a method with initial weights from a generator."""

    def _build(self, n_features: int, n_attributes: int, n_classes: int) -> TrainedMethod:
        return self._make(n_features, n_attributes, n_classes, torch.Generator())

    def _path(self, part: TrainingPart, label: str) -> Iterator[tuple[Point, TrainedMethod]]:
        found: list[tuple[Point, TrainedMethod]] = []

        def keep(method: TrainedMethod, done: int) -> None:
            found.append(({"n_steps": done}, copy.deepcopy(method).cpu()))

        self._train(part, self.n_steps, label, keep)
        yield from found

    def _fit_at(self, part: TrainingPart, point: Point) -> TrainedMethod:
        return self._train(part, point["n_steps"], "all seen classes")

    def _start(self) -> Point:
        return {"n_steps": int(self.n_steps)}

    def _chooses(self) -> bool:
        return bool(self.early_stopping)

    def _train(self, part: TrainingPart, n_steps: int, label: str, keep: Any = None) -> TrainedMethod:
        """Train on all images of a part, in batches that go through them in a new order each time."""
        device = as_device(self.device)
        generator = torch.Generator().manual_seed(self._seed)
        X, codes = part.images()
        images, labels = torch.as_tensor(X, device=device), torch.as_tensor(codes)
        S = torch.as_tensor(part.semantics, dtype=torch.float32)
        method = self._make(X.shape[1], S.shape[1], len(S), generator)
        method.prepare(S)
        method, S = method.to(device), S.to(device)
        batches = _batches(len(images), int(self.batch_size), generator)

        def loss() -> Tensor:
            rows = next(batches)
            return method.loss(images[rows.to(device)], labels[rows].to(device), S, generator)

        train(
            method,
            loss,
            n_steps=n_steps,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            check=None if keep is None else lambda done: keep(method, done),
            check_every=-(-n_steps // N_CHECKS) if self.early_stopping else 0,
            progress=label if self.verbose else None,
        )
        return method

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_whole("n_steps", self.n_steps)
        check_whole("batch_size", self.batch_size)
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("weight_decay", self.weight_decay, least=0)
        as_device(self.device)
        # Drawn once a fit, so that the folds and the last training start alike.
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))


def _batches(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Row numbers in batches without end; each image comes once before any comes again."""
    rest = torch.empty(0, dtype=torch.long)
    while True:
        while len(rest) < min(size, count):
            rest = torch.cat([rest, torch.randperm(count, generator=generator)])
        yield rest[:size]
        rest = rest[size:]
