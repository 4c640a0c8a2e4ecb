"""ALE: a bilinear compatibility, trained by weighted approximate ranking."""

from typing import final

import torch

from zsl.functional.losses.ranking import ale_loss
from zsl.methods.linear.bilinear import BilinearRanking
from zsl.methods.shapes import Attributes, Codes, Loss, Samples


@final
class ALE(BilinearRanking):
    r"""Score sample and class by a bilinear form that is trained to rank the true class high.

    Z. Akata, F. Perronnin, Z. Harchaoui and C. Schmid, "Label-Embedding for Image Classification", 2016,
    arXiv:1503.08677 (attribute label embedding).

    The compatibility is :math:`F(x, s) = x^\top W s`. With the hinges
    :math:`h_c = \max(0, \Delta + F(x, s_c) - F(x, s_y))`, where the paper takes the margin :math:`\Delta = 1`, and the
    number :math:`r` of wrong classes with :math:`h_c > 0`, training lowers :math:`\frac{\beta_r}{r} \sum_c h_c`,
    :math:`\beta_r = \sum_{k \le r} 1/k`, which weighs errors at the top of the ranking most; see
    `zsl.functional.losses.ranking.ale_loss`.

    Departures from the paper: the number of violators is counted over all seen classes, where the paper's stochastic
    steps estimate it from how many classes were drawn before the first violator; and the loss is averaged over a batch.
    The paper's few-shot setting, which learns the label embeddings as well, is left out.
    """

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the weighted approximate ranking loss, averaged over samples; see `TrainedMethod.loss`."""
        return ale_loss(self(X, S), codes, self.margin)
