"""What few-shot methods are trained on, and samples embedded by them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.methods.few_shot import FewShotMethod

BLOCK = 1024
"""Samples embedded or scored at a time."""


class Task(NamedTuple):
    """What a method is trained on: samples with class numbers, a source of randomness, and what else `fit` got."""

    X: NDArray[Any]
    codes: NDArray[np.intp]
    generator: torch.Generator
    groups: Any
    validation: Any
    before: FewShotMethod | None = None
    """The network that training goes on from."""

    def of(self, rows: NDArray[np.bool_], generator: torch.Generator) -> Task:
        """The same with some of the samples, and without validation."""
        groups = None if self.groups is None else self.groups[rows]
        return Task(self.X[rows], np.unique(self.codes[rows], return_inverse=True)[1], generator, groups, None)


def embed_blocks(method: FewShotMethod, X: NDArray[Any], device: torch.device) -> FloatArray:
    """Embed checked samples, vectors in the precision of the method."""
    kind = next((p.dtype for p in method.parameters()), torch.float64)
    size = len(X) if method.batch_statistics and not method.training else BLOCK
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(X), size):
            block = torch.as_tensor(np.require(X[start : start + size], requirements=["C", "W"]), device=device)
            block = block.to(kind) if block.ndim == 2 else block
            blocks.append(method.embed(block).cpu().numpy())
    embedded: FloatArray = np.concatenate(blocks)
    return embedded
