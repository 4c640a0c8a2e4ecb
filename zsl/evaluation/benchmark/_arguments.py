"""Checks of the arguments of a benchmark."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from zsl.evaluation.benchmark._cells import semantics_parameter
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError


def check_estimators(estimators: Mapping[str, Any]) -> None:
    """Raise unless there are named estimators that take a class table."""
    _check_names("estimators", estimators, "an estimator")
    for name, estimator in estimators.items():
        if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
            raise InvalidInputError(f"estimators[{name!r}]={estimator!r}; wanted an instance of an estimator.")
        try:
            semantics_parameter(estimator)
        except InvalidInputError as error:
            raise InvalidInputError(f"estimators[{name!r}]: {error}") from None


def check_splits(splits: Mapping[str, Any]) -> None:
    """Raise unless there are named splits, or callables that load them."""
    _check_names("splits", splits, "a GZSLSplit")
    for name, source in splits.items():
        if not isinstance(source, GZSLSplit) and not callable(source):
            raise InvalidInputError(
                f"splits[{name!r}] is a {type(source).__name__}; wanted a GZSLSplit or a callable that returns one."
            )


def _check_names(argument: str, given: Mapping[str, Any], what: str) -> None:
    if not isinstance(given, Mapping) or not given:
        raise InvalidInputError(f"{argument}={given!r}; wanted a mapping of at least one name to {what}.")
    for name in given:
        if not isinstance(name, str) or not name.strip():
            raise InvalidInputError(f"{argument} has the key {name!r}; wanted a name, as a string.")


def as_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The random states: from 0 on, or those given."""
    if isinstance(seeds, (int, np.integer)):
        numbers = tuple(range(seeds)) if not isinstance(seeds, bool) else ()
    else:
        numbers = tuple(seeds)
    whole = all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) and 0 <= n < 2**32 for n in numbers)
    if not numbers or not whole or len(set(numbers)) < len(numbers):
        raise InvalidInputError(f"seeds={seeds!r}; wanted a number of seeds, or different whole numbers from 0 on.")
    return tuple(int(number) for number in numbers)


def as_jobs(n_jobs: int) -> int:
    """Number of cells that run at a time."""
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, (int, np.integer)) or not n_jobs:
        raise InvalidInputError(f"n_jobs={n_jobs!r}; wanted a whole number other than 0.")
    return int(joblib.effective_n_jobs(int(n_jobs)))


def as_folder(folder: str | PathLike[str] | None) -> Path | None:
    """The folder, made if it doesn't exist."""
    if folder is None:
        return None
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(f"folder={str(folder)!r} can't be made or isn't a folder: {error}") from error
    return path
