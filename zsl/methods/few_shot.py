"""What every few-shot method does: embed images, score queries against the support of their episode, say a loss."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from zsl._typing import Float, Int, Integer


class FewShotMethod(nn.Module, ABC):
    """Score queries against classes that are known by support images, many episodes at once.

    Embedded images are vectors, whatever shape they have inside a method. All classes of an episode have support
    images, as many as there are; episodes of one batch have the same numbers of images and classes.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds images, (n, ...) to (n, feature). None takes them as they are, as vectors.
    """

    transductive = False
    """Whether the scores of a query depend on the other queries of its episode."""
    batch_statistics = False
    """Whether images are embedded with the statistics of those that come with them."""

    def __init__(self, backbone: nn.Module | None) -> None:
        super().__init__()
        self.backbone = nn.Identity() if backbone is None else backbone

    def embed(
        self, X: Float[Tensor, "image *input"] | Integer[Tensor, "image *input"]
    ) -> Float[Tensor, "image feature"]:
        """Embed images.

        Parameters
        ----------
        X : Tensor of shape (image, ...)
            What the backbone takes.

        Returns
        -------
        Tensor of shape (image, feature)
            Embedded images.
        """
        embedded: Tensor = self.backbone(X)
        return embedded

    @abstractmethod
    def scores(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, "episode query way"]:
        """Score embedded queries against classes; the softmax over classes is the method's probability.

        Parameters
        ----------
        support : Tensor of shape (episode, support, feature)
            Embedded support images, in any order.
        label : Tensor of shape (episode, support)
            Their class numbers from 0 to ``n_way - 1``, each at least once an episode.
        query : Tensor of shape (episode, query, feature)
            Embedded queries.
        n_way : int
            Number of classes of an episode.
        unlabeled : Tensor of shape (episode, unlabeled, feature) or None, default=None
            Embedded images without labels. Methods that have no use for them take no notice.

        Returns
        -------
        Tensor of shape (episode, query, n_way)
            Scores, higher for a better match.
        """

    def loss(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        query_label: Int[Tensor, "episode query"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, ""]:
        """Loss of a batch of embedded episodes; softmax cross-entropy of the scores unless a method says otherwise.

        Parameters
        ----------
        support, label, query, n_way, unlabeled
            As `scores` takes them.
        query_label : Tensor of shape (episode, query)
            Class numbers of the queries.

        Returns
        -------
        Tensor of shape ()
            The mean over all queries.
        """
        scores = self.scores(support, label, query, n_way, unlabeled)
        return torch.nn.functional.cross_entropy(scores.flatten(0, 1), query_label.flatten())
