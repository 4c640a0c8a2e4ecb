"""LaplacianShot as an estimator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from numpy.typing import NDArray

from zsl.estimators._checks import check_number, check_whole
from zsl.estimators.few_shot._frozen import check_transform
from zsl.estimators.few_shot._images import Backbone
from zsl.estimators.few_shot._transductive import TransductiveClassifier
from zsl.methods.frozen.centred import Transform
from zsl.methods.frozen.laplacian_shot import LaplacianShot


class LaplacianShotClassifier(TransductiveClassifier):
    r"""Label all images of a call together: near a prototype, and like their nearest neighbours.

    The method of I. M. Ziko, J. Dolz, E. Granger and I. Ben Ayed, "Laplacian Regularized Few-Shot Learning", 2020,
    arXiv:2006.15486; `zsl.methods.frozen.laplacian_shot.LaplacianShot` tells the updates and where we depart from them.

    Transductive: predictions depend on the other images of the same call. It is meant for calls with several images of
    each class that is chosen among. Memory grows with the square of the number of images of a call.

    Parameters
    ----------
    feature_transform : {"cl2n", "l2n", "none"}, default="cl2n"
        What is done to features: "cl2n" subtracts the mean of the training images and scales to length 1, "l2n" only
        scales, "none" does neither.
    n_neighbors : int, default=3
        Neighbours of an image, 1 or more; with fewer other images in a call, all of them.
    strength : float, default=0.7
        Weight of the labels of the neighbours against the squared distance to a prototype, 0 or more.
    n_iterations : int, default=20
        Number of updates, 0 or more.
    sharpness : float, default=10.0
        What cosines are multiplied by when prototypes are rectified, above 0.
    prior : None, "uniform", array of shape (C,) or mapping from label to number, default=None
        How the images of a call are spread over the classes, as shares or counts above 0. An array goes by the order of
        `classes_`, a mapping or Series by labels, and may name more classes than are known. Among a part of the classes
        their numbers are scaled to sum to 1. None uses no such knowledge. It is read when images are scored, so
        ``set_params(prior=...)`` needs no new fit. `zsl.measure_episodes` makes use of "uniform" only.
    device : str, default="auto"
        Where to compute, in double precision: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training images, and the others.
    method_ : LaplacianShot
        The method, with the mean.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import LaplacianShotClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = LaplacianShotClassifier(prior="uniform").fit(X[y < 8], y[y < 8])
    >>> clf.add_classes(X[[8, 9]], y[[8, 9]])
    LaplacianShotClassifier(prior='uniform')  # transductive
    >>> bool((clf.predict(X[y > 7], classes=[8, 9]) == y[y > 7]).mean() > 0.8)
    True
    """

    def __init__(
        self,
        *,
        feature_transform: Transform = "cl2n",
        n_neighbors: int = 3,
        strength: float = 0.7,
        n_iterations: int = 20,
        sharpness: float = 10.0,
        prior: Literal["uniform"] | Sequence[float] | NDArray[Any] | Mapping[Any, float] | None = None,
        device: str = "auto",
    ) -> None:
        self.feature_transform = feature_transform
        self.n_neighbors = n_neighbors
        self.strength = strength
        self.n_iterations = n_iterations
        self.sharpness = sharpness
        self.prior = prior
        self.device = device

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> LaplacianShot:
        return LaplacianShot(
            None,
            n_features=n_features,
            transform=self.feature_transform,
            n_neighbors=int(self.n_neighbors),
            strength=float(self.strength),
            n_iterations=int(self.n_iterations),
            sharpness=float(self.sharpness),
            prior=self._prior_of_episodes(),
        )

    def _check_parameters(self) -> None:
        check_transform(self.feature_transform)
        check_whole("n_neighbors", self.n_neighbors)
        check_number("strength", self.strength, least=0)
        check_whole("n_iterations", self.n_iterations, 0)
        check_number("sharpness", self.sharpness, above=0)
        self._checked_prior()
