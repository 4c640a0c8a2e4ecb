"""Kernels between classes: how alike two classes are by their semantics."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from zsl._typing import FloatArray

Kernel = Literal["rbf", "linear"]
WIDTHS = (0.15, 0.3, 0.6, 1.2, 2.4)
"""Widths of the kernels that "rbf" is the mean of, in units of 1 - cosine."""


def joined_blocks(rows: FloatArray, blocks: Sequence[int], weights: Sequence[float]) -> FloatArray:
    r"""Join blocks of semantic vectors so that inner products are weighted means of the blocks' cosines.

    .. math:: z_c = (\sqrt{w_1}\, \hat s_{c1}, \sqrt{w_2}\, \hat s_{c2}, \dots), \qquad
        \langle z_c, z_{c'} \rangle = \textstyle\sum_a w_a \cos(s_{ca}, s_{c'a})

    Parameters
    ----------
    rows : array of shape (C, A)
        Scaled semantic vectors.
    blocks, weights : sequences of int and of float
        Widths of the blocks, which sum to A, and :math:`w_a`, 0 or more, which sum to 1.

    Returns
    -------
    array of shape (C, A)
        :math:`z`. A block of zeros stays one.
    """
    parts = []
    for part, weight in zip(np.split(rows, np.cumsum(blocks)[:-1], axis=1), weights, strict=True):
        length = np.linalg.norm(part, axis=1, keepdims=True)
        parts.append(part * (np.sqrt(weight) / np.maximum(length, 1e-12)))
    return np.concatenate(parts, axis=1)


def class_kernel(left: FloatArray, right: FloatArray, kernel: Kernel) -> FloatArray:
    r"""Compare joined semantic vectors.

    "rbf" is :math:`k = \frac15 \sum_t \exp((\langle z, z' \rangle - 1) / t)` over the widths t of `WIDTHS`: narrow
    kernels remember single classes, wide ones are nearly linear, and their mean needs no choice of a width. "linear" is
    :math:`\langle z, z' \rangle`.

    Parameters
    ----------
    left, right : arrays of shape (C, A) and (c, A)
        Joined semantic vectors, of length 1 or less.
    kernel : {"rbf", "linear"}
        Which kernel.

    Returns
    -------
    array of shape (C, c)
        :math:`k`, 1 for a class and itself if it has length 1.
    """
    cosines: FloatArray = left @ right.T
    if kernel == "linear":
        return cosines
    found = np.zeros_like(cosines)
    for width in WIDTHS:
        found += np.exp((cosines - 1) / width)
    return found / len(WIDTHS)
