"""What transductive methods share: they learn from all queries of an episode before they label one."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import Float, Int
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import unit

Prior = Literal["uniform"] | Sequence[float | int] | NDArray[Any] | Tensor | None
"""How the queries of an episode are spread over its classes; None if that isn't known."""


def checked_prior(prior: Prior | str) -> Literal["uniform"] | tuple[float, ...] | None:
    """Check a class prior.

    Parameters
    ----------
    prior : None, "uniform" or numbers above 0, one per class
        How the queries are spread over the classes. Numbers may be shares or counts.

    Returns
    -------
    None, "uniform" or tuple of float
        The prior; numbers come as shares that sum to 1.

    Raises
    ------
    InvalidInputError
        If the prior is another word, or has a number that is not above 0 and finite.
    """
    if prior is None:
        return None
    if isinstance(prior, str):
        if prior == "uniform":
            return "uniform"
        raise InvalidInputError(f'prior={prior!r}; wanted None, "uniform" or one number per class.')
    numbers = [float(number) for number in prior]
    for number in numbers:
        if not 0 < number < math.inf:
            raise InvalidInputError(f"prior has the number {number}; wanted finite numbers above 0.")
    return tuple(number / math.fsum(numbers) for number in numbers)


def class_prior(
    prior: Literal["uniform"] | tuple[float, ...] | None, n_way: int, like: Tensor
) -> Float[Tensor, "way"] | None:
    """Give the prior of an episode as shares of its classes.

    Parameters
    ----------
    prior : None, "uniform" or tuple of float
        From `checked_prior`.
    n_way : int
        Number of classes.
    like : Tensor
        Gives the type and the device.

    Returns
    -------
    Tensor of shape (way,) or None
        The shares.

    Raises
    ------
    InvalidInputError
        If the prior has another number of classes than the episode.
    """
    if prior is None:
        return None
    if prior == "uniform":
        return like.new_full((n_way,), 1 / n_way)
    if len(prior) != n_way:
        raise InvalidInputError(f"prior has {len(prior)} numbers; wanted {n_way}, one for each class of the episode.")
    return like.new_tensor(prior)


def cross_class_shift(
    query: Float[Tensor, "episode query feature"],
    support: Float[Tensor, "episode support feature"],
    centres: Float[Tensor, "episode way feature"],
    prior: Float[Tensor, "way"] | None = None,
) -> Float[Tensor, "episode query feature"]:
    r"""Shift the queries of an episode so that their mean is that of the support.

    .. math:: x'_j = x_j + m - \frac{1}{Q} \sum_i x_i

    with m the mean of the support, or the mean of the prototypes weighted by the prior if that is known. This is the
    cross-class bias of J. Liu, L. Song and Y. Qin, "Prototype Rectification for Few-Shot Learning", 2020,
    arXiv:1911.10713. A single query stays where it is: the shift would put it on m, whatever it shows. The shift
    presumes many queries that are spread over the classes as the support or the prior is; otherwise it does harm.

    Parameters
    ----------
    query, support : Tensors of shape (episode, query, feature) and (episode, support, feature)
        Embedded queries, one or more per episode, and embedded support samples.
    centres : Tensor of shape (episode, way, feature)
        Prototypes.
    prior : Tensor of shape (way,) or None, default=None
        Shares of the classes among the queries.

    Returns
    -------
    Tensor of shape (episode, query, feature)
        :math:`x'`.
    """
    if query.shape[1] == 1:
        return query
    wanted = support.mean(dim=1) if prior is None else prior @ centres
    return query + (wanted - query.mean(dim=1))[:, None]


