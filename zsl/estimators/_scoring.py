"""A trained relation network as functions of arrays, in double precision."""

import numpy as np
import torch

from zsl._typing import FloatArray
from zsl.estimators._registry import ClassRegistry
from zsl.methods.relation import RelationNetwork

BLOCK_ROWS = 4096


def embed(network: RelationNetwork, X: FloatArray) -> FloatArray:
    """Embed centred images, (n, input) to (n, d), in blocks."""
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(X), BLOCK_ROWS):
            blocks.append(network.embed(_tensor(network, X[start : start + BLOCK_ROWS])).cpu().numpy())
    embedded: FloatArray = np.concatenate(blocks).astype(np.float64)
    return embedded


def represent(network: RelationNetwork, classes: ClassRegistry) -> torch.Tensor:
    """Represent classes, (C, d)."""
    with torch.inference_mode():
        return network.represent(
            _tensor(network, classes.semantics) if network.mapper is not None else None,
            _tensor(network, classes.sums),
            _tensor(network, classes.counts),
            _tensor(network, classes.described.astype(np.float64)),
        )


def score(network: RelationNetwork, embedded: FloatArray, represented: torch.Tensor) -> FloatArray:
    """Score embedded images against represented classes, (n, C), in blocks."""
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(embedded), BLOCK_ROWS):
            block = _tensor(network, embedded[start : start + BLOCK_ROWS])
            blocks.append(network.relation(block, represented).cpu().numpy())
    scores: FloatArray = np.concatenate(blocks).astype(np.float64)
    return scores


def _tensor(network: RelationNetwork, array: FloatArray) -> torch.Tensor:
    strength = network.prior_strength
    return torch.as_tensor(np.ascontiguousarray(array), dtype=strength.dtype, device=strength.device)
