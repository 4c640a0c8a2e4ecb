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
        scaled = self.sums * np.sqrt(1 / (self.n * np.maximum(self.counts, 1.0)))[:, None]
        covariance = self.gram / self.n
        for start in range(0, len(covariance), CACHED_ROWS):  # the products would be as large as the matrix itself
            rows = slice(start, start + CACHED_ROWS)
            covariance[rows] -= scaled[:, rows].T @ scaled
        return covariance

    def mapped(self, mean: FloatArray, factor: FloatArray) -> "Moments":
        r"""The moments of rows :math:`(x - \mu) \odot f`, or :math:`(x - \mu) F` for a matrix, from those of rows x.

        Their Gram matrix is computed when it is asked for.
        """
        if factor.ndim == 1 and (factor == 1).all() and not mean.any():
            return self
        sums = self.sums - self.counts[:, None] * mean
        # What rounding left of each feature grows with its factor.
        diagonal = np.diag(self.gram)
        growth = float(diagonal @ _squares(factor)) if self.noise else 0.0
        noise = self.noise * growth / max(float(diagonal.sum()), 1e-300)
        sums = sums * factor if factor.ndim == 1 else sums @ factor
        return Moments(self.counts, sums, lambda: self._mapped_gram(mean, factor), noise)

    def _mapped_gram(self, mean: FloatArray, factor: FloatArray) -> FloatArray:
        total, gram = self.sums.sum(axis=0), np.empty_like(self.gram)
        left, right = np.stack([total, mean]), np.stack([mean, total - self.n * mean])
        for start in range(0, len(gram), CACHED_ROWS):  # the outer products would be as large as the matrix itself
            rows = slice(start, start + CACHED_ROWS)
            np.subtract(self.gram[rows], left[:, rows].T @ right, out=gram[rows])
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
    return GroupedMoments(X, codes, n_class, np.zeros(len(codes), np.int8), 1, origin, weights, rows).total()


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
        width, self._eps = X.shape[1], float(np.finfo(X.dtype).eps)
        self._origin = Origin(np.zeros(width), 1.0) if origin is None else origin
        self._grams, self._diagonals = Triangles(n_group, width, X.dtype), np.zeros((n_group, width))
        # Sums are kept of each class that a group has; a class is usually in one of them.
        self._counts, self._sums = np.zeros((n_group, n_class)), np.zeros((0, width))
        self._place = np.full((n_group, n_class), -1)
        self._add(X, codes, groups, weights, rows)

    def _add(
        self,
        X: SampleRows,
        codes: NDArray[np.intp],
        groups: NDArray[np.integer[Any]],
        weights: FloatArray | None = None,
        rows: NDArray[np.intp] | None = None,
    ) -> None:
        """Add rows to groups."""
        new = np.zeros(self._place.shape, dtype=bool)
        new[groups, codes] = True
        new &= self._place < 0
        self._place[new] = len(self._sums) + np.arange(np.count_nonzero(new))
        self._sums = np.concatenate([self._sums, np.zeros((np.count_nonzero(new), X.shape[1]))])
        # Filled again and again: fetching fresh memory for each block takes half as long as the products.
        buffer = np.empty((min(BLOCK_ROWS, len(codes)), X.shape[1]), dtype=X.dtype)
        few = np.empty((min(CACHED_ROWS, len(codes)), X.shape[1]))
        for start in range(0, len(codes), BLOCK_ROWS):
            cut = slice(start, start + BLOCK_ROWS)
            own = codes[cut], groups[cut], None if weights is None else weights[cut]
            self._add_block(X[cut if rows is None else rows[cut]], *own, buffer, few)
        self._grams.settle()

    def _add_block(
        self,
        given: FloatArray,
        codes: NDArray[np.intp],
        groups: NDArray[np.integer[Any]],
        weights: FloatArray | None,
        buffer: FloatArray,
        few_rows: FloatArray,
    ) -> None:
        """Add a block of rows, with room for it and for a few in double precision."""
        import torch  # here: a class table is read without it

        block, sums = buffer[: len(given)], torch.from_numpy(self._sums)
        place = torch.from_numpy(self._place[groups, codes])
        np.add.at(self._counts, (groups, codes), 1.0 if weights is None else weights)
        for start in range(0, len(block), CACHED_ROWS):  # they stay in the cache
            cut = slice(start, start + CACHED_ROWS)
            few = few_rows[: len(block[cut])]
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

    def total(self) -> Moments:
        """The moments of all rows."""
        gram, diagonal = self._grams.total(), self._diagonals.sum(axis=0)
        # A variance is a small difference of these two; single precision would make features vary that don't.
        np.fill_diagonal(gram, diagonal)
        sums = np.zeros((self._place.shape[1], len(gram)))
        for group in range(len(self._place)):
            self._change(sums, group, 1.0)
        return Moments(self._counts.sum(axis=0), sums, gram, NOISE * self._eps * float(diagonal.sum()))

    def add(
        self, group: int, X: SampleRows, codes: NDArray[np.intp], rows: NDArray[np.intp], weights: FloatArray | None
    ) -> None:
        """Add some rows of samples (n, d), with class numbers and weights (n,), to a group."""
        self._add(X, codes[rows], np.full(len(rows), group), None if weights is None else weights[rows], rows)

    def rest(self, total: Moments, group: int) -> Moments:
        """What is left of the moments of all rows, taken before any were added, without those of a group."""
        diagonal = np.diag(total.gram) - self._diagonals[group]
        gram, sums = self._grams.rest(total.gram, group), total.sums.copy()
        np.fill_diagonal(gram, diagonal)
        self._change(sums, group, -1.0)
        return Moments(total.counts - self._counts[group], sums, gram, total.noise)

    def _change(self, sums: FloatArray, group: int, sign: float) -> None:
        """Add the sums of a group, or subtract them."""
        there = self._place[group] >= 0
        sums[there] += sign * self._sums[self._place[group][there]]


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
