"""Centring and scaling of features and semantics by what the seen classes show."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError

Scaling = Literal["none", "center", "standard"]


@dataclass(frozen=True, eq=False)
class Scaler:
    """Subtract `mean` and divide by `scale`, column by column."""

    mean: FloatArray
    scale: FloatArray

    @classmethod
    def fit(cls, name: str, scaling: Scaling, rows: FloatArray) -> "Scaler":
        """Learn mean and standard deviation of each column, as far as `scaling` asks for them."""
        if scaling not in ("none", "center", "standard"):
            raise InvalidInputError(f"{name}={scaling!r}; wanted 'none', 'center' or 'standard'.")
        mean, scale = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
        if scaling != "none":
            mean = rows.mean(axis=0)
        if scaling == "standard":
            deviation = rows.std(axis=0)
            scale = np.where(deviation > 1e-9 * (np.abs(mean) + deviation.max(initial=0.0)), deviation, 1.0)
        return cls(mean, scale)

    def __call__(self, rows: FloatArray) -> FloatArray:
        """Scale rows of shape (n, width)."""
        scaled: FloatArray = (rows - self.mean) / self.scale
        return scaled

    def unit(self, rows: FloatArray) -> FloatArray:
        """Scale rows, then bring each to length 1; a row of zeros stays."""
        scaled = self(rows)
        length: FloatArray = np.linalg.norm(scaled, axis=1, keepdims=True)
        return scaled / np.maximum(length, 1e-12)
