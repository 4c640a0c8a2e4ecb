"""Names of the columns that an encoder returns, which let it take part in ``set_output`` and `ColumnTransformer`."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray


class NamedFeatures:
    """Mix-in of a transformer that learns nothing, and whose model decides on the number of columns."""

    _width: int | None = None
    _sample: str | None = None
    _mark: Any = None
    """The `Fingerprint` of the encoder that a loaded model was saved with, until it is known to be this one."""

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns of `transform` by the class, in lower case, and a number from 0 on.

        Parameters
        ----------
        input_features : ignored
            Not used.

        Returns
        -------
        ndarray of shape (n_features,), object
            The names. Unless `fit_transform` was called before, one sample is encoded to count the columns.

        Raises
        ------
        InvalidInputError
            If a parameter is invalid, or the model can't be loaded or doesn't encode.
        """
        width = self._example().shape[1] if self._width is None else self._width
        return np.array([f"{type(self).__name__.lower()}{number}" for number in range(width)], dtype=object)

    def _check_mark(self) -> None:
        """Refuse to encode otherwise than before the model was saved."""
        mark = self._mark
        if mark is not None:
            bare = copy.copy(self)
            bare._mark = None
            mark.check(bare, f"{type(self).__name__}({getattr(self, 'model', None)!r})")
            self._mark = None

    @abstractmethod
    def _example(self) -> FloatArray:
        """The row of some sample."""
