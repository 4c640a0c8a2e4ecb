"""Inner products of several groups of rows, added up block by block; two groups share the memory of one matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.linalg import blas

from zsl._typing import FloatArray

COLUMNS = 128
"""Columns of a matrix that are added at once: beyond, a triangle would need a copy of its size."""
PRODUCT_COLUMNS = 256
"""Columns of a triangular matrix that are multiplied by at once."""
TRIANGLE_ROWS = 32
"""Rows from which on the product with a triangle is worth what it costs to lay the triangle out."""


class Triangles:
    r"""Matrices :math:`X_g^T X_g` of groups of rows, in double precision, of which one triangle each is kept.

    Inner products of one block are taken in the precision of its rows, and added up in double precision. The diagonal
    isn't kept.

    Parameters
    ----------
    n_group, width : int
        Number of groups, and of columns of their rows.
    dtype : dtype
        Precision of the rows, single or double.
    """

    def __init__(self, n_group: int, width: int, dtype: np.dtype[Any]) -> None:
        self._squares = [np.zeros((width, width), order="F") for _ in range(-(-n_group // 2))]
        self._single = np.zeros((width, width), np.float32, order="F") if dtype == np.float32 else None
        self._n_group = n_group

    def add(self, group: int, rows: FloatArray) -> None:
        """Add the products of some rows, (n, width), of a group."""
        square, lower = self._squares[group // 2], group % 2
        # One library for all products, as threads of two wait for each other.
        if self._single is None:
            self._squares[group // 2] = blas.dsyrk(1.0, rows.T, beta=1.0, c=square, lower=lower, overwrite_c=1)
            return
        self._single = single = blas.ssyrk(1.0, rows.T, c=self._single, lower=lower, overwrite_c=1)
        for columns, _ in _blocks(len(square)):
            rest = slice(columns.stop, None) if lower else slice(0, columns.start)
            square[rest, columns] += single[rest, columns]
            own = single[columns, columns]
            square[columns, columns] += np.tril(own, -1) if lower else np.triu(own, 1)

    def total(self, groups: Sequence[int]) -> FloatArray:
        """The sum of the matrices of some groups, both triangles and a diagonal of zeros."""
        width = len(self._squares[0])
        found = np.zeros((width, width), order="F")
        for columns, above in _blocks(width):
            block = np.zeros((above.stop, columns.stop - columns.start), order="F")
            for group in groups:
                square = self._squares[group // 2]
                block += square[columns, above].T if group % 2 else square[above, columns]
            block[columns] = np.triu(block[columns], 1)
            found[above, columns] = block
            block[columns] += block[columns].T
            found[columns, above] = block.T
        return found.T  # the same numbers, row by row


def upper_product(rows: FloatArray, factor: FloatArray) -> FloatArray:
    """Multiply rows, (n, d), by an upper triangular matrix (d, d) with half of the operations of a full product.

    Parameters
    ----------
    rows : array of shape (n, d)
        Any rows, in single or double precision.
    factor : array of shape (d, d)
        A matrix of the same precision whose numbers below its diagonal count as zeros.

    Returns
    -------
    array of shape (n, d)
        The products.
    """
    if len(rows) < TRIANGLE_ROWS:
        found = np.empty_like(rows)
        for columns, above in _blocks(len(factor), PRODUCT_COLUMNS):
            found[:, columns] = rows[:, above] @ factor[above, columns]
        return found
    product = blas.strmm if rows.dtype == np.float32 else blas.dtrmm
    return np.asarray(product(1.0, factor.T, rows.T, lower=1).T)


def congruence(matrix: FloatArray, factor: FloatArray) -> FloatArray:
    r"""Compute :math:`F^T G F` of a symmetric matrix, with a quarter of the operations where F is upper triangular.

    Parameters
    ----------
    matrix, factor : arrays of shape (d, d)
        :math:`G` and :math:`F`.

    Returns
    -------
    array of shape (d, d)
        The product, symmetric to the last bit.
    """
    if not is_upper(factor):
        full = factor.T @ matrix @ factor
        return np.asarray((full + full.T) / 2)
    half, found = np.zeros_like(matrix), np.empty_like(matrix)
    for columns, above in _blocks(len(matrix), PRODUCT_COLUMNS):
        half[above, columns] = matrix[above, above] @ factor[above, columns]
    for rows, before in _blocks(len(matrix), PRODUCT_COLUMNS):
        right = slice(rows.start, None)
        block = factor[before, rows].T @ half[before, right]
        square = np.triu(block[:, : len(block)])
        block[:, : len(block)] = square + np.triu(square, 1).T
        found[rows, right] = block
        found[right, rows] = block.T
    return found


def is_upper(matrix: FloatArray) -> bool:
    """Whether a square matrix has only zeros below its diagonal.

    Parameters
    ----------
    matrix : array of shape (d, d)
        Any matrix.

    Returns
    -------
    bool
        Whether it is upper triangular.
    """
    for columns, above in _blocks(len(matrix)):
        if matrix[above.stop :, columns].any() or np.tril(matrix[columns, columns], -1).any():
            return False
    return True


def _blocks(width: int, n_columns: int = COLUMNS) -> list[tuple[slice, slice]]:
    """Blocks of columns, each with the rows of the upper triangle there."""
    ends = [min(start + n_columns, width) for start in range(0, width, n_columns)]
    return [(slice(start, end), slice(0, end)) for start, end in zip(range(0, width, n_columns), ends, strict=True)]
