"""What a training consists of while it runs, taken out and put back: weights, optimisers, sources of randomness."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

State = Any
"""Dictionaries by strings and lists of tensors, numbers, strings, booleans and None."""


@runtime_checkable
class Resumable(Protocol):
    """Something that changes from step to step, such as what draws batches."""

    def state(self) -> State:
        """What has to be known to go on from here."""

    def restore(self, state: State) -> None:
        """Go on from there."""


_SEEDED = threading.Lock()
Part = nn.Module | torch.optim.Optimizer | torch.Generator | list[Any] | Resumable


class Count:
    """How often something was done."""

    def __init__(self) -> None:
        self.done = 0

    def next(self) -> int:
        """The number of this time, from 0."""
        self.done += 1
        return self.done - 1

    def state(self) -> State:
        """How often so far."""
        return self.done

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.done = int(state)


class GlobalDraws:
    """The global generators of PyTorch, which dropout in a module of the user's draws from, if they move at all."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._first = self._now()

    def _now(self) -> dict[str, Tensor]:
        found = {"cpu": torch.get_rng_state()}
        return found | ({"cuda": torch.cuda.get_rng_state(self._device)} if self._device.type == "cuda" else {})

    def state(self) -> State:
        """The state of each generator that moved."""
        return {kind: now for kind, now in self._now().items() if not torch.equal(now, self._first[kind])}

    def restore(self, state: State) -> None:
        """Move those that had moved."""
        if "cpu" in state:
            torch.set_rng_state(state["cpu"])
        if "cuda" in state and self._device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda"], self._device)


@contextmanager
def seeded_draws(generator: torch.Generator, device: torch.device) -> Iterator[None]:
    """Seed the global generators as a generator was, for dropout in a module of the user's; undone afterwards.

    One thread at a time does so; that others draw from them meanwhile can't be prevented.
    """
    with _SEEDED, torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(generator.initial_seed())
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(generator.initial_seed())
        yield


def state_of(part: Part) -> State:
    """The state of one part; tensors in it may be those that are trained."""
    if isinstance(part, nn.Module):
        return {
            "tensors": _tensors(part),
            "generators": {name: generator.get_state() for name, generator in _generators(part).items()},
        }
    if isinstance(part, torch.optim.Optimizer):
        return {str(place): dict(part.state.get(each, {})) for place, each in enumerate(_trained(part))}
    if isinstance(part, torch.Generator):
        return part.get_state()
    return part if isinstance(part, list) else part.state()


def restore(part: Part, state: State) -> None:
    """Put a state back into a part that was made in the same way; tensors keep their device and layout in memory."""
    if isinstance(part, nn.Module):
        with torch.no_grad():
            for name, tensor in _tensors(part).items():
                tensor.copy_(state["tensors"][name])
        for name, generator in _generators(part).items():
            generator.set_state(state["generators"][name])
    elif isinstance(part, torch.optim.Optimizer):
        for place, each in enumerate(_trained(part)):
            if own := state[str(place)]:
                part.state[each] = {name: _beside(each, name, value) for name, value in own.items()}
    elif isinstance(part, torch.Generator):
        part.set_state(state)
    elif isinstance(part, list):
        part[:] = state
    else:
        part.restore(state)


def shapes_of(module: nn.Module) -> dict[str, list[int]]:
    """The shapes of all weights and buffers by name."""
    return {name: list(tensor.shape) for name, tensor in _tensors(module).items()}


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    """All weights and buffers, also buffers that a saved model leaves out."""
    return dict(module.named_parameters()) | dict(module.named_buffers())


def _generators(module: nn.Module) -> dict[str, torch.Generator]:
    """Generators that modules draw from and hold as attributes."""
    return {
        f"{path}.{name}": value
        for path, own in module.named_modules()
        for name, value in vars(own).items()
        if isinstance(value, torch.Generator)
    }


def _trained(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _beside(parameter: Tensor, name: str, value: Any) -> Any:
    """A value of the optimiser's, laid out in memory as the optimiser itself lays it out."""
    if not isinstance(value, Tensor) or name == "step":
        return value
    return torch.empty_like(parameter, dtype=value.dtype, memory_format=torch.preserve_format).copy_(value)


def states_of(parts: Mapping[str, Part]) -> dict[str, State]:
    """The state of each part."""
    return {name: state_of(part) for name, part in parts.items()}
