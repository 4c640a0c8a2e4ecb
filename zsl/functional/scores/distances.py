"""Lengths and distances of vectors, and inner products that rank as another measure does."""

from typing import Literal

import torch
from torch import Tensor

from zsl._typing import Float

Measure = Literal["inner", "cosine", "euclidean"]
"""How represented classes are compared with embedded samples."""


def unit(rows: Float[Tensor, "*batch feature"]) -> Float[Tensor, "*batch feature"]:
    r"""Scale each row to length 1; a row of zeros stays.

    Parameters
    ----------
    rows : Tensor of shape (..., feature)
        Any vectors.

    Returns
    -------
    Tensor of shape (..., feature)
        :math:`x / \max(\|x\|_2, 10^{-12})`.
    """
    return torch.nn.functional.normalize(rows, dim=-1, eps=1e-12)


def squared_distances(
    rows: Float[Tensor, "*batch row feature"], columns: Float[Tensor, "*batch column feature"]
) -> Float[Tensor, "*batch row column"]:
    r"""Squared Euclidean distances of all pairs.

    Parameters
    ----------
    rows, columns : Tensor of shape (..., row, feature) and (..., column, feature)
        Any vectors.

    Returns
    -------
    Tensor of shape (..., row, column)
        :math:`\|x\|^2 - 2 x \cdot y + \|y\|^2`, one matrix product; rounding may leave a tiny negative number.
    """
    lengths = rows.square().sum(-1)[..., :, None] + columns.square().sum(-1)[..., None, :]
    with torch.autocast(rows.device.type, enabled=False):  # half precision would lose the small distances
        products = rows @ columns.mT
    return lengths - 2 * products


def as_listed(represented: Float[Tensor, "class d"], measure: Measure) -> Float[Tensor, "class e"]:
    r"""Turn represented classes into vectors to be listed.

    Parameters
    ----------
    represented : Tensor of shape (class, d)
        Represented classes :math:`r`.
    measure : {"inner", "cosine", "euclidean"}
        Inner product, cosine, or the negative distance.

    Returns
    -------
    Tensor of shape (class, d), or (class, d + 1) for the distance
        :math:`r`, :math:`\hat r` of length 1, or :math:`(r, -\|r\|^2 / 2)`.
    """
    if measure == "cosine":
        return unit(represented)
    if measure == "euclidean":
        return torch.cat([represented, -0.5 * represented.square().sum(dim=1, keepdim=True)], dim=1)
    return represented


def as_probes(embedded: Float[Tensor, "sample d"], measure: Measure) -> Float[Tensor, "sample e"]:
    r"""Turn embedded samples into vectors whose inner products with listed classes rank these.

    Parameters
    ----------
    embedded : Tensor of shape (sample, d)
        Embedded samples :math:`x`.
    measure : {"inner", "cosine", "euclidean"}
        As in `as_listed`.

    Returns
    -------
    Tensor of shape (sample, d), or (sample, d + 1) for the distance
        :math:`x`, or :math:`(x, 1)`, since :math:`-\|x - r\|^2 = 2 (x^T r - \|r\|^2 / 2) - \|x\|^2`.
    """
    if measure == "euclidean":
        return torch.cat([embedded, torch.ones_like(embedded[:, :1])], dim=1)
    return embedded
