"""Layers that are initialised from an explicit generator, so that building a model touches no global random state."""

import math

import torch
from torch import nn


def linear(n_in: int, n_out: int, generator: torch.Generator, *, bias: bool = True) -> nn.Linear:
    r"""Make a linear layer with weights and biases drawn from :math:`U(-1/\sqrt{n_{in}}, 1/\sqrt{n_{in}})`.

    Parameters
    ----------
    n_in, n_out : int
        Widths.
    generator : torch.Generator
        Where the numbers are drawn from.
    bias : bool, default=True
        Whether there is a bias.

    Returns
    -------
    nn.Linear
        The layer, on the CPU.
    """
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, n_in, n_out, bias=bias)  # type: ignore[no-untyped-call]
    bound = 1 / math.sqrt(n_in)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
    return layer
