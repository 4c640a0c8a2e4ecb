"""The shell of the few-shot estimators that work on features as they are and learn only statistics of seen classes."""

from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from zsl.estimators._parameters import Device, parameters
from zsl.estimators.few_shot._base import FewShotClassifier
from zsl.methods.frozen.centred import Transform


@parameters
class Frozen:
    """Where to compute.

    Parameters
    ----------
    device : str
        Where to compute, in double precision: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.
    """

    device: Device = "auto"


@parameters
class Transformed(Frozen):
    """What is done to features first.

    Parameters
    ----------
    feature_transform : {"cl2n", "l2n", "none"}
        What is done to features: "cl2n" subtracts the mean of the training samples and scales to length 1, "l2n" only
        scales, "none" does neither.
    """

    feature_transform: Transform = "cl2n"


class FrozenClassifier(Frozen, FewShotClassifier):
    """Take feature vectors of any encoder, and from those of the seen classes a mean or a covariance."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Take the statistics of the seen classes; nothing is trained by gradient, and nothing is drawn.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Features of training samples, finite numbers.
        y : array of shape (n_samples,)
            Their labels, at least two different ones.

        Returns
        -------
        self
            The fitted estimator. It knows the seen classes by their training samples.

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
