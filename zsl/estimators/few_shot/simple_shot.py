"""SimpleShot as an estimator."""

import torch

from zsl.estimators.few_shot._frozen import FrozenClassifier, check_transform
from zsl.estimators.few_shot._images import Backbone
from zsl.methods.frozen.centred import Transform
from zsl.methods.frozen.simple_shot import SimpleShot


class SimpleShotClassifier(FrozenClassifier):
    r"""Give an image the class whose mean is nearest among centred features of length 1.

    The method of Y. Wang, W.-L. Chao, K. Q. Weinberger and L. van der Maaten, "SimpleShot: Revisiting Nearest-Neighbor
    Classification for Few-Shot Learning", 2019, arXiv:1911.04623; `zsl.methods.frozen.simple_shot.SimpleShot` tells the
    formula. Its probabilities are flat: the score is a squared distance, 4 at most.

    Parameters
    ----------
    feature_transform : {"cl2n", "l2n", "none"}, default="cl2n"
        What is done to features: "cl2n" subtracts the mean of the training images and scales to length 1, "l2n" only
        scales, "none" does neither.
    device : str, default="auto"
        Where to compute, in double precision: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training images, and the others.
    method_ : SimpleShot
        The method, with the mean.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import SimpleShotClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = SimpleShotClassifier().fit(X[y < 8], y[y < 8])
    >>> clf = clf.add_classes(X[[8, 9]], y[[8, 9]])
    >>> clf.unseen_classes_
    array([8, 9])
    """

    def __init__(self, *, feature_transform: Transform = "cl2n", device: str = "auto") -> None:
        self.feature_transform = feature_transform
        self.device = device

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> SimpleShot:
        return SimpleShot(None, n_features=n_features, transform=self.feature_transform)

    def _check_parameters(self) -> None:
        check_transform(self.feature_transform)
