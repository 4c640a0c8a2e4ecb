"""The triangular inverse root of a symmetric matrix, by products of large blocks."""

import numpy as np
from scipy.linalg import blas, lapack

from zsl._typing import FloatArray

LEAST_SPLIT = 128
"""Matrices up to this size are decomposed by one call of a library."""


def inverse_root(matrix: FloatArray, scale: float, shift: float) -> FloatArray | None:
    r"""Upper triangular :math:`W` with :math:`W W^T = (s A + t I)^{-1}` of a symmetric matrix A.

    The halves of :math:`s A + t I = L L^T` are taken apart until they are small, and the root and its inverse are found
    together,

    .. math::

        L_{21} = A_{21} L_{11}^{-T}, \qquad L_{22} L_{22}^T = A_{22} - L_{21} L_{21}^T, \qquad
        (L^{-1})_{21} = - L_{22}^{-1} L_{21} L_{11}^{-1},

    with as many operations as one after the other, but nearly all of them in products of large triangles. It suits
    matrices of a condition far below the inverse of the precision, as a shift leaves them.

    Parameters
    ----------
    matrix : array of shape (d, d)
        :math:`A`, in double precision, of which the lower triangle is read; it stays as it is.
    scale, shift : float
        :math:`s` and :math:`t`.

    Returns
    -------
    array of shape (d, d) or None
        :math:`W`, or None if :math:`s A + t I` isn't positive.
    """
    found = np.zeros(matrix.shape, order="F")
    return found.T if _fill(found, matrix, scale, shift) else None


def _fill(found: FloatArray, matrix: FloatArray, scale: float, shift: float) -> bool:
    """Write :math:`L^{-1}`, lower triangular, over zeros."""
    size = len(matrix)
    if size <= LEAST_SPLIT:
        block = np.multiply(matrix, scale, order="F")
        block[np.diag_indices(size)] += shift
        root, info = lapack.dpotrf(block, lower=1, overwrite_a=1)
        if info:
            return False
        found[:] = lapack.dtrtri(root, lower=1, overwrite_c=1)[0]
        return True
    half = (size + 1) // 2
    first, last = slice(0, half), slice(half, size)
    if not _fill(found[first, first], matrix[first, first], scale, shift):
        return False
    upper = np.asfortranarray(found[first, first])
    beside = blas.dtrmm(scale, upper, matrix[last, first], side=1, lower=1, trans_a=1)
    rest = np.asfortranarray(matrix[last, last])
    rest = blas.dsyrk(-1.0, beside, beta=scale, c=rest, lower=1, overwrite_c=1)
    if not _fill(found[last, last], rest, 1.0, shift):
        return False
    beside = blas.dtrmm(-1.0, upper, beside, side=1, lower=1, overwrite_b=1)
    found[last, first] = blas.dtrmm(1.0, np.asfortranarray(found[last, last]), beside, lower=1, overwrite_b=1)
    return True
