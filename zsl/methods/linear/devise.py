"""DeViSE: a linear map of the features into the semantic space, trained to rank labels."""

from typing import final

import torch

from zsl.functional.losses.ranking import devise_loss
from zsl.functional.scores.distances import unit
from zsl.methods.linear.bilinear import BilinearRanking
from zsl.methods.shapes import Attributes, Codes, Loss, Samples


@final
class DeViSE(BilinearRanking):
    r"""Map samples into the semantic space and compare with unit-length semantic vectors by the inner product.

    A. Frome, G. S. Corrado, J. Shlens, S. Bengio, J. Dean, M. Ranzato and T. Mikolov, "DeViSE: A Deep Visual-Semantic
    Embedding Model", NIPS 2013.

    A matrix :math:`M` takes the features of a sample into the space of the semantic vectors, and a class scores
    :math:`F(x, s) = \hat s \cdot M x` with :math:`\hat s = s / \|s\|`. Training lowers the hinges of all wrong classes,
    :math:`\sum_{c \ne y} \max(0, \Delta + F(x, s_c) - F(x, s_y))`, where the paper takes the margin
    :math:`\Delta = 0.1`; see `zsl.functional.losses.ranking.devise_loss`.

    Departures from the paper: the semantic vectors are given, where the paper learns word vectors from text; the
    features stay as they are, where the paper goes on to train the visual network below them; and every wrong class
    counts in every step, where the paper stops at the first violator in a random order.
    """

    def represent(self, S: Attributes) -> Attributes:
        r"""Represent classes by :math:`\hat s`; see `CompatibilityMethod.represent`."""
        return unit(S)

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the sum of hinges over wrong classes, averaged over samples; see `TrainedMethod.loss`."""
        return devise_loss(self(X, S), codes, self.margin)
