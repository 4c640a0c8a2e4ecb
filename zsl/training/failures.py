"""Training that left the finite numbers: where, and why."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from zsl.exceptions import ZSLError

_RATE = "A smaller learning_rate may help."


def check_loss(
    value: Tensor, module: nn.Module, inputs: Sequence[Tensor], step: int, n_steps: int, advice: Callable[[], str]
) -> None:
    """Refuse a loss that is no finite number, with its step, the likely cause, and what is saved."""
    if not torch.isfinite(value):
        wanted = f"wanted a finite number. {_cause(module, inputs, step)}{advice()}"
        raise ZSLError(f"The loss is {value.item()} in step {step} of {n_steps}; {wanted}")


def check_weights(module: nn.Module, step: int, n_steps: int, advice: Callable[[], str]) -> None:
    """Refuse weights that are no finite numbers, so that none are saved."""
    if not _finite(module.parameters()):
        wanted = f"wanted finite numbers. {_RATE}{advice()}"
        raise ZSLError(f"Weights are infinite or NaN after step {step} of {n_steps}; {wanted}")


def _cause(module: nn.Module, inputs: Sequence[Tensor], step: int) -> str:
    if not _finite(inputs):
        return "Samples or semantics aren't finite once they are in single precision; values of smaller size may help."
    if not _finite(module.parameters()):
        return f"Weights are infinite or NaN since the step before. {_RATE}"
    if step == 1 and inputs:
        return f"The inputs are finite, but up to {_largest(inputs):.3g}; values of smaller size may help."
    return f"Inputs and weights are finite, but weights are up to {_largest(module.parameters()):.3g}. {_RATE}"


def _finite(tensors: Iterable[Tensor]) -> bool:
    return all(bool(torch.isfinite(own).all()) for own in tensors)


def _largest(tensors: Iterable[Tensor]) -> float:
    return max((float(own.detach().abs().max()) for own in tensors if own.numel()), default=0.0)
