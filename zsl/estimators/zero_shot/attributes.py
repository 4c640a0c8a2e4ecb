"""Attributes predicted one by one: DAP and IAP."""

from __future__ import annotations

from zsl.estimators._parameters import Positive, Whole, parameters
from zsl.estimators.zero_shot._gradient import GradientClassifier
from zsl.methods.attributes.dap import DAP
from zsl.methods.attributes.iap import IAP
from zsl.selection.scaling import Scaling


@parameters
class AttributeClassifier(GradientClassifier):
    """Predict attributes, then the class that has them.

    Parameters
    ----------
    binarize : bool
        True thresholds each attribute at its mean over the seen classes, as in the paper. False takes attributes,
        scaled to [0, 1], for probabilities. A binary table is the same either way.
    semantic_scaling : {"center", "standard", "none"}
        How attributes are scaled before they are brought to [0, 1]; makes no difference except rounding.
    """

    binarize: bool = False
    n_steps: Whole = 500
    semantic_scaling: Scaling = "none"
    # Levels of attributes are probabilities, which a common length of the rows would spoil.
    _unit_semantics = False
    _scales_support = False


@parameters
class DAPClassifier(AttributeClassifier):
    r"""Each attribute predicted directly, then the class whose attributes are most probable (DAP).

    The method of C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based Classification for Zero-Shot Visual
    Object Categorization", 2014; see `zsl.methods.attributes.dap.DAP` for the formula and departures from the paper.

    See Also
    --------
    IAPClassifier : Attributes from the probabilities of seen classes.
    AttributePredictor : Attributes of samples as numbers and labels.
    """

    learning_rate: Positive = 0.03
    _method_class = DAP


@parameters
class IAPClassifier(AttributeClassifier):
    r"""Attributes predicted through the seen classes, then the class whose attributes are most probable (IAP).

    The method of C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based Classification for Zero-Shot Visual
    Object Categorization", 2014; see `zsl.methods.attributes.iap.IAP` for the formula and departures from the paper.

    See Also
    --------
    DAPClassifier : Attributes predicted directly.
    """

    learning_rate: Positive = 0.01
    _method_class = IAP
