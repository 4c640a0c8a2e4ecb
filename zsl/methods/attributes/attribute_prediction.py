"""What direct and indirect attribute prediction share: levels of attributes, and how classes are told by them."""

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.scores.attributes import attribute_levels, attribute_log_ratio, attribute_scale
from zsl.methods.compatibility import TrainedMethod


class AttributePrediction(TrainedMethod):
    """Embed images as probabilities of attributes, and score classes by their levels of these.

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

    def __init__(self, n_attributes: int, *, binarize: bool) -> None:
        super().__init__()
        self.binarize = binarize
        self.register_buffer("centre", torch.zeros(n_attributes))
        self.register_buffer("rate", torch.zeros(n_attributes))
        self.register_buffer("prior", torch.full((n_attributes,), 0.5))

    def prepare(self, S: Float[Tensor, "class attribute"]) -> None:
        """Learn the scale and the prior of each attribute.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Semantic vectors of the seen classes. Centring or scaling of attributes changes nothing; vectors that were
            brought to length 1 are no longer a binary table.
        """
        centre, rate = attribute_scale(S, binarize=self.binarize)
        self.centre.copy_(centre)
        self.rate.copy_(rate)
        self.prior.copy_(self.represent(S).mean(dim=0))

    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class attribute"]:
        """Turn semantic vectors into levels between 0 and 1.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Semantic vectors, scaled as in `prepare`.

        Returns
        -------
        Tensor of shape (class, attribute)
            Levels.
        """
        return attribute_levels(S, self.centre, self.rate, binarize=self.binarize)

    def compare(
        self, embedded: Float[Tensor, "image attribute"], represented: Float[Tensor, "class attribute"]
    ) -> Float[Tensor, "image class"]:
        """Score probabilities of attributes against levels.

        Parameters
        ----------
        embedded : Tensor of shape (image, attribute)
            Probabilities.
        represented : Tensor of shape (class, attribute)
            Levels.

        Returns
        -------
        Tensor of shape (image, class)
            Log-likelihood ratios.
        """
        return attribute_log_ratio(embedded, represented, self.prior)

    def probes(self, embedded: Float[Tensor, "image attribute"]) -> Float[Tensor, "image attribute"]:
        """What a level of each attribute adds to the score.

        Parameters
        ----------
        embedded : Tensor of shape (image, attribute)
            Probabilities.

        Returns
        -------
        Tensor of shape (image, attribute)
            Differences of log-odds to those of the prior.
        """
        return torch.logit(embedded) - torch.logit(self.prior)
