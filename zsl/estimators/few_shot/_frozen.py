"""The shell of the few-shot estimators that work on features as they are and learn only statistics of seen classes."""

from typing import Any, Self, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from zsl.estimators.few_shot._base import FewShotClassifier
from zsl.exceptions import InvalidInputError
from zsl.methods.frozen.centred import Transform


class FrozenClassifier(FewShotClassifier):
    """Take feature vectors of any encoder, and from those of the seen classes a mean or a covariance."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Take the statistics of the seen classes; nothing is trained by gradient, and nothing is drawn.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Features of training images, finite numbers.
        y : array of shape (n_samples,)
            Their labels, at least two different ones.

        Returns
        -------
        self
            The fitted estimator. It knows the seen classes by their training images.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, or `y` has only one class.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        return super().fit(X, y)

    def _train(
        self,
        method: Any,
        X: NDArray[Any],
        codes: NDArray[np.intp],
        generator: torch.Generator,
        groups: Any,
        validation: Any,
    ) -> None:
        method.fit_base(self._tensor(X).double(), self._tensor(codes), int(codes.max()) + 1)


def check_transform(feature_transform: Any) -> None:
    """Refuse anything but a known transformation; scikit-learn takes what has a `transform` for a transformer."""
    if feature_transform not in get_args(Transform):
        raise InvalidInputError(f"feature_transform={feature_transform!r}; wanted 'cl2n', 'l2n' or 'none'.")
