"""Siamese networks: two images through one tower, and how likely they show the same class."""

from typing import Literal, final

import torch
from torch import Tensor, nn

from zsl._typing import Float, Int
from zsl.methods.few_shot import FewShotMethod


@final
class SiameseNetwork(FewShotMethod):
    r"""Verify pairs of images, then give a query the class of the support image that it resembles most.

    G. Koch, R. Zemel and R. Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition", 2015, ICML Deep
    Learning Workshop.

    A pair is the same with probability :math:`\sigma(b + \sum_j \alpha_j |f_j(x) - f_j(x')|)`, trained with the
    cross-entropy over pairs, where same and different pairs weigh one half each. ``loss="contrastive"`` is that of R.
    Hadsell, S. Chopra and Y. LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006,
    doi:10.1109/CVPR.2006.100: with the distance :math:`D = \|f(x) - f(x')\|`, :math:`D^2` for same and
    :math:`\max(0, 1 - D)^2` for different pairs.

    The score of a class is the logit, or the distance negated, of its best support image.

    Where we depart from the papers: the pairs of a batch are all pairs of a query and a support image; the backbone
    isn't Koch's; :math:`\alpha` starts at :math:`-1 / \sqrt d`, a plain distance, and b where
    images that differ by 0.6 in each feature are as likely the same as not.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds images.
    n_features : int
        Width of embedded images.
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
            self.weight = nn.Parameter(torch.full((n_features,), -1.0))
            self.offset = nn.Parameter(torch.tensor(0.6 * n_features**0.5))

    def similarities(
        self, query: Float[Tensor, "episode query feature"], support: Float[Tensor, "episode support feature"]
    ) -> Float[Tensor, "episode query support"]:
        r"""Compare all pairs.

        Parameters
        ----------
        query : Tensor of shape (episode, query, feature)
            Embedded queries.
        support : Tensor of shape (episode, support, feature)
            Embedded support images.

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

    def scores(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, "episode query way"]:
        """Score a class by the support image most like the query.

        Parameters
        ----------
        support, label, query, n_way, unlabeled
            As in `FewShotMethod.scores`; unlabelled images are not used.

        Returns
        -------
        Tensor of shape (episode, query, n_way)
            The largest similarity.
        """
        found = self.similarities(query, support)
        lowest = found.new_full((*found.shape[:2], n_way), -torch.inf)
        return lowest.scatter_reduce(2, label[:, None].expand_as(found), found, "amax")

    def loss(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        query_label: Int[Tensor, "episode query"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, ""]:
        """Loss over all pairs of a query and a support image, same and different ones balanced.

        Parameters
        ----------
        support, label, query, query_label, n_way, unlabeled
            As in `FewShotMethod.loss`.

        Returns
        -------
        Tensor of shape ()
            Mean over same pairs plus mean over different ones, halved.
        """
        found = self.similarities(query, support)
        same = query_label[:, :, None] == label[:, None]
        if self.pair_loss == "contrastive":
            each = torch.where(same, found.square(), (1 + found).clamp_min(0).square())
        else:
            each = nn.functional.binary_cross_entropy_with_logits(found, same.to(found.dtype), reduction="none")
        return (each[same].mean() + each[~same].mean()) / 2
