"""Lengths and directions of vectors."""

import torch
from torch import Tensor

from zsl._typing import Float


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
