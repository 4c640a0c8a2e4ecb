"""Perceptrons from semantics into the space of features: DEM and class normalisation."""

from __future__ import annotations

from zsl.estimators._parameters import NotNegative, Positive, Whole, parameters
from zsl.estimators.zero_shot._gradient import GradientClassifier
from zsl.methods.visual_space.class_normalization import ClassNormalization
from zsl.methods.visual_space.dem import DEM
from zsl.selection.scaling import FeatureScaling


@parameters
class DEMClassifier(GradientClassifier):
    r"""Perceptron from semantics to features with a squared loss (DEM).

    The method of L. Zhang, T. Xiang and S. Gong, "Learning a Deep Embedding Model for Zero-Shot Learning", 2017,
    arXiv:1611.05088; see `zsl.methods.visual_space.dem.DEM` for the formula and departures from the paper. The output
    has no ReLU by default, as scaled features have negative entries.

    Parameters
    ----------
    hidden : int
        Width of the hidden layer.
    output_relu : bool
        Whether the output has a ReLU, as in the paper, for features without negative entries.

    See Also
    --------
    ClassNormalizationClassifier : Normalised layers and a softmax loss.
    """

    hidden: Whole = 1024
    output_relu: bool = False
    learning_rate: Positive = 0.0003
    weight_decay: NotNegative = 1.0
    _method_class = DEM


@parameters
class ClassNormalizationClassifier(GradientClassifier):
    r"""Perceptron from semantics to features with class normalisation.

    The method of I. Skorokhodov and M. Elhoseiny, "Class Normalization for (Continual?) Generalized Zero-Shot
    Learning", 2021, arXiv:2006.11328; see `zsl.methods.visual_space.class_normalization.ClassNormalization` for the
    formula and departures from the paper.

    Parameters
    ----------
    hidden : int
        Width of the hidden layers.
    scale : float
        Root of the factor on the cosine in the softmax.
    output_relu : bool
        Whether the output has a ReLU, as in the authors' code, for features without negative entries.

    See Also
    --------
    DEMClassifier : A plain perceptron and a squared loss.
    """

    hidden: Whole = 1024
    scale: Positive = 5.0
    output_relu: bool = False
    n_steps: Whole = 500
    feature_scaling: FeatureScaling = "whiten"
    _method_class = ClassNormalization
