"""The shell of the methods that are trained by gradient steps: batches, the length of training, the device."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from zsl._device import as_device
from zsl.estimators._groups import Steps
from zsl.estimators.zero_shot._base import ScaledZeroShotClassifier
from zsl.methods.compatibility import TrainedMethod
from zsl.selection.feeding import Feed
from zsl.selection.folds import TrainingPart
from zsl.selection.search import Point
from zsl.training.journal import seed_of
from zsl.training.loop import train

N_CHECKS = 8
"""How often the training on a fold is stopped to look."""


class GradientClassifier(Steps, ScaledZeroShotClassifier):
    """Train a method on batches of seen samples; the number of steps is chosen on held-out classes.

    A subclass names the method; its constructor gets the parameters of the same name, sizes, and a generator.

    Attributes
    ----------
    n_steps_ : int
        Training steps that the method was trained with.
    """

    _takes_steps = True
    _example = """\
>>> from zsl import {name}, load_digits_zsl
>>> split = load_digits_zsl()
>>> clf = {name}(semantics=split.semantics, n_steps=50, random_state=0)
>>> clf.fit(split.X_train, split.y_train).unseen_classes_
array([7, 8, 9])"""

    def _build(self, n_features: int, n_attributes: int, n_classes: int, **more: Any) -> TrainedMethod:
        method = super()._build(n_features, n_attributes, n_classes, **({"generator": torch.Generator()} | more))
        assert isinstance(method, TrainedMethod)
        return method

    def _path(self, part: TrainingPart, label: str) -> Iterator[tuple[Point, TrainedMethod]]:
        found: list[tuple[Point, TrainedMethod]] = []

        def keep(method: TrainedMethod, done: int) -> None:
            found.append(({"n_steps": done}, copy.deepcopy(method).cpu()))

        self._train(part, self.n_steps, label, keep)
        yield from found

    def _fit_at(self, part: TrainingPart, point: Point) -> TrainedMethod:
        return self._train(part, point["n_steps"], "all seen classes")

    def _start(self) -> Point:
        # Drawn once per fit, so that the folds and the last training start alike.
        self._seed = seed_of(self.random_state)
        return {"n_steps": int(self.n_steps)}

    def _chooses(self) -> bool:
        return bool(self.early_stopping)

    def _train(self, part: TrainingPart, n_steps: int, label: str, keep: Any = None) -> TrainedMethod:
        """Train on all samples of a part, in batches that go through them in a new order each time.

        Of samples on disk more than a window of the working memory holds, that order is less random: see
        `zsl.training.batches.WindowBatches`.
        """
        device = as_device(self.device)
        generator = torch.Generator().manual_seed(self._seed)
        S = torch.as_tensor(part.semantics, dtype=torch.float32)
        method = self._build(part.X.shape[1], S.shape[1], len(S), generator=generator)
        method.prepare(S)
        method, S = method.to(device), S.to(device)
        feed = Feed(part, int(self.batch_size), generator, device)

        def loss() -> Tensor:
            samples, labels = feed.draw()
            return method.loss(samples, labels, S, generator)

        train(
            method,
            loss,
            n_steps=n_steps,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            check=None if keep is None else lambda done: keep(method, done),
            check_every=-(-n_steps // N_CHECKS) if self.early_stopping else 0,
            progress=label if self.verbose else None,
            parts={"draws": generator, "batches": feed.batches},
            inputs=(*feed.inputs, S),
        )
        return method
