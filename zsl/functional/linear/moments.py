"""Counts, sums and inner products of labelled rows: all that a closed form needs to know of its samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas

from zsl._typing import FloatArray, SampleRows
from zsl.functional.linear.origins import Origin

BLOCK_ROWS = 2048
"""Rows that are brought to length 1 and multiplied at once."""
NOISE = 2.0
"""Rounding errors of a Gram matrix, in units of the precision times its trace."""
MOST_MEMBERS = 512
"""Up to this many classes, sums by class are a matrix product."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Counts (C,), sums (C, d) and inner products :math:`X^T X` (d, d) of rows in C classes, in double precision.

    `noise` is what rounding can leave in an eigenvalue of the Gram matrix, which is zero in exact arithmetic.
    """

    counts: FloatArray
    sums: FloatArray
    gram: FloatArray
    noise: float = 0.0

    @property
    def n(self) -> float:
        """Number of rows."""
        return float(self.counts.sum())

    @property
    def mean(self) -> FloatArray:
        """Mean row, (d,)."""
        mean: FloatArray = self.sums.sum(axis=0) / self.n
        return mean

    @property
    def level(self) -> float:
        """Mean eigenvalue of the Gram matrix, the unit of a penalty on features; 1 for one of rounding errors."""
        total = float(np.trace(self.gram))
        return total / len(self.gram) if total > max(1e-12 * self.n, self.noise) else 1.0

    def __add__(self, other: "Moments") -> "Moments":
        noise = self.noise + other.noise
        return Moments(self.counts + other.counts, self.sums + other.sums, self.gram + other.gram, noise)

    def __sub__(self, other: "Moments") -> "Moments":
        noise = self.noise + other.noise
        return Moments(self.counts - other.counts, self.sums - other.sums, self.gram - other.gram, noise)

    def within(self) -> FloatArray:
        r"""Covariance within classes, (d, d): :math:`\frac1n (X^T X - \sum_c n_c \bar x_c \bar x_c^T)`."""
        scaled = self.sums / np.sqrt(np.maximum(self.counts, 1.0))[:, None]
        covariance: FloatArray = (self.gram - scaled.T @ scaled) / self.n
        return covariance

    def mapped(self, mean: FloatArray, factor: FloatArray) -> "Moments":
        r"""The moments of rows :math:`(x - \mu) \odot f`, or :math:`(x - \mu) F` for a matrix, from those of rows x."""
        total, gram = self.sums.sum(axis=0), self.gram.copy()
        for start in range(0, len(gram), 256):  # the outer products would be as large as the matrix itself
            rows = slice(start, start + 256)
            gram[rows] -= total[rows, None] * mean + mean[rows, None] * (total - self.n * mean)
            if factor.ndim == 1:
                gram[rows] *= factor[rows, None] * factor
        sums = self.sums - self.counts[:, None] * mean
        # What rounding left of each feature grows with its factor.
        diagonal = np.diag(self.gram)
        growth = float(diagonal @ _squares(factor)) if self.noise else 0.0
        noise = self.noise * growth / max(float(diagonal.sum()), 1e-300)
        if factor.ndim == 1:
            return Moments(self.counts, sums * factor, gram, noise)
        gram = factor.T @ gram @ factor
        return Moments(self.counts, sums @ factor, (gram + gram.T) / 2, noise)

    def penalty(self, alpha: float) -> float:
        """A penalty in units of the mean eigenvalue of the Gram matrix, above what rounding can leave there."""
        return max(alpha * self.level, 2 * self.noise)

    def of(self, classes: NDArray[np.intp]) -> "Moments":
        """Keep classes, in this order; the rows of the others stay in the Gram matrix, so there should be none."""
        return Moments(self.counts[classes], self.sums[classes], self.gram, self.noise)


def unit_moments(
    X: SampleRows,
    codes: NDArray[np.intp],
    n_class: int,
    rows: NDArray[np.intp] | None = None,
    origin: Origin | None = None,
    weights: FloatArray | None = None,
) -> Moments:
    """Moments of rows brought to length 1, with one copy of a block of them at a time.

    Inner products are taken in the precision of `X`, all sums in double precision.

    Parameters
    ----------
    X, codes : arrays of shape (n, d) and (n,)
        Samples and their class numbers.
    n_class : int
        Number of classes.
    rows : array of shape (m,) or None, default=None
        Which rows to take. None takes all.
    origin : Origin or None, default=None
        Where lengths are measured from. None takes zero.
    weights : array of shape (n,) or None, default=None
        How often each sample counts, 0 or more. None counts all once.

    Returns
    -------
    Moments
        The moments.
    """
    width, count = X.shape[1], len(X) if rows is None else len(rows)
    gram, diagonal, sums = np.zeros((width, width), order="F"), np.zeros(width), np.zeros((n_class, width))
    # Filled again and again: fetching fresh memory for each block takes half as long as the products.
    buffer = np.empty((min(BLOCK_ROWS, count), width), dtype=X.dtype)
    seen_from = Origin(np.zeros(width), 1.0) if origin is None else origin
    for start in range(0, count, BLOCK_ROWS):
        block = buffer[: min(BLOCK_ROWS, count - start)]
        place: Any = slice(start, start + len(block)) if rows is None else rows[start : start + len(block)]
        seen_from.into(block, X[place])
        root = None if weights is None else np.sqrt(weights[place]).astype(X.dtype)[:, None]
        if root is not None:
            block *= root
        diagonal += np.einsum("ij,ij->j", block, block, dtype=np.float64)
        _add_sums(sums, block if root is None else block * root, codes[place])
        # One library for both products, as threads of two wait for each other. The upper triangle is added up in place.
        if block.dtype == np.float64:
            gram = blas.dsyrk(1.0, block.T, beta=1.0, c=gram, overwrite_c=1)
        else:
            gram += blas.ssyrk(1.0, block.T)
    _mirror(gram)
    # A variance is a small difference of these two; single precision would make features vary that don't.
    np.fill_diagonal(gram, diagonal)
    own = weights if weights is None or rows is None else weights[rows]
    counts = np.bincount(codes if rows is None else codes[rows], own, minlength=n_class)
    noise = NOISE * float(np.finfo(X.dtype).eps) * float(diagonal.sum())
    return Moments(counts.astype(np.float64), sums, gram, noise)


def evenly_spread(n: int, most: int) -> NDArray[np.intp]:
    """Choose at most so many of n rows, at even distances.

    Parameters
    ----------
    n, most : int
        How many rows there are, and how many are wanted at most.

    Returns
    -------
    array of shape (min(n, most),)
        Row numbers, rising.
    """
    count = min(most, n)
    places: NDArray[np.intp] = np.arange(count) * n // max(count, 1)
    return places


def _add_sums(sums: FloatArray, block: FloatArray, codes: NDArray[np.intp]) -> None:
    """Add the rows of a block to the sums of their classes; a product with the membership, unless that is very wide."""
    if len(sums) <= MOST_MEMBERS:
        member = (codes[:, None] == np.arange(len(sums))).astype(np.float64)
        sums += blas.dgemm(1.0, block.T, member).T
        return
    order = np.argsort(codes, kind="stable")
    numbers, starts = np.unique(codes[order], return_index=True)
    sums[numbers] += np.add.reduceat(block[order], starts, axis=0, dtype=np.float64)


def _squares(factor: FloatArray) -> FloatArray:
    """Squared factor of each feature, or squared length of its row of a matrix."""
    squares = np.square(factor)
    found: FloatArray = squares if squares.ndim == 1 else squares.sum(axis=1)
    return found


def _mirror(gram: FloatArray) -> None:
    """Copy the upper triangle onto the lower one, in blocks, as a whole copy would be as large as the matrix."""
    for start in range(0, len(gram), 256):
        rows = slice(start, start + 256)
        gram[rows, :start] = gram[:start, rows].T
        square = np.triu(gram[rows, rows])
        gram[rows, rows] = square + np.triu(square, 1).T
