"""An LSTM that trains another network, one and the same for each of its parameters."""

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.nn.layers import linear

_SMALLEST = 10.0
"""Gradients below exp(-10) are given by their size, others by its logarithm."""


@dataclass(frozen=True)
class CoordinateState:
    """What is remembered of each parameter: the first layer, (parameter, unit), and the gates, (parameter, 1)."""

    hidden: Tensor
    cell: Tensor
    learn: Tensor
    keep: Tensor


@final
class CoordinateLSTM(nn.Module):
    r"""Decide for each parameter how much of it to keep and how far to go down its gradient.

    S. Ravi and H. Larochelle, "Optimization as a Model for Few-Shot Learning", ICLR 2017. The parameters are the cell
    state of the second layer,

    .. math::
        \theta_t = f_t \odot \theta_{t-1} - i_t \odot \nabla_t, \quad
        i_t = \sigma(W_I [h_t, \theta_{t-1}, i_{t-1}] + b_I), \quad
        f_t = \sigma(W_F [h_t, \theta_{t-1}, f_{t-1}] + b_F),

    where :math:`h_t` is the output of a first LSTM layer of `n_hidden` units that sees gradient and loss, each as two
    numbers (`_logarithmic`). All weights are shared by the coordinates. Before training the step size :math:`i` is
    `rate`, in (0, 1).
    """

    def __init__(self, n_hidden: int, *, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.n_hidden = n_hidden
        self.seen = linear(4, 4 * n_hidden, generator)
        self.remembered = linear(n_hidden, 4 * n_hidden, generator, bias=False)
        self.learn = linear(n_hidden + 2, 1, generator)
        self.keep = linear(n_hidden + 2, 1, generator)
        with torch.no_grad():
            for layer, bias in ((self.learn, math.log(rate / (1 - rate))), (self.keep, 5.0)):
                layer.weight.mul_(0.1)  # so that the biases decide at first
                layer.bias.fill_(bias)

    def initial(self, theta: Float[Tensor, "parameter"]) -> CoordinateState:
        """The state of zeros for parameters that are going to be trained."""
        units, gate = theta.new_zeros(len(theta), self.n_hidden), theta.new_zeros(len(theta), 1)
        return CoordinateState(units, units, gate, gate)

    def forward(
        self,
        theta: Float[Tensor, "parameter"],
        gradient: Float[Tensor, "parameter"],
        loss: Float[Tensor, ""],
        state: CoordinateState,
    ) -> tuple[Float[Tensor, "parameter"], CoordinateState]:
        """Take one step from parameters, the gradient of the loss there, the loss and the state of the step before."""
        what = torch.cat([_logarithmic(gradient), _logarithmic(loss).expand(len(theta), 2)], dim=1)
        gates = self.seen(what) + self.remembered(state.hidden)
        enter, forget, leave = gates[:, : 3 * self.n_hidden].sigmoid().chunk(3, dim=1)
        cell = forget * state.cell + enter * gates[:, 3 * self.n_hidden :].tanh()
        hidden = leave * cell.tanh()
        learn, keep = (
            layer(torch.cat([hidden, theta[:, None], before], dim=1)).sigmoid()
            for layer, before in ((self.learn, state.learn), (self.keep, state.keep))
        )
        moved = keep[:, 0] * theta - learn[:, 0] * gradient
        return moved, CoordinateState(hidden, cell, learn, keep)


def _logarithmic(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape 2"]:
    r"""Express a number of any size by two near 1.

    :math:`(\log|x| / p, \mathrm{sgn}\,x)` where :math:`|x| \ge e^{-p}`, else :math:`(-1, e^p x)`, with p = 10 (M.
    Andrychowicz et al., "Learning to learn by gradient descent by gradient descent", 2016, arXiv:1606.04474).
    """
    size = x.abs()
    large = size >= math.exp(-_SMALLEST)
    first = torch.where(large, size.clamp_min(math.exp(-_SMALLEST)).log() / _SMALLEST, -1.0)
    return torch.stack([first, torch.where(large, x.sign(), x * math.exp(_SMALLEST))], dim=-1)
