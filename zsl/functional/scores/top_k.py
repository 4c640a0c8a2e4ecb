"""The k largest of very many scores, block by block, so that they are never held at once."""

from collections.abc import Iterable

import torch
from torch import Tensor

from zsl._typing import Float, Int


def top_k(scores: Float[Tensor, "row column"], k: int) -> tuple[Float[Tensor, "row rank"], Int[Tensor, "row rank"]]:
    """Find the k largest scores of each row; of equal ones those of the lowest columns.

    Parameters
    ----------
    scores : Tensor of shape (row, column)
        Finite scores.
    k : int
        How many, 1 or more; all if there are fewer columns.

    Returns
    -------
    values, columns : Tensor of shape (row, rank)
        The largest scores, falling, and where they stand; rising where scores are equal.
    """
    k = min(k, scores.shape[1])
    if k == 1 and scores.device.type == "cpu":
        columns = torch.from_numpy(scores.numpy().argmax(axis=1))[:, None]  # the first of equal ones
        return scores.gather(1, columns), columns
    # torch.topk takes any of equal scores; so its last value only gives the place to cut.
    last = scores.topk(k, dim=1).values[:, -1:]
    above = scores > last
    equal = scores == last
    kept = above | (equal & (equal.cumsum(1) <= k - above.sum(1, keepdim=True)))
    columns = kept.nonzero()[:, 1].view(len(scores), k)
    values, order = scores.gather(1, columns).sort(dim=1, descending=True, stable=True)
    return values, columns.gather(1, order)


def merged_top_k(
    blocks: Iterable[tuple[Float[Tensor, "row block"], int]], k: int
) -> tuple[Float[Tensor, "row rank"], Int[Tensor, "row rank"]]:
    """Find the k largest scores of each row over blocks of columns that come one by one.

    Parameters
    ----------
    blocks : iterable of (Tensor of shape (row, block), int)
        Scores, and the number of their first column; one block or more, in rising order.
    k : int
        How many to find, 1 or more; all if there are fewer columns.

    Returns
    -------
    values, columns
        As from `top_k` of all scores together.
    """
    best: tuple[Tensor, Tensor] | None = None
    for scores, start in blocks:
        values, columns = top_k(scores, k)
        columns = columns + start if start else columns
        if best is not None:
            values, columns = torch.cat([best[0], values], dim=1), torch.cat([best[1], columns], dim=1)
            values, order = top_k(values, k)
            columns = columns.gather(1, order)
        best = values, columns
    if best is None:
        raise ValueError("blocks is empty; wanted one or more.")
    return best
