"""Training of a few-shot method on episodes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from zsl.episodes.few_shot import EpisodeBatch, FewShotSampler
from zsl.methods.few_shot import FewShotMethod
from zsl.training.images.changes import Changes, changed
from zsl.training.loop import train
from zsl.training.processes.steps import StepShare
from zsl.training.processes.world import current_world
from zsl.training.state import Count, Part


@dataclass(frozen=True)
class EpisodeTraining:
    """How a few-shot method is trained.

    Parameters
    ----------
    n_way, n_query : int
        Classes per episode, and queries of each class beside the largest number of support samples.
    n_shot : tuple of int
        Numbers of support samples of each class, used in turn.
    n_episodes, n_tasks : int
        Steps of training, and episodes per step; all of a step have the same number of support samples.
    n_unlabeled, n_distractors : int
        Unlabelled samples of each class, and classes that have only these.
    n_splits : int
        Number of random divisions of the embedded samples of a step into support and queries; the step minimizes the
        mean of the losses. This costs little, since the samples are embedded once. With unlabelled samples there is one
        division.
    learning_rate, weight_decay : float
        Of AdamW.
    augment : bool or "photos"
        How images are changed (see `zsl.training.images.changes`).
    bfloat16 : bool
        Whether the backbone computes in bfloat16.
    """

    n_way: int
    n_shot: tuple[int, ...]
    n_query: int
    n_episodes: int
    n_tasks: int = 1
    n_unlabeled: int = 0
    n_distractors: int = 0
    n_splits: int = 1
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    augment: Changes = False
    bfloat16: bool = False


def train_few_shot(
    method: FewShotMethod,
    X: Tensor,
    labels: Tensor,
    how: EpisodeTraining,
    *,
    groups: Tensor | None = None,
    labeled: Tensor | None = None,
    generator: torch.Generator,
    parts: Mapping[str, Part] | None = None,
    **options: Any,
) -> None:
    """Train a method in place, on the device of `X`, on episodes drawn from labelled samples.

    `X` has samples as the backbone takes them, and `labels` are class numbers. `groups`, `labeled`, the generator and
    errors are those of `FewShotSampler`, further options those of `train`. Processes that fit together
    (`zsl.training.cooperating`) share each step.
    """
    sampler = FewShotSampler(
        labels,
        n_way=how.n_way,
        n_shot=max(how.n_shot),
        n_query=how.n_query,
        n_unlabeled=how.n_unlabeled,
        n_distractors=how.n_distractors,
        groups=groups,
        labeled=labeled,
        generator=generator,
    )
    turns, share = Count(), StepShare(method, how.n_tasks, current_world())

    def loss() -> Tensor:
        batch = sampler.draw(how.n_tasks)
        places = torch.cat([batch.support, batch.query, batch.unlabeled], dim=1).flatten()
        own_places = share.samples(len(places))
        inputs = X[places[own_places].to(X.device)]
        inputs = changed(inputs, how.augment, generator, around=(own_places.start, len(places) - own_places.stop))
        with in_half(X.device, how.bfloat16), share.joint():
            embedded = method.embed(inputs)
        embedded = share.together(embedded.to(torch.promote_types(embedded.dtype, torch.float32)), len(places))
        if batch.unlabeled.shape[1]:
            return _as_drawn(share, embedded, batch, how.n_way, how.n_shot[turns.next() % len(how.n_shot)])
        n_labeled = batch.support.shape[1]
        own = torch.cat(
            [part.unflatten(1, (how.n_way, -1)) for part in (embedded[:, :n_labeled], embedded[:, n_labeled:])], dim=2
        )
        total = embedded.new_zeros(())
        for _ in range(how.n_splits):
            keys = torch.rand(how.n_tasks, *own.shape[1:3], generator=generator, dtype=torch.float32)
            order = keys[share.episodes].argsort(2).to(own.device)
            with in_half(X.device, how.bfloat16):
                total = total + _divided(
                    share, own.gather(2, order[..., None].expand_as(own)), how.n_shot[turns.next() % len(how.n_shot)]
                )
        mean: Tensor = total / how.n_splits
        return mean

    options |= {"parts": {"draws": generator, "turns": turns, **(parts or {})}, "inputs": (X,), "world": share.world}
    rate, decay = how.learning_rate, how.weight_decay
    train(method, loss, n_steps=how.n_episodes, learning_rate=rate, weight_decay=decay, **options)


@contextmanager
def in_half(device: torch.device, enabled: bool) -> Iterator[None]:
    """Compute in bfloat16, with weights as they are now: those cast earlier are kept where a user's autocast is on."""
    with torch.autocast(device.type, torch.bfloat16, enabled=enabled):
        yield
    torch.clear_autocast_cache()


def _as_drawn(share: StepShare, embedded: Tensor, batch: EpisodeBatch, n_way: int, shot: int) -> Tensor:
    """Loss with the first `shot` support samples of each class."""
    sizes = [part.shape[1] for part in (batch.support, batch.query, batch.unlabeled)]
    support, query, unlabeled = embedded.split(sizes, dim=1)
    label, query_label = (own[share.episodes].to(embedded.device) for own in (batch.label, batch.query_label))
    support, label = (part.unflatten(1, (n_way, -1))[:, :, :shot].flatten(1, 2) for part in (support, label))
    return share.loss(support, label, query, query_label, n_way, unlabeled)


def _divided(share: StepShare, own: Tensor, shot: int) -> Tensor:
    """Loss where the first samples of each class, (episode, class, sample, feature), are support, the rest queries."""
    n_tasks, n_way, n_samples, _ = own.shape
    classes = torch.arange(n_way, device=own.device).expand(n_tasks, n_way)
    return share.loss(
        own[:, :, :shot].flatten(1, 2),
        classes.repeat_interleave(shot, dim=1),
        own[:, :, shot:].flatten(1, 2),
        classes.repeat_interleave(n_samples - shot, dim=1),
        n_way,
    )
