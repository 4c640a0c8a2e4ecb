"""Where the lengths of samples are measured from, and samples brought to length 1 from there."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zsl._typing import FloatArray, SampleRows
from zsl.exceptions import InvalidInputError

LARGEST = {8: 1e152, 4: 1e37}
"""Largest magnitude of a feature, by the bytes of a number: sums and differences of two stay finite."""
SMALLEST = {8: 1e-152, 4: 1e-30}
"""Least that features may vary by: beneath, numbers lose digits."""
_SQUARES = {8: (1e-250, 1e250), 4: (1e-25, 1e25)}
"""Between these a sum of squares has lost nothing."""
_ROUNDINGS = 8
BLOCK_ROWS = 2048


@dataclass(frozen=True, eq=False)
class Origin:
    r"""A point that is subtracted from samples, and a power of two that they are then divided by.

    A constant added to a column moves the point along, and another unit of all features changes the power of two or
    scales all lengths alike: directions from the origin, :math:`(x - o) / \|x - o\|`, know of neither.

    Parameters
    ----------
    point : array of shape (d,)
        :math:`o`.
    size : float
        A power of two above 0, next to the largest distance of a feature to that point.
    """

    point: FloatArray
    size: float

    @classmethod
    def of(cls, X: SampleRows, *, centred: bool = True, weights: FloatArray | None = None) -> "Origin":
        """Take the mean of training samples, or with ``centred=False`` zero, and the size of what is left.

        Parameters
        ----------
        X : array of shape (n, d)
            Training samples, looked at once, one block of rows at a time.
        centred : bool, default=True
            Whether the point is the mean.
        weights : array of shape (n,) or None, default=None
            How much each sample counts in the mean. None counts all alike.

        Returns
        -------
        Origin
            The origin, with a point that can be written in the precision of `X`.

        Raises
        ------
        InvalidInputError
            If features are so large, or vary by so little around 0, that numbers of their precision can't be computed
            with.
        """
        low, high, mean = reach(X, weights, mean=centred)
        return cls.within(low, high, mean if centred else None)

    @classmethod
    def within(cls, low: FloatArray, high: FloatArray, mean: FloatArray | None) -> "Origin":
        """The same from what `reach` found: least and largest value of each feature, (d,), and the mean or None."""
        check_magnitude("X", np.stack([low, high]))
        point = np.zeros(len(low))
        if mean is not None:
            # A mean between the least and the largest value, though it is rounded.
            point = np.clip(mean.astype(low.dtype), low, high).astype(np.float64)
        most = float(np.maximum(high - point, point - low).max(initial=0.0))
        if 0 < most < SMALLEST[low.dtype.itemsize]:
            raise InvalidInputError(
                f"X holds {low.dtype} numbers that vary by {most:.3g} at most; wanted {SMALLEST[low.dtype.itemsize]:g} "
                "or more, beneath which digits are lost: multiply the features."
            )
        return cls(point, float(2.0 ** np.frexp(most)[1]) if most > 0 else 1.0)

    @cached_property
    def _distance(self) -> float:
        """How far it lies from zero."""
        return float(np.linalg.norm(self.point / self.size)) * self.size

    def fits(self) -> bool:
        """Whether the parts go together, for those that come from a file."""
        return self.point.ndim == 1 and bool(np.isfinite(self.point).all()) and 0 < self.size < np.inf

    def __call__(self, X: FloatArray) -> FloatArray:
        """Move and scale samples, (n, d), in their own precision; training samples then are of the size 1."""
        moved: FloatArray = X - self.point.astype(X.dtype, copy=False)
        moved *= X.dtype.type(1 / self.size)
        return moved

    def directions(self, X: FloatArray) -> FloatArray:
        """Bring samples to length 1 as seen from the origin, in their own precision; one that lies there is zeros."""
        return self.into(np.empty_like(X), X)

    def into(self, block: FloatArray, X: FloatArray) -> FloatArray:
        """The same, into an array of the shape of `X`."""
        np.subtract(X, self.point.astype(X.dtype, copy=False), out=block)
        # What lies nearer to the origin than rounding can tell apart has no direction.
        least = _ROUNDINGS * float(np.finfo(X.dtype).eps) * self._distance
        block /= lengths(block, least)
        return block


def reach(X: SampleRows, weights: FloatArray | None, *, mean: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least and largest value of each feature, and its mean if that is wanted, from one look at each block of rows.

    Parameters
    ----------
    X : array of shape (n, d)
        Samples.
    weights : array of shape (n,) or None
        How much each counts in the mean.
    mean : bool
        Whether the mean is wanted.

    Returns
    -------
    low, high, mean : arrays of shape (d,)
        The former in the precision of `X`; the mean is zeros where it isn't wanted.
    """
    width = X.shape[1]
    low, high, total = np.full(width, np.inf, X.dtype), np.full(width, -np.inf, X.dtype), np.zeros(width)
    for start in range(0, len(X), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        block = X[rows]
        np.minimum(low, block.min(axis=0), out=low)
        np.maximum(high, block.max(axis=0), out=high)
        if mean:
            total += block.sum(axis=0, dtype=np.float64) if weights is None else weights[rows] @ block
    return low, high, total / (len(X) if weights is None else weights.sum())


def check_magnitude(name: str, X: FloatArray, most: float | None = None, least: float = 0.0) -> None:
    """Refuse samples with features so large that sums or products of them overflow, or so small that these vanish.

    Parameters
    ----------
    name : str
        What the error calls them.
    X : array of shape (n, d)
        Samples, in single or double precision.
    most : float or None, default=None
        The largest magnitude that can be computed with. None for that of sums in the precision of `X`.
    least : float, default=0.0
        The least one that the largest feature may have, unless all are 0.

    Raises
    ------
    InvalidInputError
        Naming the magnitude that was found, and those that can be computed with.
    """
    most = LARGEST[X.dtype.itemsize] if most is None else most
    largest = max(float(X.max(initial=0.0)), -float(X.min(initial=0.0)))
    if not largest <= most or 0 < largest < least:
        wanted = f"{most:g} at most" if not least else f"{least:g} to {most:g} at the largest"
        raise InvalidInputError(
            f"{name} holds {X.dtype} numbers of magnitude {largest:.3g}; wanted {wanted}: multiply the features."
        )


def unit_rows(X: FloatArray) -> FloatArray:
    """Bring each row to length 1; a row of zeros, or of rounding errors of numbers of the size 1, becomes zeros.

    Parameters
    ----------
    X : array of shape (n, d)
        Any rows.

    Returns
    -------
    array of shape (n, d)
        The rows, in the precision of `X`.
    """
    rows: FloatArray = X / lengths(X, 1e-12)
    return rows


def lengths(rows: FloatArray, least: float = 0.0) -> FloatArray:
    """Lengths of rows as a column to divide by: infinite where they aren't above `least`.

    Parameters
    ----------
    rows : array of shape (n, d)
        Finite rows of any size, in single or double precision.
    least : float, default=0.0
        A length that counts as none.

    Returns
    -------
    array of shape (n, 1)
        Lengths, in the precision of the rows.
    """
    low, high = _SQUARES[rows.dtype.itemsize]
    with np.errstate(over="ignore", under="ignore"):
        square = np.einsum("ij,ij->i", rows, rows)
        length = np.sqrt(square)
    far = np.flatnonzero(~((square > low) & (square < high)))
    if len(far):  # by a power of two, which rounds nothing
        part = rows[far].astype(np.float64)
        exponents = np.frexp(np.abs(part).max(axis=1, initial=0.0))[1]
        scaled = np.ldexp(part, -exponents[:, None])
        length[far] = np.ldexp(np.sqrt(np.einsum("ij,ij->i", scaled, scaled)), exponents)
    length[~(length > least)] = np.inf
    found: FloatArray = length[:, None]
    return found
