"""Predicting with the statistics of the batch, as some few-shot papers do."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def batch_statistics(module: nn.Module, *, on: bool = True) -> Iterator[None]:
    """Let the batch normalisation of a module use the statistics of its input and leave the stored ones alone.

    This makes results transductive: that of a sample depends on the others that come with it.

    Parameters
    ----------
    module : nn.Module
        Whatever mode it is in, it is again so afterwards.
    on : bool, default=True
        False changes nothing.

    Yields
    ------
    None
        While the statistics of the batch are used.
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
