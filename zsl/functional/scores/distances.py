"""Lengths and distances of vectors, and inner products that rank as another measure does."""

from typing import Literal

import torch
from torch import Tensor

from zsl._typing import Float

Measure = Literal["inner", "cosine", "euclidean"]
"""How represented classes are compared with embedded samples."""


def unit(rows: Float[Tensor, "*batch feature"]) -> Float[Tensor, "*batch feature"]:
    r"""Scale each row to length 1, :math:`x / \max(\|x\|_2, 10^{-12})`; a row of zeros stays."""
    return torch.nn.functional.normalize(rows, dim=-1, eps=1e-12)


def squared_distances(
    rows: Float[Tensor, "*batch row feature"], columns: Float[Tensor, "*batch column feature"]
) -> Float[Tensor, "*batch row column"]:
    r"""Squared Euclidean distances of all pairs, :math:`\|x\|^2 - 2 x \cdot y + \|y\|^2`, by one matrix product.

    Rounding may leave a tiny negative number.
    """
    lengths = rows.square().sum(-1)[..., :, None] + columns.square().sum(-1)[..., None, :]
    with torch.autocast(rows.device.type, enabled=False):  # half precision would lose the small distances
        products = rows @ columns.mT
    return lengths - 2 * products


def as_listed(represented: Float[Tensor, "class d"], measure: Measure) -> Float[Tensor, "class e"]:
    r"""Turn represented classes :math:`r` into vectors to be listed.

    :math:`r` for inner products, :math:`\hat r` of length 1 for cosines, :math:`(r, -\|r\|^2 / 2)` for distances.
    """
    if measure == "cosine":
        return unit(represented)
    if measure == "euclidean":
        return torch.cat([represented, -0.5 * represented.square().sum(dim=1, keepdim=True)], dim=1)
    return represented


def as_probes(embedded: Float[Tensor, "sample d"], measure: Measure) -> Float[Tensor, "sample e"]:
    r"""Turn embedded samples :math:`x` into vectors whose inner products with listed classes rank these.

    :math:`x`, or for the distance :math:`(x, 1)`, since :math:`-\|x - r\|^2 = 2 (x^T r - \|r\|^2 / 2) - \|x\|^2`.
    """
    if measure == "euclidean":
        return torch.cat([embedded, torch.ones_like(embedded[:, :1])], dim=1)
    return embedded
