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
    r"""Go down the gradient of a loss for some steps.

    .. math:: \theta_{t+1} = \theta_t - \alpha_t \odot \nabla L(\theta_t)

    Nothing is changed in place, so what comes out can be differentiated by what went in, and by the rates.

    Parameters
    ----------
    loss, parameters : callable and mapping of str to Tensor
        A function of parameters by name, and where to start.
    rates : sequence of mappings of str to Tensor
        Rates of each step, each of the shape of its parameter or one that spreads to it. Steps beyond the last take
        the last ones.
    n_steps : int
        Number of steps; with 0 the parameters come back.
    first_order : bool, default=False
        Take the gradients for constants, which leaves second derivatives out.

    Returns
    -------
    dict of str to Tensor
        Where it ended.
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
