"""The discriminant of Gaussian classes with one covariance as an estimator."""

import torch

from zsl.estimators._checks import check_number
from zsl.estimators.few_shot._frozen import FrozenClassifier
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.methods.frozen.gaussian import SharedGaussian


class SharedGaussianClassifier(FrozenClassifier):
    r"""Give an image the most likely of Gaussian classes that share the covariance of the training images.

    After Z. Wang, J. Liang, L. Sheng, R. He, Z. Wang and T. Tan, "A Hard-to-Beat Baseline for Training-free CLIP-Based
    Adaptation", 2024, arXiv:2402.04087; `zsl.methods.frozen.gaussian.SharedGaussian` tells the formula and where we
    depart from it. The covariance is that around the means of the seen classes; classes added later bring only their
    means.

    Parameters
    ----------
    shrinkage : float or None, default=None
        How far the covariance is drawn to a multiple of the identity, above 0 and up to 1, where 1 is the nearest class
        mean. None takes d / (n - C + d) with n training images of C classes and d features.
    normalize : bool, default=True
        Whether features are scaled to length 1 first.
    device : str, default="auto"
        Where to compute, in double precision: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training images, and the others.
    method_ : SharedGaussian
        The method, with the covariance.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import SharedGaussianClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = SharedGaussianClassifier().fit(X[y < 8], y[y < 8])
    >>> clf = clf.add_classes(X[[8, 9]], y[[8, 9]])
    >>> clf.unseen_classes_
    array([8, 9])
    """

    def __init__(self, *, shrinkage: float | None = None, normalize: bool = True, device: str = "auto") -> None:
        self.shrinkage = shrinkage
        self.normalize = normalize
        self.device = device

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> SharedGaussian:
        shrinkage = None if self.shrinkage is None else float(self.shrinkage)
        return SharedGaussian(None, n_features=n_features, shrinkage=shrinkage, normalize=bool(self.normalize))

    def _check_parameters(self) -> None:
        if self.shrinkage is None:
            return
        check_number("shrinkage", self.shrinkage, above=0)
        if self.shrinkage > 1:
            raise InvalidInputError(f"shrinkage={self.shrinkage!r}; wanted None or a number above 0 and up to 1.")
