"""Which pairs of classes a partly filled class table tells apart, and which cell would tell more of them apart."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray

_ROUNDING = 1e-9


def attribute_ranges(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and greatest value of each attribute, so that differences can be compared across attributes.

    Parameters
    ----------
    values : array of shape (class, attribute)
        The table, NaN for cells without a value.

    Returns
    -------
    low, high : arrays of shape (attribute,)
        0 and 1 where all values lie between them, as those of yes and no and of grades do; otherwise the smallest and
        the greatest value, and 0 in place of the other one where there is a single value. `high` is above `low`.
    """
    known = ~np.isnan(values)
    low = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    graded = (low >= 0) & (high <= 1) | ~known.any(axis=0)
    single = low == high
    return (
        np.where(graded, 0.0, np.where(single, np.minimum(low, 0.0), low)),
        np.where(graded, 1.0, np.where(single, np.maximum(high, 0.0), high)),
    )


def pair_counts(scaled: FloatArray, doubt: FloatArray, margin: float) -> NDArray[np.intp]:
    r"""How many attributes tell each two classes apart.

    Two classes differ in an attribute by :math:`|x_{ck} - x_{dk}| - \sqrt{u_{ck}^2 + u_{dk}^2}`, and not at all where
    that is below 0 or one of the values is missing: of what was predicted the standard error doesn't count.

    Parameters
    ----------
    scaled : array of shape (class, attribute)
        :math:`x`, values in units of the attribute's range, NaN where there is none.
    doubt : array of shape (class, attribute)
        :math:`u`, the standard error of the values in the same units; infinite if it isn't known.
    margin : float
        From which difference on an attribute tells two classes apart.

    Returns
    -------
    array of shape (class, class)
        The numbers of attributes.
    """
    counts = np.zeros((len(scaled), len(scaled)), dtype=np.intp)
    for _, difference in _differences(scaled, doubt):
        counts += difference >= margin - _ROUNDING
    return counts


def greatest_differences(scaled: FloatArray, doubt: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """The greatest difference of each two classes, as in `pair_counts`.

    Parameters
    ----------
    scaled, doubt : arrays of shape (class, attribute)
        As in `pair_counts`.

    Returns
    -------
    greatest : array of shape (class, class)
        The differences, 0 or more.
    attribute : array of shape (class, class)
        The first attribute in which they differ most.
    """
    greatest = np.zeros((len(scaled), len(scaled)))
    attribute = np.zeros(greatest.shape, dtype=np.intp)
    for column, difference in _differences(scaled, doubt):
        better = difference > greatest
        greatest[better], attribute[better] = difference[better], column
    return greatest, attribute


def _differences(scaled: FloatArray, doubt: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    """The differences in each attribute that has values, NaN where one of two values is missing."""
    comparable = np.where(np.isfinite(doubt), scaled, np.nan)
    for column in np.flatnonzero(~np.isnan(comparable).all(axis=0)).tolist():
        x, u = comparable[:, column], doubt[:, column]
        difference = np.abs(x[:, None] - x)
        yield column, difference - np.hypot(u[:, None], u) if u.any() else difference


def expected_splits(
    scaled: FloatArray, doubt: FloatArray, open_: NDArray[np.bool_], together: NDArray[np.bool_], margin: float
) -> FloatArray:
    r"""How many pairs of classes each open cell is expected to tell apart once it is answered.

    What an answer will be is predicted by a Pólya urn: of the N values that the attribute has, and both ends of its
    range besides, each is equally likely, and goes back with a copy of itself. For yes and no that is Laplace's rule of
    succession. With :math:`u` the values in the urn, a pair of an open cell and one with the value x is told apart with
    the probability

    .. math:: p_1(x) = \frac{1}{N + 2} \big|\{i : |u_i - x| \ge m\}\big|

    and one of two open cells, which needs two answers, so that each has one half of it, with

    .. math:: p_2 = \frac{N + 2}{N + 3} \cdot \frac{1}{(N + 2)^2} \big|\{(i, j) : |u_i - u_j| \ge m\}\big|.

    Both are exact. The sum over the open cells of an attribute is the number of pairs that it is expected to tell apart
    once all of them are answered.

    Parameters
    ----------
    scaled, doubt : arrays of shape (class, attribute)
        As in `pair_counts`, values between 0 and 1.
    open_ : array of bool of shape (class, attribute)
        The cells that may be asked about, with a value or without.
    together : array of bool of shape (class, class)
        The pairs that aren't told apart yet; symmetric, with a diagonal of False.
    margin : float
        From which difference on an attribute tells two classes apart, above 0.

    Returns
    -------
    array of shape (class, attribute)
        The expected numbers of pairs, 0 for cells that aren't open.
    """
    pairs, least = together.astype(float), margin - _ROUNDING
    one, both = np.zeros(scaled.shape), np.zeros(scaled.shape[1])
    for column in range(scaled.shape[1]):
        known = ~open_[:, column] & ~np.isnan(scaled[:, column])
        x, u = scaled[known, column], doubt[known, column]
        urn = np.sort(np.concatenate([[0.0, 1.0], x]))
        size = len(urn)
        one[known, column] = size - np.searchsorted(urn, x + least + u) + np.searchsorted(urn, x - least - u, "right")
        one[:, column] /= size
        both[column] = 2 * (size - np.searchsorted(urn, urn + least)).sum() / (size * (size + 1))
    return np.where(open_, pairs @ one + both / 2 * (pairs @ open_), 0.0)
