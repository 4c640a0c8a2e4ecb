"""Direct attribute prediction: one classifier per attribute, and classes by the attributes they should have."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.scores.attributes import CLIP
from zsl.methods.attributes.attribute_prediction import AttributePrediction
from zsl.methods.shapes import Attributes, Codes, Loss, Samples
from zsl.nn.layers import linear


@final
class DAP(AttributePrediction):
    r"""Predict each attribute from the sample, and choose the class whose attributes are the most likely (DAP).

    C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based Classification for Zero-Shot Visual Object
    Categorization", 2014, doi:10.1109/TPAMI.2013.140.

    For each attribute :math:`m` a classifier gives :math:`p(a_m = 1 | x)`, learned from the samples of all seen
    classes, each sample having the attributes of its class. A class :math:`c` with the attributes :math:`a^c` has the
    score

    .. math:: \sum_m \log \frac{p(a_m = a_m^c | x)}{p(a_m = a_m^c)},

    where the prior :math:`p(a_m = 1)` is the mean of the attribute over the seen classes.

    A real-valued table is split at the mean of each attribute over the seen classes, or, softly, each attribute is
    scaled from its minimum to its maximum over the seen classes: a level between 0 and 1 is then the probability that
    the attribute is present. Levels are the targets of the classifiers, and the score is its expectation, see
    `attribute_log_ratio`. Samples are embedded as probabilities, so that their means are levels as well.

    Departures from the paper: the classifiers are logistic regressions trained together by gradient steps, where the
    paper trains support vector machines with Platt scaling; the soft table is ours; probabilities stay a little away
    from 0 and 1; and an attribute that is the same for all seen classes, about which samples teach nothing, is left
    out: its level, its probability and its prior are 1/2.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes, which is not used.
    binarize : bool
        Whether attributes are split at their mean, as in the paper, or scaled softly.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(
        self, n_features: int, n_attributes: int, n_classes: int, *, binarize: bool, generator: torch.Generator
    ) -> None:
        super().__init__(n_attributes, binarize=binarize)
        self.classifiers = linear(n_features, n_attributes, generator)

    def embed(self, X: Samples) -> Float[Tensor, "sample attribute"]:
        """Predict the probability of each attribute; see `CompatibilityMethod.embed`."""
        return torch.sigmoid(self._logits(X)).clamp(CLIP, 1 - CLIP)

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the binary cross-entropy, averaged over samples and attributes; see `TrainedMethod.loss`."""
        targets = self.represent(S)[codes]
        return torch.nn.functional.binary_cross_entropy_with_logits(self._logits(X), targets)

    def _logits(self, X: Tensor) -> Tensor:
        logits: Tensor = self.classifiers(X) * (self.rate > 0)  # 0, a probability of 1/2, for attributes left out
        return logits
