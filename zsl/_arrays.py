"""What numpy makes of an array-like that a user passes: whatever goes wrong is one error that names the argument."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
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
    if issparse(X):
        raise InvalidTypeError(f"{name} is a sparse matrix; wanted a dense one, {name}.toarray().")
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise InvalidInputError(f"{name} has masked values; wanted an array without, or filled.")
    with named(name):
        if type(X).__module__.partition(".")[0] != "torch" or not hasattr(X, "detach"):
            return np.asarray(X)
        tensor = X.detach().cpu()
        narrow = tensor.is_floating_point() and tensor.element_size() <= 2
        return np.asarray(tensor.float() if narrow else tensor)


def real_array(name: str, X: Any) -> NDArray[Any]:
    """An array-like of real numbers: of whole numbers and truth values, too, and of objects that are numbers."""
    array = host_array(name, X)
    if array.dtype.kind == "O":
        with named(name):
            if any(isinstance(value, (str, bytes)) for value in array.ravel().tolist()):
                raise InvalidTypeError(f"{name} holds strings; wanted real numbers.")
            return array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        raise InvalidInputError(f"{name} has dtype {array.dtype}; wanted real numbers.")
    return array
