"""Counts, sums and inner products of labelled rows: all that a closed form needs to know of its samples."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, SampleRows
from zsl.functional.linear.origins import Origin
from zsl.functional.linear.triangles import Triangles, congruence

BLOCK_ROWS = 4096
"""Rows that are brought to length 1 and multiplied at once."""
NOISE = 2.0
"""Rounding errors of a Gram matrix, in units of the precision times its trace."""
CACHED_ROWS = 256
"""Rows that stay in the cache while they are looked at several times."""


class Moments:
    """Counts (C,), sums (C, d) and inner products :math:`X^T X` (d, d) of rows in C classes, in double precision.

    `noise` is what rounding can leave in an eigenvalue of the Gram matrix, which is zero in exact arithmetic. The Gram
    matrix may be given by a function, which is called when the matrix is first asked for.
    """

    def __init__(
        self, counts: FloatArray, sums: FloatArray, gram: FloatArray | Callable[[], FloatArray], noise: float = 0.0
    ) -> None:
        self.counts, self.sums, self.noise = counts, sums, noise
        self._gram = gram

    @property
    def gram(self) -> FloatArray:
        """Inner products, (d, d)."""
        if callable(self._gram):
            self._gram = self._gram()
        return self._gram

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
        covariance: FloatArray = scaled.T @ scaled
        np.subtract(self.gram, covariance, out=covariance)
        covariance /= self.n
        return covariance

    def mapped(self, mean: FloatArray, factor: FloatArray) -> "Moments":
        r"""The moments of rows :math:`(x - \mu) \odot f`, or :math:`(x - \mu) F` for a matrix, from those of rows x.

        Their Gram matrix is computed when it is asked for.
        """
        sums = self.sums - self.counts[:, None] * mean
        # What rounding left of each feature grows with its factor.
        diagonal = np.diag(self.gram)
        growth = float(diagonal @ _squares(factor)) if self.noise else 0.0
        noise = self.noise * growth / max(float(diagonal.sum()), 1e-300)
        sums = sums * factor if factor.ndim == 1 else sums @ factor
        return Moments(self.counts, sums, lambda: self._mapped_gram(mean, factor), noise)

    def _mapped_gram(self, mean: FloatArray, factor: FloatArray) -> FloatArray:
        total, gram = self.sums.sum(axis=0), np.empty_like(self.gram)
        for start in range(0, len(gram), 256):  # the outer products would be as large as the matrix itself
            rows = slice(start, start + 256)
            gram[rows] = self.gram[rows] - (total[rows, None] * mean + mean[rows, None] * (total - self.n * mean))
            if factor.ndim == 1:
                gram[rows] *= factor[rows, None] * factor
        return gram if factor.ndim == 1 else congruence(gram, factor)

    def penalty(self, alpha: float) -> float:
        """A penalty in units of the mean eigenvalue of the Gram matrix, above what rounding can leave there."""
        return max(alpha * self.level, 2 * self.noise)

    def of(self, classes: NDArray[np.intp]) -> "Moments":
        """Keep classes, in this order; the rows of the others stay in the Gram matrix, so there should be none."""
        return Moments(self.counts[classes], self.sums[classes], self._gram, self.noise)


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
    if rows is not None:
        codes, weights = codes[rows], None if weights is None else weights[rows]
    return GroupedMoments(X, codes, n_class, np.zeros(len(codes), np.int8), 1, origin, weights, rows).of(0)


class GroupedMoments:
    """Moments of rows brought to length 1, of each of several groups of them, from one look at each row.

    So folds that hold out different classes cost one product of all rows.

    Parameters
    ----------
    X : array of shape (n, d)
        Samples.
    codes, groups : arrays of shape (m,)
        Class number and group number of each row that is taken.
    n_class, n_group : int
        Numbers of classes and of groups.
    origin : Origin or None, default=None
        Where lengths are measured from. None takes zero.
    weights : array of shape (m,) or None, default=None
        How often each of these rows counts, 0 or more. None counts all once.
    rows : array of shape (m,) or None, default=None
        Which rows are taken. None takes all, of which there are m.
    """

    def __init__(
        self,
        X: SampleRows,
        codes: NDArray[np.intp],
        n_class: int,
        groups: NDArray[np.integer[Any]],
        n_group: int,
        origin: Origin | None = None,
        weights: FloatArray | None = None,
        rows: NDArray[np.intp] | None = None,
    ) -> None:
        width, self._groups, self._eps = X.shape[1], range(n_group), float(np.finfo(X.dtype).eps)
        self._origin = Origin(np.zeros(width), 1.0) if origin is None else origin
        self._grams, self._diagonals = Triangles(n_group, width, X.dtype), np.zeros((n_group, width))
        # Of each class that a group has; a class is usually in one of them.
        self._counts = np.zeros((n_group, n_class))
        there = np.zeros((n_group, n_class), dtype=bool)
        there[groups, codes] = True
        self._place = np.where(there, np.cumsum(there).reshape(there.shape) - 1, -1)
        self._sums = np.zeros((int(there.sum()), width))
        # Filled again and again: fetching fresh memory for each block takes half as long as the products.
        buffer = np.empty((min(BLOCK_ROWS, len(codes)), width), dtype=X.dtype)
        self._few = np.empty((min(CACHED_ROWS, len(codes)), width))
        for start in range(0, len(codes), BLOCK_ROWS):
            cut = slice(start, start + BLOCK_ROWS)
            own = codes[cut], groups[cut], None if weights is None else weights[cut]
            self._add(X[cut if rows is None else rows[cut]], *own, buffer)

    def _add(
        self,
        given: FloatArray,
        codes: NDArray[np.intp],
        groups: NDArray[np.integer[Any]],
        weights: FloatArray | None,
        buffer: FloatArray,
    ) -> None:
        """Add a block of rows."""
        import torch  # here: a class table is read without it

        block, sums = buffer[: len(given)], torch.from_numpy(self._sums)
        place = torch.from_numpy(self._place[groups, codes])
        np.add.at(self._counts, (groups, codes), 1.0 if weights is None else weights)
        for start in range(0, len(block), CACHED_ROWS):  # they stay in the cache
            cut = slice(start, start + CACHED_ROWS)
            few = self._few[: len(block[cut])]
            np.copyto(few, self._origin.into(block[cut], given[cut]))
            if weights is not None:
                few *= weights[cut, None]
            sums.index_add_(0, place[cut], torch.from_numpy(few))
            if weights is not None:
                block[cut] *= np.sqrt(weights[cut]).astype(block.dtype)[:, None]
                np.copyto(few, block[cut])
            for group, own in _by_group(few, groups[cut]):
                self._diagonals[group] += np.einsum("ij,ij->j", own, own)
        for group, own in _by_group(block, groups):
            self._grams.add(group, own)

    def of(self, *groups: int) -> Moments:
        """The moments of these groups together; of all rows if none is named."""
        named = groups or tuple(self._groups)
        gram, diagonal = self._grams.total(named), self._diagonals[list(named)].sum(axis=0)
        # A variance is a small difference of these two; single precision would make features vary that don't.
        np.fill_diagonal(gram, diagonal)
        sums = np.zeros((self._place.shape[1], len(gram)))
        for group in named:
            there = self._place[group] >= 0
            sums[there] += self._sums[self._place[group][there]]
        return Moments(self._counts[list(named)].sum(axis=0), sums, gram, NOISE * self._eps * float(diagonal.sum()))


def _by_group(rows: FloatArray, groups: NDArray[np.integer[Any]]) -> Iterator[tuple[int, FloatArray]]:
    """The rows of each group that has some."""
    for group in np.unique(groups).tolist():
        own = groups == group
        yield group, rows if own.all() else rows[own]


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


def _squares(factor: FloatArray) -> FloatArray:
    """Squared factor of each feature, or squared length of its row of a matrix."""
    squares = np.square(factor)
    found: FloatArray = squares if squares.ndim == 1 else squares.sum(axis=1)
    return found
