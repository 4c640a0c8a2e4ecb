"""The distribution of a number, kept short."""

import numpy as np

from zsl._typing import FloatArray


def quantiles(values: FloatArray) -> tuple[float, ...]:
    """Quantiles at 0, 0.5 %, 1 % and so on up to 100 %."""
    return tuple(np.quantile(values, np.linspace(0, 1, 201)).tolist())
