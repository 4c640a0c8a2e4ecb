"""SJE: a bilinear compatibility, trained against the most violating class."""

from typing import final

import torch

from zsl.functional.losses.ranking import sje_loss
from zsl.methods.linear.bilinear import BilinearRanking
from zsl.methods.shapes import Attributes, Codes, Loss, Samples


@final
class SJE(BilinearRanking):
    r"""Score sample and class by a bilinear form, trained as a structured support vector machine.

    Z. Akata, S. Reed, D. Walter, H. Lee and B. Schiele, "Evaluation of Output Embeddings for Fine-Grained Image
    Classification", 2015, arXiv:1409.8403 (structured joint embedding).

    The compatibility is :math:`F(x, s) = x^\top W s`. Training lowers the hinge of the most violating class,
    :math:`\max_{c \ne y} \max(0, \Delta + F(x, s_c) - F(x, s_y))`, where the paper takes the margin
    :math:`\Delta = 1`; see `zsl.functional.losses.ranking.sje_loss`.

    Departures from the paper: a step takes the mean over a batch, where the paper takes one sample; and there is one
    kind of class description, where the paper also joins several by a weighted sum of their compatibilities.
    """

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the hinge of the most violating class, averaged over samples; see `TrainedMethod.loss`."""
        return sje_loss(self(X, S), codes, self.margin)
