"""Siamese networks: two samples through one tower, and how likely they are of the same class."""

from typing import Literal, final

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Loss, Query, Support, Target, Unlabeled


@final
class SiameseNetwork(FewShotMethod):
    r"""Verify pairs of samples, then give a query the class of the support sample that it resembles most.

    G. Koch, R. Zemel and R. Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition", 2015, ICML Deep
    Learning Workshop.

    A pair is the same with probability :math:`\sigma(b + \sum_j \alpha_j |f_j(x) - f_j(x')|)`, trained with the
    cross-entropy over pairs, where same and different pairs weigh one half each. ``loss="contrastive"`` is that of R.
    Hadsell, S. Chopra and Y. LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006,
    doi:10.1109/CVPR.2006.100: with the distance :math:`D = \|f(x) - f(x')\|`, :math:`D^2` for same and
    :math:`\max(0, 1 - D)^2` for different pairs.

    The score of a class is the logit, or the distance negated, of its best support sample.

    Departures from the papers: the pairs of a batch are all pairs of a query and a support sample; the backbone isn't
    Koch's; :math:`\alpha` starts at :math:`-1 / \sqrt d`, a plain distance, and b where samples that differ by 0.6 in
    each feature are as likely the same as not.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples.
    n_features : int
        Width of embedded samples.
    loss : {"cross_entropy", "contrastive"}, default="cross_entropy"
        Which of the two.
    """

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        n_features: int,
        loss: Literal["cross_entropy", "contrastive"] = "cross_entropy",
    ) -> None:
        super().__init__(backbone)
        self.pair_loss = loss
        if loss == "cross_entropy":
            self.weight = nn.Parameter(torch.full((n_features,), -1.0, dtype=torch.float32))
            self.offset = nn.Parameter(torch.tensor(0.6 * n_features**0.5, dtype=torch.float32))

    def similarities(self, query: Query, support: Support) -> Float[Tensor, "episode query support"]:
        r"""Compare all pairs.

        Parameters
        ----------
        query : Tensor of shape (episode, query, feature)
            Embedded queries.
        support : Tensor of shape (episode, support, feature)
            Embedded support samples.

        Returns
        -------
        Tensor of shape (episode, query, support)
            Logits :math:`b + \sum_j \alpha_j |f_j(x) - f_j(x')|`, or distances negated.
        """
        if self.pair_loss == "contrastive":
            return -torch.cdist(query, support)
        rising, falling = self.weight.clamp_min(0), (-self.weight).clamp_min(0)
        apart = torch.cdist(query * rising, support * rising, p=1) - torch.cdist(
            query * falling, support * falling, p=1
        )
        logits: Tensor = apart / self.weight.shape[0] ** 0.5 + self.offset
        return logits

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Take the largest similarity to a support sample of each class; see `FewShotMethod.scores`."""
        found = self.similarities(query, support)
        lowest = found.new_full((*found.shape[:2], n_way), -torch.inf)
        return lowest.scatter_reduce(2, label[:, None].expand_as(found), found, "amax")

    def loss(
        self, support: Support, label: Label, query: Query, query_label: Target, n_way: int, unlabeled: Unlabeled = None
    ) -> Loss:
        """Compute the mean over pairs of the same and of different classes, half each; see `FewShotMethod.loss`."""
        found = self.similarities(query, support)
        same = query_label[:, :, None] == label[:, None]
        if self.pair_loss == "contrastive":
            each = torch.where(same, found.square(), (1 + found).clamp_min(0).square())
        else:
            each = nn.functional.binary_cross_entropy_with_logits(found, same.to(found.dtype), reduction="none")
        return (each[same].mean() + each[~same].mean()) / 2
