"""Normalisation by the statistics of an episode: those of its support, or of all that come with a sample."""

import copy
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


def own_structure(module: nn.Module) -> nn.Module:
    """Copy a module with the very same tensors, so that what is set on its layers is seen by nobody else."""
    parts = module.modules()
    shared = {id(value): value for part in parts for value in vars(part).values() if isinstance(value, Tensor)}
    shared |= {id(value): value for value in (*module.parameters(), *module.buffers())}
    return copy.deepcopy(module, shared)


def with_support_rows(module: nn.Module, n_support: int) -> nn.Module:
    """Copy a module, tensors apart, so that only the first rows, the support, count in each `SupportNorm`."""
    found = own_structure(module)
    for layer in found.modules():
        if isinstance(layer, SupportNorm):
            layer.n_support = n_support
    return found


def with_batch_statistics(module: nn.Module) -> nn.Module:
    """Copy a module, tensors apart, whose batch normalisation uses the statistics of its input, not the stored ones.

    This makes results transductive: that of a sample depends on the others that come with it.
    """
    found = own_structure(module)
    for layer in found.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.training, layer.track_running_stats = True, False
    return found
