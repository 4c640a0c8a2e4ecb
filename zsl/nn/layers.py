"""Layers in single precision from an explicit generator, so that no global state has a part in building a model."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

Built = TypeVar("Built", bound=nn.Module)


def undrawn(kind: type[Built], *args: Any, **options: Any) -> Built:
    """Build a module without its own initialisation, which draws from the global random state, on the CPU.

    Within ``torch.device("meta")``, where only the shapes of tensors count, it stays there.
    """
    module = kind(*args, device="meta", dtype=torch.float32, **options)
    return module if torch.get_default_device().type == "meta" else module.to_empty(device="cpu")


def linear(n_in: int, n_out: int, generator: torch.Generator, *, bias: bool = True) -> nn.Linear:
    r"""Make a linear layer with weights and biases from :math:`U(-1/\sqrt{n_{in}}, 1/\sqrt{n_{in}})`, on the CPU."""
    layer = undrawn(nn.Linear, n_in, n_out, bias=bias)
    draw_uniform(layer, n_in, generator)
    return layer


@torch.no_grad()
def draw_uniform(module: nn.Module, n_in: int, generator: torch.Generator) -> None:
    r"""Draw all weights and biases from :math:`U(-1/\sqrt{n_{in}}, 1/\sqrt{n_{in}})`, as torch does."""
    bound = 1 / math.sqrt(n_in)
    for parameter in module.parameters():
        parameter.uniform_(-bound, bound, generator=generator)


def recomputed(function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """Call a function whose backward pass computes it again rather than keep what it needs."""
    if not torch.is_grad_enabled():
        return function(*tensors)
    result: Tensor = checkpoint(function, *tensors, use_reentrant=False)
    return result


def convolution(
    n_in: int,
    n_out: int,
    generator: torch.Generator,
    *,
    size: int = 3,
    padding: int = 1,
    stride: int = 1,
    bias: bool = False,
) -> nn.Conv2d:
    r"""Make a convolution with weights from :math:`N(0, 2 / (n_{out} \cdot size^2))` and a bias of zeros, on the CPU.

    K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers", 2015, arXiv:1502.01852.
    """
    layer = undrawn(nn.Conv2d, n_in, n_out, size, padding=padding, stride=stride, bias=bias)
    with torch.no_grad():
        layer.weight.normal_(0, math.sqrt(2 / (n_out * size**2)), generator=generator)
        if layer.bias is not None:
            layer.bias.zero_()
    return layer
