"""Adversarial training, on top of the one training loop."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from zsl.training.loop import train
from zsl.training.state import Count, Part


def train_adversarial(
    module: nn.Module,
    critic: nn.Module,
    loss: Callable[[], Tensor],
    critic_loss: Callable[[], Tensor],
    *,
    n_steps: int,
    n_critic: int,
    learning_rate: float,
    weight_decay: float = 0.0,
    parts: Mapping[str, Part] | None = None,
    **options: Any,
) -> None:
    r"""Take `n_critic` steps of a critic, a part of the module or not, before each step of `train` on everything else.

    The critic is trained in place by AdamW with :math:`\beta = (0.5, 0.9)`, as is usual for critics, at the same
    falling rate. Both losses draw a batch: `critic_loss` is that of the critic alone, `loss` that of everything else.
    Further options and errors are those of `train`.
    """
    optimizer = torch.optim.AdamW(critic.parameters(), lr=learning_rate, betas=(0.5, 0.9), weight_decay=weight_decay)
    critic.requires_grad_(False)  # so that the loop leaves it alone
    steps = Count()
    changing: dict[str, Part] = {"critic's optimizer": optimizer, "critic's steps": steps, **(parts or {})}
    if critic not in set(module.modules()):
        changing["critic"] = critic

    def alternate() -> Tensor:
        critic.requires_grad_(True)
        done = steps.next()
        for group in optimizer.param_groups:
            group["lr"] = 0.5 * learning_rate * (1 + math.cos(math.pi * done / n_steps))
        for _ in range(n_critic):
            optimizer.zero_grad(set_to_none=True)
            critic_loss().backward()
            optimizer.step()
        critic.requires_grad_(False)
        return loss()

    options |= {"n_steps": n_steps, "learning_rate": learning_rate, "weight_decay": weight_decay, "parts": changing}
    try:
        train(module, alternate, **options)
    finally:
        critic.requires_grad_(True)
