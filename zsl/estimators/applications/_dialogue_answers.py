"""Answers about attributes, checked and brought into the order of the class table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zsl._arguments import is_flag, is_number, shown
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError


def as_answers(given: Any, X: Any, n_samples: int, attributes: tuple[str, ...]) -> FloatArray:
    """Answers as (n_samples, attribute), NaN if unanswered."""
    answers = np.full((n_samples, len(attributes)), np.nan)
    if given is None:
        return answers
    if not isinstance(given, (Mapping, pd.DataFrame)):
        raise InvalidInputError(f"given is of type {type(given).__name__}; wanted a mapping or a DataFrame.")
    names = list(given)
    unknown = [name for name in names if name not in attributes]
    if unknown or len(set(names)) < len(names):
        what = f"{unknown[:5]}, which the class table hasn't" if unknown else "an attribute twice"
        raise InvalidInputError(
            f"given has {what}; wanted attributes such as {list(attributes[:5])}, each once."
            + did_you_mean(unknown, attributes)
        )
    values = _of_frame(given, X, n_samples) if isinstance(given, pd.DataFrame) else _of_mapping(given)
    answers[:, [attributes.index(name) for name in names]] = values
    return answers


def _of_frame(given: pd.DataFrame, X: Any, n_samples: int) -> FloatArray:
    """One value per sample; NaN is allowed."""
    if len(given) != n_samples:
        raise InvalidInputError(f"given has {len(given)} rows for {n_samples} samples; wanted one per sample.")
    if isinstance(X, pd.DataFrame) and not given.index.equals(X.index):
        raise InvalidInputError("given and X have different indexes; wanted the same, in the same order.")
    try:
        values = given.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"given is not numeric ({error}); wanted numbers, NaN if unanswered.") from error
    if np.isinf(values).any():
        raise InvalidInputError("given holds infinite values; wanted finite numbers, NaN if unanswered.")
    return values


def _of_mapping(given: Mapping[Any, Any]) -> FloatArray:
    """One value per attribute."""
    for name, value in given.items():
        if not is_number(value) and not is_flag(value):
            raise InvalidInputError(f"given[{shown(name)}] is {shown(value)}; wanted a finite number.")
    return np.array(list(given.values()), dtype=np.float64)
