"""The one door through which samples come in: real, finite numbers of shape (n_samples, n_features), or one error."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_X_y, column_or_1d, validate_data

from zsl._arguments import shown
from zsl._arrays import check_finite, check_numbers, doubles, host_array, named
from zsl._files.rows import RowsOnDisk, block_rows, budget, cuts, on_disk
from zsl._labels import as_labels
from zsl._typing import FloatArray, LabelArray
from zsl.estimators.catalog import fitted_by_blocks
from zsl.exceptions import InvalidInputError, InvalidTypeError
from zsl.functional.linear.origins import check_magnitude

_SHAPE = "wanted an array of real numbers of shape (n_samples, n_features)"
_ENCODERS = (
    "Encode images by make_pipeline(ImageEncoder(), estimator), which takes their paths, and texts by TextEncoder."
)


def as_samples(estimator: Any, X: Any, name: str = "X", *, reset: bool = False) -> FloatArray:
    """Checked samples, in single precision where they came so; `reset` takes over their width and column names.

    Samples on disk stay there for a fit that reads them block by block, unless they are no more than one block.
    """
    stored = on_disk(X)
    if stored is not None:
        read: FloatArray = _stored(estimator, stored, name, reset)
        return read
    readable = _readable(name, X)
    with named(name):
        samples: FloatArray = validate_data(
            estimator, readable, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
        )
    _check_values(name, samples)
    return samples


def as_training(estimator: Any, X: Any, y: Any) -> tuple[FloatArray, LabelArray]:
    """Checked samples and as many labels, from which an estimator takes over width and column names."""
    samples = as_samples(estimator, X, reset=True)
    targets = as_targets(y)
    if targets is not None and len(targets) != len(samples):
        raise InvalidInputError(f"X has {len(samples)} samples and y {len(targets)} labels; wanted one per sample.")
    if isinstance(samples, RowsOnDisk):
        return samples, targets
    with named("y"):
        labels: LabelArray = check_X_y(samples, targets, dtype=None, ensure_all_finite=False, estimator=estimator)[1]
    return samples, labels


def as_weights(sample_weight: Any, n: int) -> FloatArray:
    """How much each of n samples counts: finite numbers of 0 or more, not all zero; one number is that of all."""
    given = doubles("sample_weight", sample_weight)
    weights = np.full(n, given) if given.ndim == 0 else given
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any() or not (weights > 0).any():
        raise InvalidInputError(
            f"sample_weight of shape {weights.shape} cannot be used; wanted {n} finite numbers of 0 or more, and not "
            "all of them zero."
        )
    return weights


def as_targets(y: Any) -> Any:
    """Labels of training samples; None is scikit-learn's to refuse, and its to warn of a column of them."""
    if y is None:
        return None
    with named("y"):
        return as_labels("y", column_or_1d(y, warn=True) if getattr(y, "ndim", 1) == 2 else y)


def _stored(estimator: Any, samples: RowsOnDisk, name: str, reset: bool) -> Any:
    """Checked samples on disk: read, or where they are many as they are, for a fit that reads them block by block."""
    with named(name):
        validate_data(estimator, samples[:1], reset=reset, dtype=samples.dtype, ensure_all_finite=False)
    if len(samples) > block_rows(samples.shape[1]):
        if reset and reads_blocks(estimator):
            for cut in cuts(samples):
                _check_values(name, samples[cut], samples.start + cut.start)
            return samples
        if samples.nbytes > budget():
            found, most = (f"{n_bytes / 2**20:,.4g} MiB" for n_bytes in (samples.nbytes, budget()))
            raise InvalidInputError(
                f"{name} of shape {samples.shape} is on disk, and a {type(estimator).__name__} needs it in memory "
                f"here: {found}; wanted {most} at most, as sklearn.set_config(working_memory=...) says, or one "
                f"whose fit reads it block by block: {', '.join(fitted_by_blocks())}."
            )
    read = samples[:]
    _check_values(name, read, samples.start)
    return read


def reads_blocks(estimator: Any) -> bool:
    """Whether a fit reads samples on disk block by block, as a shell says; an encoder is trained on all in memory."""
    return bool(getattr(estimator, "_fits_by_blocks", False)) and getattr(estimator, "encoder", None) is None


def _check_values(name: str, samples: FloatArray, start: int | None = None) -> None:
    """Refuse numbers that can't be computed with; rows are counted from `start` on."""
    check_finite(name, samples, nan="NaN", start=start)  # the word that scikit-learn's own checks look for
    check_magnitude(name, samples)


def _readable(name: str, X: Any) -> Any:
    """Refuse what isn't numbers; arrays and frames stay as they are, and all else becomes an array of doubles."""
    if isinstance(X, pd.DataFrame):
        _check_columns(name, X)
        return X
    array = host_array(name, X)
    if array.dtype.kind == "O" and array.ndim == 0:
        found = "None" if X is None else f"of type {type(X).__name__}"
        raise InvalidTypeError(f"{name} is {found}; {_SHAPE}.")
    if array.ndim < 2 and (texts := _texts(array)):
        raise InvalidInputError(f"{name} holds {texts}; {_SHAPE}. {_ENCODERS}")
    if array.ndim != 2:
        # the hint is that of scikit-learn
        hint = f" Reshape your data by {name}.reshape(1, -1) if it is one sample." if array.ndim == 1 else ""
        raise InvalidInputError(f"{name} has shape {array.shape}; {_SHAPE}.{hint}")
    check_numbers(name, array)
    if isinstance(X, np.ndarray) or hasattr(X, "columns"):  # a frame of another library has names for its columns
        return X
    with named(name):
        return array.astype(np.float64)


def _texts(array: NDArray[Any]) -> str:
    """What a list of paths or texts holds, for an error; nothing if it holds something else."""
    first = array.ravel()[0] if array.size else None
    return f"paths or texts such as {shown(str(os.fspath(first)))}" if isinstance(first, (str, os.PathLike)) else ""


def _check_columns(name: str, frame: pd.DataFrame) -> None:
    """Refuse columns of a frame that aren't real numbers, by their names."""
    for place, (column, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True)):
        kind = getattr(dtype, "kind", "O")
        if kind in "buif":
            continue
        what = f"column {column!r} of {name}"
        if kind != "O":
            raise InvalidInputError(f"{what} has dtype {dtype}; wanted real numbers.")
        with named(what):
            values = frame.iloc[:, place].to_numpy(dtype=object)[:, None]
        check_numbers(what, values)
