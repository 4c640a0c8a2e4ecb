"""The shell of the few-shot estimators that work on features as they are and learn only statistics of seen classes."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._parameters import Device, Folds, parameters
from zsl.estimators.few_shot._base import FewShotClassifier
from zsl.estimators.few_shot._tasks import Task
from zsl.functional.linear.origins import Origin
from zsl.methods.frozen.centred import Transform
from zsl.selection.scaling import origin_of


@parameters
class Frozen:
    """Where to compute, and what is measured on held-out classes.

    Parameters
    ----------
    device : str
        Where to compute, in double precision: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.
    cv : int, splitter or None
        Folds of held-out seen classes, on episodes of which the temperature of `predict_proba` and the threshold of
        ``predict(reject=...)`` are measured: their number, of which the first ones with 20 classes are enough, or a
        splitter such as `ClassKFold`. With None or fewer than four seen classes of two samples nothing is measured, and
        the temperature is 1.
    """

    device: Device = "auto"
    cv: Folds = 5


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

    def _origin_of(self, X: FloatArray) -> Origin:
        """Nothing is moved that isn't centred, and nothing scaled where lengths count."""
        if self.feature_transform == "none":
            return Origin(np.zeros(X.shape[1]), 1.0)
        return origin_of(X, centred=self.feature_transform == "cl2n")


class FrozenClassifier(Frozen, FewShotClassifier):
    """Take feature vectors of any encoder, and from those of the seen classes a mean or a covariance."""

    _example = """\
>>> from sklearn.datasets import load_digits
>>> from zsl import {name}
>>> X, y = load_digits(return_X_y=True)
>>> clf = {name}().fit(X[y < 8], y[y < 8])
>>> clf = clf.add_classes(X[[8, 9]], y[[8, 9]])
>>> clf.unseen_classes_
array([8, 9])"""

    _state: ClassVar[Mapping[str, Any]] = {"_origin": Origin}
    _origin: Origin

    def _origin_of(self, X: FloatArray) -> Origin:
        """What samples are moved and scaled by before the method sees them: it compares directions from the mean."""
        return origin_of(X, centred=True)

    def _generator(self) -> torch.Generator:
        """Nothing is drawn, so that no seed has to be."""
        return torch.Generator()

    def _check_training(self, X: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], LabelArray]:
        samples, labels = super()._check_training(X, y)
        self._origin = self._origin_of(np.array(samples, dtype=np.float64, order="C"))  # folds share it
        return samples, labels

    def _train(self, method: Any, task: Task) -> None:
        X = task.X.astype(np.float64)
        method.fit_base(self._tensor(self._origin(X)), self._tensor(task.codes), int(task.codes.max()) + 1)

    def _embed(self, X: NDArray[Any]) -> FloatArray:
        return super()._embed(self._origin(X.astype(np.float64)))
