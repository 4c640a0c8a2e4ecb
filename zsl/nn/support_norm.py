"""Normalisation by the statistics of an episode: those of its support, or of all that come with a sample."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor, nn


@final
class SupportNorm(nn.Module):
    """Normalise each channel by mean and variance of the first rows of a batch, its support.

    Queries that come behind the support are normalised by the same figures, and so don't depend on each other. This is
    the "MetaBN" of J. Bronskill et al., "TaskNorm: Rethinking Batch Normalization for Meta-Learning", 2020,
    arXiv:2003.03284. Nothing is stored from one batch to the next. Scale, shift and epsilon are those of the batch
    normalisation that it takes the place of.
    """

    n_support: int | None = None
    """Rows that count; None for all."""

    def __init__(self, like: nn.modules.batchnorm._BatchNorm) -> None:
        super().__init__()
        self.weight = nn.Parameter(like.weight.detach().clone())
        self.bias = nn.Parameter(like.bias.detach().clone())
        self.eps = like.eps

    def forward(self, X: Tensor) -> Tensor:
        """Normalise (row, channel, ...)."""
        places = [0, *range(2, X.ndim)]
        variance, mean = torch.var_mean(X[: self.n_support], dim=places, keepdim=True, correction=0)
        shape = (-1, *[1] * (X.ndim - 2))
        scale = (variance + self.eps).rsqrt() * self.weight.view(shape)
        return (X - mean) * scale + self.bias.view(shape)


def centred(X: Tensor, n_support: int, length: float) -> Tensor:
    """Move rows, the support first, to mean 0 of the support, and stretch them to this root mean square length of it.

    Support rows that are all alike become zeros.
    """
    support = X[:n_support]
    mean = support.mean(0)
    square = (support - mean).square().sum(1).mean()
    return (X - mean) * (length * (square + 1e-6).rsqrt())


def with_support_norm(module: nn.Module) -> nn.Module:
    """Copy a module with `SupportNorm` in place of each batch normalisation that has a scale and a shift."""
    if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.affine:
        return SupportNorm(module)
    found = copy.deepcopy(module)
    for name, child in found.named_children():
        setattr(found, name, with_support_norm(child))
    return found


@contextmanager
def support_rows(module: nn.Module, n_support: int) -> Iterator[None]:
    """Let only the first rows, those of the support, count in each `SupportNorm` of a module."""
    found = [layer for layer in module.modules() if isinstance(layer, SupportNorm)]
    for layer in found:
        layer.n_support = n_support
    try:
        yield
    finally:
        for layer in found:
            layer.n_support = None


@contextmanager
def batch_statistics(module: nn.Module, *, on: bool = True) -> Iterator[None]:
    """Let the batch normalisation of a module use the statistics of its input and leave the stored ones alone.

    This makes results transductive: that of a sample depends on the others that come with it.
    """
    found = [layer for layer in module.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)] if on else []
    before = [(layer, layer.training, layer.track_running_stats) for layer in found]
    for layer in found:
        layer.training, layer.track_running_stats = True, False
    try:
        yield
    finally:
        for layer, training, tracking in before:
            layer.training, layer.track_running_stats = training, tracking
