"""What numpy makes of an array-like that a user passes: whatever goes wrong is one error that names the argument."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse

from zsl.exceptions import InvalidInputError, InvalidTypeError


@contextmanager
def named(name: str) -> Iterator[None]:
    """Report whatever goes wrong while an argument is read as an error of the package that names the argument."""
    try:
        with np.errstate(all="ignore"):
            yield
    except InvalidInputError:
        raise
    except Exception as error:  # an array-like may raise anything
        text = str(error) or type(error).__name__
        if name not in text.replace(",", " ").replace(":", " ").split():
            text = f"{name}: {text}"
        raise (InvalidTypeError if isinstance(error, TypeError) else InvalidInputError)(text) from error


def host_array(name: str, X: Any) -> NDArray[Any]:
    """What numpy makes of an array-like; a tensor comes from its device, and bfloat16 becomes single precision."""
    if issparse(X) or isinstance(X, np.matrix):
        kind, better = ("sparse matrix", "toarray()") if issparse(X) else ("numpy.matrix", "A")
        raise InvalidTypeError(f"{name} is a {kind}; wanted a dense array, such as {name}.{better}.")
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise InvalidInputError(f"{name} has masked values; wanted an array without, or filled.")
    with named(name):
        if type(X).__module__.partition(".")[0] != "torch" or not hasattr(X, "detach"):
            return np.asarray(X)
        tensor = X.detach().cpu()
        narrow = tensor.is_floating_point() and tensor.element_size() <= 2
        return np.asarray(tensor.float() if narrow else tensor)


def check_numbers(name: str, array: NDArray[Any]) -> None:
    """Refuse arrays of what isn't real numbers; objects may be numbers."""
    if array.dtype.kind in "buif":
        return
    if array.dtype.kind == "c":
        raise InvalidInputError(f"Complex data not supported: {name} has dtype {array.dtype}; wanted real numbers.")
    if array.dtype.kind != "O":
        raise InvalidInputError(f"{name} has dtype {array.dtype}; wanted real numbers.")
    for place, value in enumerate(array.ravel().tolist()):
        if isinstance(value, (Real, Decimal, np.bool_)):
            continue
        where = f"at {tuple(int(i) for i in np.unravel_index(place, array.shape))}"
        if value is None or value is pd.NA or value is pd.NaT:
            raise InvalidInputError(f"{name} has no value {where}, but {value} (NaN); wanted finite numbers.")
        # these words are what scikit-learn's own checks look for
        raise InvalidTypeError(
            f"{name} holds a {type(value).__name__} {where}; an argument must be numeric, not a string or object, and "
            "hold one real number per entry."
        )


def check_finite(name: str, matrix: NDArray[Any], *, nan: str = "nan", start: int | None = None) -> None:
    """Refuse NaN and infinity in a matrix, by the place of the first; `nan` is what an error calls the former.

    A block of something larger has rows from the number `start` on.
    """
    with np.errstate(all="ignore"):
        if np.isfinite(matrix.sum()):  # the quick way
            return
    bad = ~np.isfinite(matrix)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        found = nan if np.isnan(matrix[row, column]) else str(matrix[row, column])
        every = f", and {bad.sum()} such value(s) in all" if start is None else ""
        raise InvalidInputError(
            f"{name} holds {found} in row {(start or 0) + row}, column {column}{every}; wanted finite numbers."
        )


def doubles(name: str, X: Any) -> NDArray[np.float64]:
    """An array-like of real numbers in double precision; those beyond it become infinite."""
    array = host_array(name, X)
    check_numbers(name, array)
    with named(name):
        found: NDArray[np.float64] = array.astype(np.float64, copy=False)
        return found
