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
