"""Losses on a table of scores."""

import torch
from torch import Tensor

from zsl._typing import Float, Int


def cross_entropy(scores: Float[Tensor, "query class"], labels: Int[Tensor, "query"]) -> Float[Tensor, ""]:
    r"""Softmax cross-entropy over the classes of an episode, averaged over queries.

    Parameters
    ----------
    scores : Tensor of shape (query, class)
        Any real scores.
    labels : Tensor of shape (query,)
        The column of the true class.

    Returns
    -------
    Tensor of shape ()
        :math:`-\frac1N \sum_i \log \mathrm{softmax}(s_i)_{y_i}`.
    """
    return torch.nn.functional.cross_entropy(scores, labels)


def relation_mse(scores: Float[Tensor, "query class"], labels: Int[Tensor, "query"]) -> Float[Tensor, ""]:
    r"""Squared error of the relation score, squashed to (0, 1), against 1 for the true class and 0 for the others.

    The loss of F. Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025.

    Parameters
    ----------
    scores : Tensor of shape (query, class)
        Scores before the sigmoid.
    labels : Tensor of shape (query,)
        The column of the true class.

    Returns
    -------
    Tensor of shape ()
        :math:`\frac1N \sum_i \sum_c (\sigma(s_{ic}) - [c = y_i])^2`. The sum over classes, where the paper's code
        takes the mean, keeps the size of the gradient apart from the number of classes.
    """
    target = torch.nn.functional.one_hot(labels, scores.shape[1]).to(scores.dtype)
    return (torch.sigmoid(scores) - target).square().sum(dim=1).mean()
