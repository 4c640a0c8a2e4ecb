"""Few-shot classification on features as they are: SimpleShot, shared Gaussian and Tip-Adapter."""

from typing import Annotated

import torch

from zsl.estimators._parameters import NotNegative, Positive, number, parameters
from zsl.estimators.few_shot._frozen import FrozenClassifier, Transformed
from zsl.estimators.few_shot._images import Backbone
from zsl.methods.frozen.gaussian import SharedGaussian
from zsl.methods.frozen.simple_shot import SimpleShot
from zsl.methods.frozen.tip_adapter import TipAdapter


@parameters
class SimpleShotClassifier(Transformed, FrozenClassifier):
    r"""Class whose mean is nearest among centred features of length 1 (SimpleShot).

    The method of Y. Wang, W.-L. Chao, K. Q. Weinberger and L. van der Maaten, "SimpleShot: Revisiting Nearest-Neighbor
    Classification for Few-Shot Learning", 2019, arXiv:1911.04623; see `zsl.methods.frozen.simple_shot.SimpleShot` for
    the formula. The score is a squared distance, 4 at most, which `temperature_` makes probabilities of.

    See Also
    --------
    SharedGaussianClassifier : The covariance counts, too.
    PrototypicalClassifier : The same score on a trained embedding.
    """

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> SimpleShot:
        return SimpleShot(None, n_features=n_features, transform=self.feature_transform)


@parameters
class SharedGaussianClassifier(FrozenClassifier):
    r"""Most likely of Gaussian classes that share the covariance of the training samples.

    After Z. Wang, J. Liang, L. Sheng, R. He, Z. Wang and T. Tan, "A Hard-to-Beat Baseline for Training-free CLIP-Based
    Adaptation", 2024, arXiv:2402.04087; see `zsl.methods.frozen.gaussian.SharedGaussian` for the formula and departures
    from the paper. The covariance is that around the means of the seen classes; classes added later bring only their
    means.

    Parameters
    ----------
    shrinkage : float or None
        How far the covariance is drawn to a multiple of the identity, above 0 and up to 1, where 1 is the nearest class
        mean. None takes d / (n - C + d) with n training samples of C classes and d features.
    normalize : bool
        Whether features are scaled to length 1 first, as seen from the mean of the training samples.

    See Also
    --------
    SimpleShotClassifier : The nearest mean, without a covariance.
    """

    shrinkage: Annotated[float, number(above=0, most=1)] | None = None
    normalize: bool = True

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> SharedGaussian:
        shrinkage = None if self.shrinkage is None else float(self.shrinkage)
        return SharedGaussian(None, n_features=n_features, shrinkage=shrinkage, normalize=bool(self.normalize))


@parameters
class TipAdapterClassifier(Transformed, FrozenClassifier):
    r"""Class whose prototype and support samples are most like the query (Tip-Adapter).

    In the style of R. Zhang et al., "Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification", 2022,
    arXiv:2207.09519, with class prototypes in place of texts; see `zsl.methods.frozen.tip_adapter.TipAdapter` for the
    formula and departures from the paper. All support samples are kept and compared with, those of the seen classes,
    too.

    Parameters
    ----------
    feature_transform : {"cl2n", "l2n", "none"}
        "cl2n" subtracts the mean of the training samples from features; all three scale them to length 1.
    sharpness : float
        How fast the nearness to a support sample falls with the cosine, above 0.
    cache_weight : float
        Weight of the mean nearness to the support samples of a class, 0 or more.
    scale : float
        Weight of the cosine to its prototype, 0 or more.

    See Also
    --------
    SimpleShotClassifier : The prototype alone.
    """

    sharpness: Positive = 5.5
    cache_weight: NotNegative = 10.0
    scale: NotNegative = 10.0

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> TipAdapter:
        return TipAdapter(
            None,
            n_features=n_features,
            transform=self.feature_transform,
            sharpness=float(self.sharpness),
            cache_weight=float(self.cache_weight),
            scale=float(self.scale),
        )
