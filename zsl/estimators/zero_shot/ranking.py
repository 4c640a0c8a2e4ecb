"""Linear and bilinear maps trained by ranking losses: ALE, DeViSE, SJE and LatEm."""

from __future__ import annotations

from zsl.estimators._parameters import Positive, Whole, parameters
from zsl.estimators.zero_shot._gradient import GradientClassifier
from zsl.methods.linear.ale import ALE
from zsl.methods.linear.devise import DeViSE
from zsl.methods.linear.latem import LatEm
from zsl.methods.linear.sje import SJE
from zsl.selection.scaling import FeatureScaling


@parameters
class RankingClassifier(GradientClassifier):
    """Train a score by how far the true class wins.

    Parameters
    ----------
    margin : float
        By how much the true class should win; above 0.
    """

    margin: Positive = 1.0
    feature_scaling: FeatureScaling = "whiten"


@parameters
class ALEClassifier(RankingClassifier):
    r"""Bilinear compatibility with a weighted approximate ranking loss (ALE).

    The method of Z. Akata, F. Perronnin, Z. Harchaoui and C. Schmid, "Label-Embedding for Image Classification", 2016,
    arXiv:1503.08677; see `zsl.methods.linear.ale.ALE` for the formula and departures from the paper.

    See Also
    --------
    DeViSEClassifier, SJEClassifier, LatEmClassifier : Other ranking losses.
    """

    learning_rate: Positive = 0.01
    _method_class = ALE


@parameters
class DeViSEClassifier(RankingClassifier):
    r"""Linear map into the semantic space with a hinge rank loss (DeViSE).

    The method of A. Frome et al., "DeViSE: A Deep Visual-Semantic Embedding Model", 2013; see
    `zsl.methods.linear.devise.DeViSE` for the formula and departures from the paper.

    See Also
    --------
    ALEClassifier, SJEClassifier, LatEmClassifier : Other ranking losses.
    """

    margin: Positive = 0.1
    n_steps: Whole = 500
    _method_class = DeViSE


@parameters
class SJEClassifier(RankingClassifier):
    r"""Bilinear compatibility with a structured loss on the worst class (SJE).

    The method of Z. Akata et al., "Evaluation of Output Embeddings for Fine-Grained Image Classification", 2015,
    arXiv:1409.8403; see `zsl.methods.linear.sje.SJE` for the formula and departures from the paper.

    See Also
    --------
    ALEClassifier, DeViSEClassifier, LatEmClassifier : Other ranking losses.
    """

    learning_rate: Positive = 0.01
    feature_scaling: FeatureScaling = "center"
    _method_class = SJE


@parameters
class LatEmClassifier(RankingClassifier):
    r"""The best of several bilinear compatibilities, a piecewise linear score (LatEm).

    The method of Y. Xian et al., "Latent Embeddings for Zero-shot Classification", 2016, arXiv:1603.08895; see
    `zsl.methods.linear.latem.LatEm` for the formula and departures from the paper.

    Parameters
    ----------
    n_maps : int
        Number of bilinear maps.

    See Also
    --------
    ALEClassifier, DeViSEClassifier, SJEClassifier : Other ranking losses.
    """

    n_maps: Whole = 4
    batch_size: Whole = 128
    _method_class = LatEm
