"""Indirect attribute prediction: attributes of a sample from the seen classes that it looks like."""

from typing import final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from zsl._typing import Float
from zsl.functional.scores.attributes import CLIP
from zsl.methods.attributes.attribute_prediction import AttributePrediction
from zsl.methods.shapes import Attributes, Codes, Loss, Samples
from zsl.nn.layers import linear


@final
class IAP(AttributePrediction):
    r"""Predict seen classes, take the attributes from them, and choose the class that these fit best (IAP).

    C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based Classification for Zero-Shot Visual Object
    Categorization", 2014, doi:10.1109/TPAMI.2013.140.

    A softmax classifier over the seen classes gives :math:`p(k | x)`. With the attributes :math:`a^k` of the seen
    classes,

    .. math:: p(a_m = 1 | x) = \sum_k a_m^k\, p(k | x),

    and classes are scored by the rule of direct attribute prediction (see `DAP`, also for the binary and the soft
    table).

    Departures from the paper: the classifier is a multinomial logistic regression whose only penalty is the weight
    decay of the training loop; the soft table, the bounds of the probabilities, and attributes that are the same for
    all seen classes are as in `DAP`.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes.
    binarize : bool
        Whether attributes are split at their mean, as in the paper, or scaled softly.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    seen_levels: Tensor

    def __init__(
        self, n_features: int, n_attributes: int, n_classes: int, *, binarize: bool, generator: torch.Generator
    ) -> None:
        super().__init__(n_attributes, binarize=binarize)
        self.classifier = linear(n_features, n_classes, generator)
        self.register_buffer("seen_levels", torch.full((n_classes, n_attributes), 0.5, dtype=torch.float32))

    def prepare(self, S: Attributes) -> None:
        """Keep the levels of the seen classes, too; see `AttributePrediction.prepare`."""
        super().prepare(S)
        self.seen_levels.copy_(self.represent(S))

    def embed(self, X: Samples) -> Float[Tensor, "sample attribute"]:
        """Predict the probability of each attribute; see `CompatibilityMethod.embed`."""
        probabilities: Tensor = self.classifier(X).softmax(dim=1) @ self.seen_levels
        return probabilities.clamp(CLIP, 1 - CLIP)

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the cross-entropy of the seen classes, in which semantics play no part; see `TrainedMethod.loss`."""
        return cross_entropy(self.classifier(X), codes)
