"""Layers that are initialised from an explicit generator, so that building a model touches no global random state."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from zsl.exceptions import InvalidInputError


def linear(n_in: int, n_out: int, generator: torch.Generator) -> nn.Linear:
    r"""Make a linear layer with weights and biases drawn from :math:`U(-1/\sqrt{n_{in}}, 1/\sqrt{n_{in}})`.

    Parameters
    ----------
    n_in, n_out : int
        Widths.
    generator : torch.Generator
        Where the numbers are drawn from.

    Returns
    -------
    nn.Linear
        The layer, on the CPU.
    """
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, n_in, n_out)  # type: ignore[no-untyped-call]
    bound = 1 / math.sqrt(n_in)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


def check_widths(name: str, widths: Sequence[int]) -> tuple[int, ...]:
    """Return the widths of hidden layers as a tuple of positive whole numbers.

    Parameters
    ----------
    name : str
        The argument that they came from.
    widths : sequence of int
        One width a layer; empty for none.

    Returns
    -------
    tuple of int
        The widths.

    Raises
    ------
    InvalidInputError
        If one is no whole number, or below 1.
    """
    found = tuple(widths) if isinstance(widths, (tuple, list)) else (widths,)
    if any(isinstance(width, bool) or not isinstance(width, int) or width < 1 for width in found):
        raise InvalidInputError(f"{name}={widths!r}; wanted whole numbers of 1 or more, one a hidden layer.")
    return found