def soft_labels(
    logits: Float[Tensor, "episode query way"], prior: Float[Tensor, "way"] | None = None, n_iterations: int = 10
) -> Float[Tensor, "episode query way"]:
    r"""Label queries softly; with a prior, so that each class gets its share of all labels.

    Without a prior this is the softmax over classes, :math:`z`. With a prior :math:`\pi` it is
    :math:`z_{jc} e^{f_j + g_c}`, with :math:`f` and :math:`g` from Sinkhorn iterations such that the labels of a query
    sum to 1 and those of class c to :math:`Q \pi_c`: M. Cuturi, "Sinkhorn Distances", 2013, arXiv:1306.0895. They end
    with the queries, so that the sums over a query are exact and those over a class nearly so. A single query has no
    spread; its labels are weighed by Bayes' rule, :math:`z_c \pi_c / \sum_k z_k \pi_k`.

    Parameters
    ----------
    logits : Tensor of shape (episode, query, way)
        Scores of queries against classes.
    prior : Tensor of shape (way,) or None, default=None
        Shares of the classes, above 0.
    n_iterations : int, default=10
        Number of Sinkhorn iterations.

    Returns
    -------
    Tensor of shape (episode, query, way)
        Logarithms of the soft labels.
    """
    labels = logits.log_softmax(dim=2)
    if prior is None:
        return labels
    n_query = logits.shape[1]
    if n_query == 1:
        return (labels + prior.log()).log_softmax(dim=2)
    of_query = torch.zeros_like(labels[:, :, :1])
    for _ in range(n_iterations):
        of_class = (n_query * prior).log() - (labels + of_query).logsumexp(dim=1, keepdim=True)
        of_query = -(labels + of_class).logsumexp(dim=2, keepdim=True)
    return labels + of_query + of_class


def _most_confident(log_labels: Float[Tensor, "episode query way"], count: int) -> Float[Tensor, "episode query way"]:
    """0 for the `count` most confident queries of each class among those that it is best for, -inf for the others."""
    labels = log_labels.detach()
    confidence = labels.masked_fill(labels < labels.amax(dim=2, keepdim=True), -math.inf)
    border = confidence.topk(min(count, labels.shape[1]), dim=1).values[:, -1:]
    return torch.zeros_like(labels).masked_fill((confidence < border) | (confidence == -math.inf), -math.inf)


def rectified(
    support: Float[Tensor, "episode support feature"],
    label: Int[Tensor, "episode support"],
    query: Float[Tensor, "episode query feature"],
    n_way: int,
    *,
    sharpness: float,
    n_confident: int | None = None,
    prior: Float[Tensor, "way"] | None = None,
) -> tuple[Float[Tensor, "episode query feature"], Float[Tensor, "episode way feature"]]:
    r"""Shift the queries, then average support and queries of each class, near ones more than far ones.

    With :math:`e_c(x) = \exp(\epsilon \cos(x, p_c))`, prototypes :math:`p_c` and the shifted queries :math:`x'_j`,

    .. math::

        p'_c = \frac{\sum_{i: y_i = c} e_c(x_i)\, x_i + \sum_j m_{jc}\, e_c(x'_j)\, x'_j}
                    {\sum_{i: y_i = c} e_c(x_i) + \sum_j m_{jc}\, e_c(x'_j)} .

    The membership m is the soft label of the query by :math:`\epsilon \cos(x'_j, p_c)`, or 1 for the most confident
    queries of each class and 0 for others; J. Liu, L. Song and Y. Qin, who call this the intra-class bias, take the
    latter (see `cross_class_shift`).

    Parameters
    ----------
    support, label : Tensors of shape (episode, support, feature) and (episode, support)
        Embedded support samples :math:`x_i`, and their class numbers from 0 to ``n_way - 1``, each at least once.
    query : Tensor of shape (episode, query, feature)
        Embedded queries, one or more.
    n_way : int
        Number of classes.
    sharpness : float
        :math:`\epsilon`, above 0.
    n_confident : int or None, default=None
        How many queries become members of a class at most. None takes soft labels.
    prior : Tensor of shape (way,) or None, default=None
        Shares of the classes among the queries.

    Returns
    -------
    shifted, prototypes : Tensors of shape (episode, query, feature) and (episode, way, feature)
        :math:`x'` and :math:`p'`.
    """
    index = label.long()[:, :, None].expand_as(support)
    centres = prototypes(support, label, n_way)
    shifted = cross_class_shift(query, support, centres, prior)
    of_query = sharpness * unit(shifted) @ unit(centres).mT
    member = soft_labels(of_query, prior)
    of_query = of_query + (member if n_confident is None else _most_confident(member, n_confident))
    of_support = sharpness * (unit(support) * unit(centres).gather(1, index)).sum(dim=2)
    # The largest weight of each class is made 1, so that no class loses all its weights to rounding.
    largest = of_query.detach().amax(dim=1).scatter_reduce(1, index[:, :, 0], of_support.detach(), "amax")
    of_query = (of_query - largest[:, None]).exp()
    of_support = (of_support - largest.gather(1, index[:, :, 0])).exp()
    sums = (of_query.mT @ shifted).scatter_add(1, index, of_support[:, :, None] * support)
    return shifted, sums / of_query.sum(dim=1).scatter_add(1, index[:, :, 0], of_support)[:, :, None]
