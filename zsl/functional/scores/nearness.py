"""Vectors whose inner products rank as another measure does, for indices that know inner products alone."""

from typing import Literal

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.scores.distances import unit

Measure = Literal["inner", "cosine", "euclidean"]


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
