"""The transformers of scikit-learn that may stand in a saved pipeline: what they learn is arrays and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.feature_selection import VarianceThreshold
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler

from zsl.estimators.saving.encoders import output_of, with_output
from zsl.exceptions import ModelFileError
from zsl.persistence.codec import is_plain, plain, register
from zsl.persistence.kinds import is_of

_FLOATS = NDArray[np.floating[Any]]
_MAYBE = _FLOATS | None
_COMMON: Mapping[str, Any] = {"n_features_in_": int, "feature_names_in_": NDArray[Any]}
_LEARNED: Mapping[type[Any], Mapping[str, Any]] = {
    MaxAbsScaler: {"max_abs_": _FLOATS, "scale_": _FLOATS, "n_samples_seen_": int},
    MinMaxScaler: {
        **dict.fromkeys(("min_", "scale_", "data_min_", "data_max_", "data_range_"), _FLOATS),
        "n_samples_seen_": int,
    },
    Normalizer: {},
    PCA: {
        **dict.fromkeys(
            ("components_", "explained_variance_", "explained_variance_ratio_", "mean_", "singular_values_"), _FLOATS
        ),
        "n_components_": int,
        "n_samples_": int,
        "noise_variance_": float,
    },
    RobustScaler: {"center_": _MAYBE, "scale_": _MAYBE},
    StandardScaler: {
        **dict.fromkeys(("mean_", "scale_", "var_"), _MAYBE),
        "n_samples_seen_": int | float | NDArray[Any],
    },
    VarianceThreshold: {"variances_": _FLOATS},
}
TRANSFORMERS = tuple(_LEARNED)
"""The closed list."""


def _apart(transformer: Any) -> dict[str, Any]:
    """Parameters and what was learned; a generator of random numbers is not stored."""
    given = transformer.get_params(deep=False)
    learned = {**_COMMON, **_LEARNED[type(transformer)]}
    values = {name: _bare(getattr(transformer, name)) for name in learned if hasattr(transformer, name)}
    turned = [name for name, value in values.items() if _is_turned(value)]
    return {
        "parameters": {name: plain(value) if is_plain(value) else None for name, value in given.items()},
        "learned": values | {name: values[name].T for name in turned},
        "turned": turned,
        "output": output_of(transformer),
    }


def _is_turned(value: Any) -> bool:
    """Whether a matrix stands in memory column by column, on which the last bits of products depend."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.strides[0] < value.strides[1]


def _bare(value: Any) -> Any:
    """Numbers of numpy as those of Python."""
    return value.item() if isinstance(value, np.generic) else value


def _together(
    cls: type[Any], parameters: dict[str, Any], learned: dict[str, Any], turned: list[str], output: str
) -> Any:
    """A fitted transformer that transforms a blank sample into finite numbers."""
    kinds = {**_COMMON, **_LEARNED[cls]}
    odd = [n for n, value in learned.items() if n not in kinds or not is_of(value, kinds[n])]
    if odd or learned.get("n_features_in_", 0) < 1:
        raise ModelFileError(f"The parts of a {cls.__name__} don't fit together ({odd[:3] or 'it has no features'}).")
    made = cls(**parameters)
    for name, value in learned.items():
        setattr(made, name, value.T if name in turned else value)
    width, arrays = learned["n_features_in_"], [value for value in learned.values() if isinstance(value, np.ndarray)]
    if arrays:
        if not any(width in array.shape for array in arrays):
            raise ModelFileError(f"The parts of a {cls.__name__} don't fit together (it has no {width} features).")
        blank = pd.DataFrame(np.zeros((1, width)), columns=learned.get("feature_names_in_"))
        with np.errstate(all="ignore"):
            found = made.transform(blank if "feature_names_in_" in learned else blank.to_numpy())
        if not np.isfinite(found).all():
            raise ModelFileError(
                f"The parts of a {cls.__name__} don't fit together (it gives numbers that aren't finite)."
            )
    return with_output(made, output)


for _cls in TRANSFORMERS:
    _put: Callable[..., Any] = partial(_together, _cls)
    register(
        _cls,
        _apart,
        _put,
        parameters=dict,
        learned=dict,
        turned=list[str],
        output=Literal["default", "pandas", "polars"],
    )
