"""Training a generator of features on seen classes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from zsl.functional.scores.distances import unit
from zsl.methods.generative.aligned_vae import AlignedVAE
from zsl.methods.generative.feature_cvae import FeatureCVAE
from zsl.methods.generative.feature_generator import FeatureGenerator, to_length
from zsl.methods.generative.feature_wgan import FeatureWGAN
from zsl.selection.folds import TrainingPart
from zsl.training.adversarial import train_adversarial
from zsl.training.batches import Batches
from zsl.training.loop import train
from zsl.training.state import Count

GeneratorKind = Literal["cvae", "wgan", "aligned_vae"]
GENERATORS: tuple[str, ...] = get_args(GeneratorKind)
N_CHECKS = 4
"""How often the training on a fold is stopped to look."""
N_CRITIC = 5
"""Steps of the critic for one of the generator, as in the paper."""


@dataclass(frozen=True)
class Training:
    """How a generator is built and trained; the names are those of the estimator's parameters."""

    generator: GeneratorKind
    hidden: int
    n_latent: int
    semantic_noise: float
    batch_size: int
    learning_rate: float
    weight_decay: float
    device: torch.device
    seed: int

    def build(
        self, n_features: int, n_attributes: int, n_classes: int, generator: torch.Generator | None = None
    ) -> FeatureGenerator:
        """Build a generator with initial weights."""
        draws = torch.Generator() if generator is None else generator
        if self.generator == "wgan":
            return FeatureWGAN(
                n_features, n_attributes, n_classes, hidden=self.hidden, n_latent=self.n_latent, generator=draws
            )
        kind = FeatureCVAE if self.generator == "cvae" else AlignedVAE
        return kind(n_features, n_attributes, hidden=self.hidden, n_latent=self.n_latent, generator=draws)

    def run(
        self,
        part: TrainingPart,
        n_steps: int,
        *,
        progress: str | None = None,
        check_every: int = 0,
        check: Callable[[FeatureGenerator, int], None] | None = None,
    ) -> FeatureGenerator:
        """Train on all samples of a part; in evaluation mode and double precision afterwards, on the CPU.

        `check` gets a finished copy of what there is after every `check_every` steps and at the end.
        """
        draws = torch.Generator().manual_seed(self.seed)
        rows, codes = part.samples()
        X, labels = to_length(torch.as_tensor(rows, device=self.device)), torch.as_tensor(codes, device=self.device)
        S = torch.as_tensor(part.semantics, dtype=torch.float32)
        method = self.build(X.shape[1], S.shape[1], len(S), draws).to(self.device)
        S = S.to(self.device)
        method.prepare(X, labels, S)
        batches = Batches(len(X), self.batch_size, draws)
        steps = Count()

        def draw() -> tuple[Tensor, Tensor, Tensor]:
            places = batches.draw().to(self.device)
            return X[places], labels[places], self._described(S[labels[places]], draws)

        def loss() -> Tensor:
            return method.loss(*draw(), draws, steps.next() / n_steps)

        def critic_loss() -> Tensor:
            samples, _, described = draw()
            return method.critic_loss(samples, described, draws)

        options: dict[str, Any] = {
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "check": None if check is None else lambda done: check(_finished(copy.deepcopy(method)), done),
            "check_every": check_every,
            "progress": progress,
            "parts": {"draws": draws, "batches": batches, "steps": steps},
            "inputs": (X, S),
        }
        critic = method.adversary()
        if critic is None:
            train(method, loss, n_steps=n_steps, **options)
        else:
            train_adversarial(method, critic, loss, critic_loss, n_steps=n_steps, n_critic=N_CRITIC, **options)
        return _finished(method)

    def _described(self, rows: Tensor, draws: torch.Generator) -> Tensor:
        """Semantic vectors of length 1 with noise, so that the generator learns what lies between classes."""
        if not self.semantic_noise:
            return rows
        noise = torch.randn(rows.shape, generator=draws, dtype=torch.float32).to(rows)
        return unit(rows + self.semantic_noise / rows.shape[1] ** 0.5 * noise)


def _finished(method: FeatureGenerator) -> FeatureGenerator:
    finished: FeatureGenerator = method.cpu().double().requires_grad_(False).eval()
    return finished
