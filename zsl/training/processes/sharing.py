"""Embeddings and statistics of samples that several processes hold parts of, through which gradients flow."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm

from zsl.training.processes.world import World


def gathered(own: Tensor, n: int, world: World) -> Tensor:
    """All `n` rows, of which each process has its share.

    The gradients of its rows that a process takes are the sum over the losses of all processes.
    """
    if world.size == 1:
        return own
    found: Tensor = _Gathered.apply(own, n, world)  # type: ignore[no-untyped-call]
    return found


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, own: Tensor, n: int, world: World) -> Tensor:
        ctx.world, ctx.share = world, world.share(n)
        return _rows(own, n, world)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return ctx.world.summed(gradient.clone(memory_format=torch.contiguous_format))[ctx.share], None, None


def _rows(own: Tensor, n: int, world: World) -> Tensor:
    rows = own.new_zeros(n, *own.shape[1:])
    rows[world.share(n)] = own
    return world.summed(rows)


@contextmanager
def joint_statistics(module: nn.Module, world: World) -> Iterator[None]:
    """Let batch normalisation in training see the samples of all processes as one batch.

    Modules of other kinds that mix samples aren't touched. Processes may have batches of different sizes, but each has
    to have one.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, _BatchNorm)] if world.size > 1 else []
    for layer in layers:
        layer.forward = partial(_normalized, layer, world)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _normalized(layer: _BatchNorm, world: World, X: Tensor) -> Tensor:
    """What `layer` does; torch's SyncBatchNorm does the same on GPUs alone."""
    if not layer.training:
        return type(layer).forward(layer, X)
    layer._check_input_dim(X)
    found, mean, variance, count = _JointNorm.apply(X, layer.weight, layer.bias, layer.eps, world)  # type: ignore[no-untyped-call]
    if layer.track_running_stats and layer.running_mean is not None and layer.running_var is not None:
        assert layer.num_batches_tracked is not None
        layer.num_batches_tracked.add_(1)
        rate = 1 / float(layer.num_batches_tracked) if layer.momentum is None else layer.momentum
        unbiased = variance * (count / (count - 1).clamp_min(1))
        layer.running_mean.lerp_(mean.to(layer.running_mean), rate)
        layer.running_var.lerp_(unbiased.to(layer.running_var), rate)
    normalized: Tensor = found
    return normalized


class _JointNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, X: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, world: World
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        places = [0, *range(2, X.ndim)]
        own_variance, own_mean = torch.var_mean(_wide(X), places, correction=0)
        n_own = own_mean.new_full((1, 1), X.numel() // X.shape[1], dtype=torch.float64)
        parts = torch.cat([n_own, own_mean[None].double(), own_variance[None].double()], dim=1)
        counts, means, variances = _rows(parts, world.size, world).split([1, X.shape[1], X.shape[1]], dim=1)
        count = counts.sum()
        mean = (counts / count * means).sum(0)
        variance = (counts / count * (variances + (means - mean).square())).sum(0)
        mean, variance = mean.to(own_mean), variance.to(own_mean)
        ctx.save_for_backward(X, weight, mean, variance, count)
        ctx.eps, ctx.world = eps, world
        ctx.mark_non_differentiable(mean, variance, count)
        return torch.batch_norm(X, weight, bias, mean, variance, False, 0.0, eps, False), mean, variance, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        X, weight, mean, variance, count = ctx.saved_tensors
        places, spread = [0, *range(2, X.ndim)], (-1, *[1] * (X.ndim - 2))
        normalized = torch.batch_norm(_wide(X), None, None, mean, variance, False, 0.0, ctx.eps, False)
        gradient = _wide(gradient)
        by_bias, by_weight = gradient.sum(places), (gradient * normalized).sum(places)
        over_all = ctx.world.summed(torch.stack([by_bias, by_weight])) / count.to(by_bias)
        scale = (variance + ctx.eps).rsqrt() * (1 if weight is None else weight)
        centred = gradient - over_all[0].view(spread) - normalized * over_all[1].view(spread)
        of_affine = (None, None) if weight is None else (by_weight, by_bias)
        return (centred * scale.view(spread)).to(X.dtype), *of_affine, None, None


def _wide(X: Tensor) -> Tensor:
    """In single precision at least."""
    return X.float() if X.dtype in (torch.float16, torch.bfloat16) else X
