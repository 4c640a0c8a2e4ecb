"""What direct and indirect attribute prediction share: levels of attributes, and scores of classes by them."""

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.scores.attributes import attribute_levels, attribute_log_ratio, attribute_scale
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Scores


class AttributePrediction(TrainedMethod):
    """Embed samples as probabilities of attributes, and score classes by their levels of these.

    Parameters
    ----------
    n_attributes : int
        Width of the semantic vectors.
    binarize : bool
        Whether attributes are split at their mean, or scaled softly.
    """

    centre: Tensor
    rate: Tensor
    prior: Tensor
    attributewise = True

    def __init__(self, n_attributes: int, *, binarize: bool) -> None:
        super().__init__()
        self.binarize = binarize
        self.register_buffer("centre", torch.zeros(n_attributes, dtype=torch.float32))
        self.register_buffer("rate", torch.zeros(n_attributes, dtype=torch.float32))
        self.register_buffer("prior", torch.full((n_attributes,), 0.5, dtype=torch.float32))

    def prepare(self, S: Attributes) -> None:
        """Learn the scale and the prior of each attribute; see `TrainedMethod.prepare`.

        Centring or scaling of attributes changes nothing; vectors that were brought to length 1 are no longer a binary
        table.
        """
        centre, rate = attribute_scale(S, binarize=self.binarize)
        self.centre.copy_(centre)
        self.rate.copy_(rate)
        self.prior.copy_(self.represent(S).mean(dim=0))

    def represent(self, S: Attributes) -> Attributes:
        """Turn semantic vectors into levels between 0 and 1; see `CompatibilityMethod.represent`."""
        return attribute_levels(S, self.centre, self.rate, binarize=self.binarize)

    def match(self, embedded: Float[Tensor, "sample attribute"], prepared: Attributes) -> Scores:
        """Compute log-likelihood ratios of probabilities against levels; see `CompatibilityMethod.match`."""
        return attribute_log_ratio(embedded, prepared, self.prior)

    def probes(self, embedded: Float[Tensor, "sample attribute"]) -> Float[Tensor, "sample attribute"]:
        """Compute what a level of each attribute adds to the score; see `CompatibilityMethod.probes`.

        This is the difference of its log-odds to those of the prior.
        """
        return torch.logit(embedded) - torch.logit(self.prior)
