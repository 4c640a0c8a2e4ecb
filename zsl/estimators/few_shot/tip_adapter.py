"""Tip-Adapter without texts as an estimator."""

import torch

from zsl.estimators._checks import check_number
from zsl.estimators.few_shot._frozen import FrozenClassifier, check_transform
from zsl.estimators.few_shot._images import Backbone
from zsl.methods.frozen.centred import Transform
from zsl.methods.frozen.tip_adapter import TipAdapter


class TipAdapterClassifier(FrozenClassifier):
    r"""Give an image the class whose prototype and support images it is most like.

    In the style of R. Zhang et al., "Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification", 2022,
    arXiv:2207.09519, with class prototypes in place of texts; `zsl.methods.frozen.tip_adapter.TipAdapter` tells the
    formula and where we depart from it. All support images are kept and compared with, those of the seen classes, too.

    Parameters
    ----------
    feature_transform : {"cl2n", "l2n", "none"}, default="cl2n"
        "cl2n" subtracts the mean of the training images from features; all three scale them to length 1.
    sharpness : float, default=5.5
        How fast the nearness to a support image falls with the cosine, above 0.
    cache_weight : float, default=10.0
        Weight of the mean nearness to the support images of a class, 0 or more.
    scale : float, default=10.0
        Weight of the cosine to its prototype, 0 or more.
    device : str, default="auto"
        Where to compute, in double precision: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training images, and the others.
    method_ : TipAdapter
        The method, with the mean.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import TipAdapterClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = TipAdapterClassifier().fit(X[y < 8], y[y < 8])
    >>> clf = clf.add_classes(X[[8, 9]], y[[8, 9]])
    >>> clf.unseen_classes_
    array([8, 9])
    """

    def __init__(
        self,
        *,
        feature_transform: Transform = "cl2n",
        sharpness: float = 5.5,
        cache_weight: float = 10.0,
        scale: float = 10.0,
        device: str = "auto",
    ) -> None:
        self.feature_transform = feature_transform
        self.sharpness = sharpness
        self.cache_weight = cache_weight
        self.scale = scale
        self.device = device

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> TipAdapter:
        return TipAdapter(
            None,
            n_features=n_features,
            transform=self.feature_transform,
            sharpness=float(self.sharpness),
            cache_weight=float(self.cache_weight),
            scale=float(self.scale),
        )

    def _check_parameters(self) -> None:
        check_transform(self.feature_transform)
        check_number("sharpness", self.sharpness, above=0)
        check_number("cache_weight", self.cache_weight, least=0)
        check_number("scale", self.scale, least=0)
