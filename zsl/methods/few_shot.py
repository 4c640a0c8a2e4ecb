"""What every few-shot method does: embed samples, score queries against the support of their episode."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from zsl._typing import Float, Integer
from zsl.methods.shapes import Label, Logits, Loss, Query, Samples, Support, Target, Unlabeled


class FewShotMethod(nn.Module, ABC):
    """Score queries against classes that are known by support samples, for many episodes at once.

    Embedded samples are vectors, whatever shape they have inside a method. All classes of an episode have support
    samples, as many as there are; episodes of one batch have the same numbers of samples and classes.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples, (n, ...) to (n, feature). None takes them as they are, as vectors.
    """

    transductive = False
    """Whether the scores of a query depend on the other queries of its episode."""
    batch_statistics = False
    """Whether samples are embedded with the statistics of those that come with them."""
    loss_of_queries = True
    """Whether the loss is the mean of losses of single queries, each of its own and the support alone."""
    around: tuple[int, int] = (0, 0)
    """Episodes of a training step before and after those that `loss` gets, which others compute. What `loss` draws at
    random is drawn for these, too, so that it doesn't depend on who computes what."""

    def __init__(self, backbone: nn.Module | None) -> None:
        super().__init__()
        self.backbone = nn.Identity() if backbone is None else backbone

    def embed(self, X: Float[Tensor, "sample *input"] | Integer[Tensor, "sample *input"]) -> Samples:
        """Embed samples.

        Parameters
        ----------
        X : Tensor of shape (sample, ...)
            What the backbone takes.

        Returns
        -------
        Tensor of shape (sample, feature)
            Embedded samples.
        """
        embedded: Tensor = self.backbone(X)
        return embedded

    @abstractmethod
    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Score embedded queries against classes; the softmax over classes is the method's probability.

        Parameters
        ----------
        support : Tensor of shape (episode, support, feature)
            Embedded support samples, in any order.
        label : Tensor of shape (episode, support)
            Their class numbers from 0 to ``n_way - 1``, each at least once per episode.
        query : Tensor of shape (episode, query, feature)
            Embedded queries.
        n_way : int
            Number of classes of an episode.
        unlabeled : Tensor of shape (episode, unlabeled, feature) or None, default=None
            Embedded samples without labels. Methods that have no use for them ignore them.

        Returns
        -------
        Tensor of shape (episode, query, n_way)
            Scores, higher for a better match.
        """

    def loss(
        self, support: Support, label: Label, query: Query, query_label: Target, n_way: int, unlabeled: Unlabeled = None
    ) -> Loss:
        """Compute the loss of embedded episodes; softmax cross-entropy of the scores unless a method overrides it.

        Parameters
        ----------
        support, label, query
            As in `scores`.
        query_label : Tensor of shape (episode, query)
            Class numbers of the queries.
        n_way, unlabeled
            As in `scores`.

        Returns
        -------
        Tensor of shape ()
            The mean over all queries.
        """
        scores = self.scores(support, label, query, n_way, unlabeled)
        return torch.nn.functional.cross_entropy(scores.flatten(0, 1), query_label.flatten())
