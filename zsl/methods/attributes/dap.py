"""Direct attribute prediction: one classifier an attribute, and classes by the attributes they should have."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.functional.scores.attributes import CLIP
from zsl.methods.attributes.attribute_prediction import AttributePrediction
from zsl.nn.layers import linear


@final
class DAP(AttributePrediction):
    r"""Predict each attribute from the image, and choose the class whose attributes are the most likely (DAP).

    C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based Classification for Zero-Shot Visual Object
    Categorization", 2014, doi:10.1109/TPAMI.2013.140.

    For each attribute :math:`m` a classifier gives :math:`p(a_m = 1 | x)`, learned from the images of all seen classes,
    each image having the attributes of its class. A class :math:`c` with the attributes :math:`a^c` has the score

    .. math:: \sum_m \log \frac{p(a_m = a_m^c | x)}{p(a_m = a_m^c)},

    where the prior :math:`p(a_m = 1)` is the mean of the attribute over the seen classes.

    A real-valued table is split at the mean of each attribute over the seen classes, or, softly, each attribute is
    scaled from its minimum to its maximum over the seen classes: a level between 0 and 1 is then the probability that
    the attribute is present. Levels are the targets of the classifiers, and the score is its expectation, see
    `attribute_log_ratio`. Images are embedded as probabilities, so that their means are levels as well.

    Where we depart from the paper: the classifiers are logistic regressions trained together by gradient steps, where
    the paper trains support vector machines with Platt scaling; the soft table is ours; probabilities stay a
    little away from 0 and 1; and an attribute that is the same for all seen classes, about which images teach nothing,
    is left out: its level, its probability and its prior are 1/2.

    Parameters
    ----------
    n_features : int
        Width of the images.
    n_attributes : int
        Width of the semantic vectors.
    n_classes : int
        Number of seen classes; the method keeps nothing of that size.
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

    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image attribute"]:
        """Predict the attributes of images.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (image, attribute)
            The probability of each attribute.
        """
        return torch.sigmoid(self._logits(X)).clamp(CLIP, 1 - CLIP)

    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the binary cross-entropy of the attributes.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features of a batch of training images.
        codes : Tensor of shape (image,)
            The row of `S` of each image.
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of all seen classes.
        generator : torch.Generator
            Not used.

        Returns
        -------
        scalar Tensor
            The mean over images and attributes.
        """
        targets = self.represent(S)[codes]
        return torch.nn.functional.binary_cross_entropy_with_logits(self._logits(X), targets)

    def _logits(self, X: Tensor) -> Tensor:
        logits: Tensor = self.classifiers(X) * (self.rate > 0)  # 0, a probability of 1/2, for attributes left out
        return logits
