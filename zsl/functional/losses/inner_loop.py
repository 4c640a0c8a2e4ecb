"""Gradient descent within an episode, through which one can differentiate."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Parameters = dict[str, Tensor]


def inner_loop(
    loss: Callable[[Parameters], Tensor],
    parameters: Mapping[str, Tensor],
    rates: Sequence[Mapping[str, Tensor]],
    n_steps: int,
    *,
    first_order: bool = False,
) -> Parameters:
    r"""Go some steps down the gradient of a loss, :math:`\theta_{t+1} = \theta_t - \alpha_t \odot \nabla L(\theta_t)`.

    Nothing is changed in place, so what comes out can be differentiated by what went in, and by the rates. There is a
    mapping of rates for each step, each of the shape of its parameter or one that spreads to it; steps beyond the last
    take the last ones. With `first_order`, gradients count as constants, which leaves second derivatives out.
    """
    found = dict(parameters)
    for step in range(n_steps):
        gradient = torch.func.grad(loss)(found)
        own = rates[min(step, len(rates) - 1)]
        found = {
            name: value - own[name] * (gradient[name].detach() if first_order else gradient[name])
            for name, value in found.items()
        }
    return found
