"""Inner products of several groups of rows, added up block by block; two groups share the memory of one matrix."""

from typing import Any

import numpy as np
from scipy.linalg import blas

from zsl._typing import FloatArray

COLUMNS = 128
"""Columns of a matrix that are added at once: beyond, a triangle would need a copy of its size."""
MOST_WAITING = 8192
"""Rows whose products are added up in single precision, if they came in it."""
PRODUCT_COLUMNS = 256
"""Columns of a triangular matrix that are multiplied by at once."""
TRIANGLE_ROWS = 32
"""Rows from which on the product with a triangle is worth what it costs to lay the triangle out."""


class Triangles:
    r"""Matrices :math:`X_g^T X_g` of groups of rows, in double precision, of which one triangle each is kept.

    Inner products of some thousand rows are taken in their precision, and added up in double precision. The diagonal
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
        self._dtype, self._waiting = dtype, [0] * n_group
        self._singles: dict[int, FloatArray] = {}

    def add(self, group: int, rows: FloatArray) -> None:
        """Add the products of some rows, (n, width), of a group."""
        place, lower = group // 2, group % 2
        # One library for all products, as threads of two wait for each other.
        if self._dtype == np.float64:
            self._squares[place] = blas.dsyrk(1.0, rows.T, beta=1.0, c=self._squares[place], lower=lower, overwrite_c=1)
            return
        single = self._singles.get(place)
        if single is None:
            single = np.empty_like(self._squares[place], dtype=np.float32)
        waiting = self._waiting[group]
        self._singles[place] = blas.ssyrk(1.0, rows.T, beta=float(waiting > 0), c=single, lower=lower, overwrite_c=1)
        self._waiting[group] = waiting + len(rows)
        if self._waiting[group] >= MOST_WAITING:
            self._settle(group)

    def settle(self) -> None:
        """Add all that was kept in single precision to what is kept in double precision."""
        for group in range(len(self._waiting)):
            self._settle(group)
        self._singles.clear()

    def _settle(self, group: int) -> None:
        if not self._waiting[group]:
            return
        square, single, lower = self._squares[group // 2], self._singles[group // 2], group % 2
        for columns, _ in _blocks(len(square)):
            rest = slice(columns.stop, None) if lower else slice(0, columns.start)
            square[rest, columns] += single[rest, columns]
            own = single[columns, columns]
            square[columns, columns] += np.tril(own, -1) if lower else np.triu(own, 1)
        self._waiting[group] = 0

    def total(self) -> FloatArray:
        """The sum of the matrices of all groups, both triangles and a diagonal of zeros."""
        width = len(self._squares[0])
        found = np.empty((width, width))
        for columns, above in _blocks(width):
            block = np.zeros((columns.stop - columns.start, above.stop))
            for group in range(len(self._waiting)):
                block += self._rows(group, columns, above)
            _put(found, block, columns)
        return found

    def rest(self, total: FloatArray, group: int) -> FloatArray:
        """What is left of a symmetric matrix (width, width) without that of a group, and a diagonal of zeros."""
        found = np.empty_like(total)
        for columns, above in _blocks(len(total)):
            _put(found, total[columns, above] - self._rows(group, columns, above), columns)
        return found

    def _rows(self, group: int, rows: slice, before: slice) -> FloatArray:
        """Some rows of a group's matrix, up to the diagonal; numbers above that have no meaning."""
        square = self._squares[group // 2]
        return square[rows, before] if group % 2 else square[before, rows].T


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


def _put(matrix: FloatArray, block: FloatArray, rows: slice) -> None:
    """Put rows up to the diagonal into a symmetric matrix, on both sides of it."""
    before, size = slice(0, rows.start), rows.stop - rows.start
    own = np.tril(block[:, -size:], -1)
    matrix[rows, before], matrix[before, rows] = block[:, :-size], block[:, :-size].T
    matrix[rows, rows] = own + own.T
