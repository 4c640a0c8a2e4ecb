"""Classes and samples as mixtures of seen classes: ConSE and SSE."""

from __future__ import annotations

from zsl.estimators._parameters import NotNegative, Positive, Whole, parameters
from zsl.estimators.zero_shot._gradient import GradientClassifier
from zsl.methods.mixtures.conse import ConSE
from zsl.methods.mixtures.sse import SSE
from zsl.selection.scaling import FeatureScaling


@parameters
class ConSEClassifier(GradientClassifier):
    r"""Mean of the semantics of the most probable seen classes (ConSE).

    The method of M. Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", 2014,
    arXiv:1312.5650; see `zsl.methods.mixtures.conse.ConSE` for the formula and departures from the paper.

    Parameters
    ----------
    top : int
        How many seen classes are combined; with fewer, all of them.

    See Also
    --------
    SSEClassifier : Classes and samples both as mixtures of seen classes.
    """

    top: Whole = 10
    n_steps: Whole = 500
    learning_rate: Positive = 0.01
    feature_scaling: FeatureScaling = "whiten"
    _method_class = ConSE


@parameters
class SSEClassifier(GradientClassifier):
    r"""Classes and samples matched as mixtures of seen classes (SSE).

    The method of Z. Zhang and V. Saligrama, "Zero-Shot Learning via Semantic Similarity Embedding", 2015,
    arXiv:1509.04767; see `zsl.methods.mixtures.sse.SSE` for the formula and departures from the paper.

    Parameters
    ----------
    regularization : float
        Penalty on the mixture of a class, above 0; larger values mix more classes.
    alignment : float
        Weight of drawing samples to the mixture of their class, 0 or more.

    See Also
    --------
    ConSEClassifier : The mean of the most probable seen classes.
    """

    regularization: Positive = 0.1
    alignment: NotNegative = 1.0
    batch_size: Whole = 128
    learning_rate: Positive = 0.003
    _method_class = SSE
