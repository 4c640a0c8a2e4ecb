"""BD-CSPN as an estimator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from numpy.typing import NDArray

from zsl.estimators._checks import check_number, check_whole
from zsl.estimators.few_shot._frozen import check_transform
from zsl.estimators.few_shot._images import Backbone
from zsl.estimators.few_shot._transductive import TransductiveClassifier
from zsl.methods.frozen.bd_cspn import BDCSPN
from zsl.methods.frozen.centred import Transform


class BDCSPNClassifier(TransductiveClassifier):
    r"""Give an image the class whose prototype is nearest after all images of the call have rectified the prototypes.

    The method of J. Liu, L. Song and Y. Qin, "Prototype Rectification for Few-Shot Learning", 2020, arXiv:1911.10713;
    `zsl.methods.frozen.bd_cspn.BDCSPN` tells the steps and where we depart from them.

    Transductive: predictions depend on the other images of the same call. It is meant for calls with several images of
    each class that is chosen among; a single image is not shifted.

    Parameters
    ----------
    feature_transform : {"cl2n", "l2n", "none"}, default="cl2n"
        What is done to features: "cl2n" subtracts the mean of the training images and scales to length 1, "l2n" only
        scales, "none" does neither.
    sharpness : float, default=10.0
        What cosines are multiplied by before a softmax, above 0.
    n_confident : int or None, default=8
        How many images of a call become members of a class, 1 or more. None makes each image a member of every class,
        weighted by its soft label.
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
    method_ : BDCSPN
        The method, with the mean.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import BDCSPNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = BDCSPNClassifier(prior={8: 1, 9: 1}).fit(X[y < 8], y[y < 8])
    >>> clf.add_classes(X[[8, 9]], y[[8, 9]])
    BDCSPNClassifier(prior={8: 1, 9: 1})  # transductive
    >>> bool((clf.predict(X[y > 7], classes=[8, 9]) == y[y > 7]).mean() > 0.8)
    True
    """

    def __init__(
        self,
        *,
        feature_transform: Transform = "cl2n",
        sharpness: float = 10.0,
        n_confident: int | None = 8,
        prior: Literal["uniform"] | Sequence[float] | NDArray[Any] | Mapping[Any, float] | None = None,
        device: str = "auto",
    ) -> None:
        self.feature_transform = feature_transform
        self.sharpness = sharpness
        self.n_confident = n_confident
        self.prior = prior
        self.device = device

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> BDCSPN:
        return BDCSPN(
            None,
            n_features=n_features,
            transform=self.feature_transform,
            sharpness=float(self.sharpness),
            n_confident=None if self.n_confident is None else int(self.n_confident),
            prior=self._prior_of_episodes(),
        )

    def _check_parameters(self) -> None:
        check_transform(self.feature_transform)
        check_number("sharpness", self.sharpness, above=0)
        if self.n_confident is not None:
            check_whole("n_confident", self.n_confident)
        self._checked_prior()
