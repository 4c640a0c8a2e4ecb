"""An order of the support that depends on its content alone, for methods that read it one by one."""

import torch
from torch import Tensor

from zsl._typing import Float, Int


def canonical_order(
    support: Float[Tensor, "episode support feature"],
    label: Int[Tensor, "episode support"],
    direction: Float[Tensor, "feature"],
    n_way: int,
) -> tuple[Int[Tensor, "episode support"], Int[Tensor, "episode way"]]:
    """Order the support by its content alone: classes by mean projection on a direction, one sample of each in turn.

    Parameters
    ----------
    support, label : Tensors of shape (episode, support, feature) and (episode, support)
        Embedded support samples, and their class numbers from 0 to ``n_way - 1``, each at least once per episode.
    direction : Tensor of shape (feature,)
        What is projected on.
    n_way : int
        Number of classes.

    Returns
    -------
    order : Tensor of shape (episode, support)
        Position of the first sample, of the second one, and so on.
    rank : Tensor of shape (episode, n_way)
        When each class comes first, from 0 on.
    """
    # A sum over products, not a matrix product: its rounding doesn't depend on a row's place.
    projection, order = (support.detach() * direction).sum(-1).sort(dim=1, stable=True)
    own = label.gather(1, order)
    empty = projection.new_zeros(len(label), n_way)
    counts = empty.scatter_add(1, own, torch.ones_like(projection))
    means = empty.scatter_add(1, own, projection) / counts
    by_rank = means.argsort(dim=1, stable=True)
    rank = by_rank.argsort(dim=1)
    turn = rank.gather(1, own)
    grouped = turn.argsort(dim=1, stable=True)
    counts = counts.long().gather(1, by_rank)
    first = (counts.cumsum(1) - counts).gather(1, turn.gather(1, grouped))
    place = torch.arange(label.shape[1], device=label.device) - first
    turns = (place * n_way + turn.gather(1, grouped)).argsort(dim=1)
    return order.gather(1, grouped.gather(1, turns)), rank
