r"""The relation score of one hidden layer: its definition pair by pair, and two exact forms that never build pairs.

The relation module of F. Sung, Y. Yang, L. Zhang, T. Xiang, P. H. S. Torr and T. M. Hospedales, "Learning to Compare:
Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025, joins a query :math:`f` and a class :math:`r` and puts
a small network on the pair:

.. math:: g(f, r) = w \cdot \mathrm{ReLU}(A f + B r + b) + \beta.

Two identities make it cheap. :math:`[A\;B][f; r] = A f + B r`, so the wide products are taken once per query and once a
class. And :math:`\mathrm{ReLU}(z) = (z + |z|)/2`, so that, with :math:`a = A f` and :math:`c = B r + b` scaled by
:math:`|w|` and split by the sign of :math:`w`,

.. math:: g = \tfrac12 (w \cdot a + w \cdot c) + \tfrac12 (\|a^+ + c^+\|_1 - \|a^- + c^-\|_1) + \beta,

a difference of two L1 distances, which needs no memory beyond the scores themselves.
"""

import math
from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from zsl._typing import Float

BLOCK_BYTES = 1 << 22
"""Default memory budget, in bytes, of what one block of pairs holds: 4 MiB, which stays in a processor's cache."""

_PIECES = 32
"""Blocks of hidden units, at most, that an exported graph has."""

Form = Literal["auto", "l1", "relu"]


def relation_scores_pairwise(
    queries: Float[Tensor, "query feature"],
    classes: Float[Tensor, "class feature"],
    weight_query: Float[Tensor, "hidden feature"],
    weight_class: Float[Tensor, "hidden feature"],
    bias: Float[Tensor, "hidden"],
    weight_out: Float[Tensor, "hidden"],
) -> Float[Tensor, "query class"]:
    r"""Score each pair by the definition: join query and class, one hidden layer, one output.

    This is the oracle that the fast forms are tested against. It builds a tensor of shape (query, class, 2 feature).

    Parameters
    ----------
    queries, classes : Tensors of shape (query, feature) and (class, feature)
        Embedded queries :math:`f` and class representations :math:`r`.
    weight_query, weight_class : Tensor of shape (hidden, feature)
        The halves :math:`A` and :math:`B` of the first layer.
    bias, weight_out : Tensor of shape (hidden,)
        The bias :math:`b` of the first layer, and the weights :math:`w` of the output.

    Returns
    -------
    Tensor of shape (query, class)
        :math:`w \cdot \mathrm{ReLU}(A f + B r + b)`.
    """
    n_query, n_class = len(queries), len(classes)
    left = queries[:, None, :].expand(n_query, n_class, -1)
    right = classes[None, :, :].expand(n_query, n_class, -1)
    pairs = torch.cat([left, right], dim=2)
    hidden = torch.relu(pairs @ torch.cat([weight_query, weight_class], dim=1).T + bias)
    return hidden @ weight_out


def relation_scores(
    queries: Float[Tensor, "query hidden"],
    classes: Float[Tensor, "class hidden"],
    weight_out: Float[Tensor, "hidden"],
    *,
    form: Form = "auto",
    block_bytes: int = BLOCK_BYTES,
) -> Float[Tensor, "query class"]:
    r"""Score all pairs from the two halves of the first layer, without a (query, class, hidden) tensor.

    Parameters
    ----------
    queries, classes : Tensors of shape (query, hidden) and (class, hidden)
        :math:`A f` and :math:`B r + b`.
    weight_out : Tensor of shape (hidden,)
        The weights :math:`w` of the output.
    form : {"auto", "l1", "relu"}, default="auto"
        "l1" takes the two L1 distances, "relu" the ReLU itself in blocks. Both are exact, forward and
        backward. "auto" takes "l1" for training on a processor with 32 classes or more, and "relu" otherwise:
        ``benchmarks/speed/relation_forms.py`` has the measurements behind this.
    block_bytes : int, default=4194304
        Memory budget of one block of queries and classes of the "relu" form. One pair is the smallest block.

    Returns
    -------
    Tensor of shape (query, class)
        :math:`\sum_j w_j \mathrm{ReLU}(a_j + c_j)`. Beside the result the memory needed is that of the inputs, twice,
        or of one block.
    """
    if form == "auto":
        form = _faster_form(queries, classes, weight_out)
    if form == "l1":
        return _l1_form(queries, classes, weight_out)
    if torch.compiler.is_exporting():  # blocks of rows have no place in a graph, for any number of rows
        return _pieces_of_relu(queries, classes, weight_out)
    scores: Tensor = _BlockedReLU.apply(queries, classes, weight_out, block_bytes)  # type: ignore[no-untyped-call]
    return scores


def _l1_form(queries: Tensor, classes: Tensor, weight_out: Tensor) -> Tensor:
    # The score has a gradient at w = 0, where training starts, but the distances there have none: 0 becomes a number
    # that is far below rounding and far above underflow.
    weight_out = weight_out + (weight_out == 0).to(weight_out) * torch.finfo(weight_out.dtype).tiny ** 0.75
    size = weight_out.abs()
    a, c = queries * size, classes * size
    positive = (weight_out > 0).to(a.dtype)
    negative = (weight_out < 0).to(a.dtype)
    linear = (queries @ weight_out)[:, None] + (classes @ weight_out)[None, :]
    above = torch.cdist(a * positive, -c * positive, p=1.0)
    below = torch.cdist(a * negative, -c * negative, p=1.0)
    return 0.5 * (linear + above - below)


def _pieces_of_relu(queries: Tensor, classes: Tensor, weight_out: Tensor) -> Tensor:
    """The ReLU form in blocks of hidden units."""
    pieces = (part.split(-(-len(weight_out) // _PIECES), dim=-1) for part in (queries, classes, weight_out))
    return torch.stack([torch.relu(q[:, None] + c) @ w for q, c, w in zip(*pieces, strict=True)]).sum(dim=0)


def _faster_form(queries: Tensor, classes: Tensor, weight_out: Tensor) -> Form:
    """Blocks win wherever they stay in the cache; the backward pass of the L1 distance wins over many classes.

    On other devices the backward pass of `torch.cdist` builds the (query, class, hidden) tensor, so it is never taken.
    """
    wants_grad = torch.is_grad_enabled() and any(t.requires_grad for t in (queries, classes, weight_out))
    return "l1" if wants_grad and queries.device.type == "cpu" and len(classes) >= 32 else "relu"


class _BlockedReLU(torch.autograd.Function):
    """The ReLU form in blocks of queries and classes; the backward pass builds each block again rather than keep it.

    The forward pass takes ``max(a, -c) + c`` for ``ReLU(a + c)``, whose second part needs no pair: one pass fewer.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, classes: Tensor, weight_out: Tensor, block_bytes: int) -> Tensor:
        ctx.save_for_backward(queries, classes, weight_out)
        ctx.block_bytes = block_bytes
        scores = queries.new_empty(len(queries), len(classes))
        negative, memory = -classes, queries.new_empty(0)
        for rows, columns in _blocks(queries, classes, block_bytes):
            block = queries[rows, None], negative[columns]
            shape = len(block[0]), *block[1].shape
            memory = memory if len(memory) else queries.new_empty(math.prod(shape))  # the first block is the largest
            larger = torch.maximum(*block, out=memory[: math.prod(shape)].view(shape))
            scores[rows, columns] = larger @ weight_out
        return scores + classes @ weight_out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        queries, classes, weight_out = ctx.saved_tensors
        (grad,) = grads
        to_queries, to_classes = torch.zeros_like(queries), torch.zeros_like(classes)
        to_weight = torch.zeros_like(weight_out)
        for rows, columns in _blocks(queries, classes, ctx.block_bytes):
            hidden, part = torch.relu_(queries[rows, None] + classes[columns]), grad[rows, columns]
            to_weight += torch.einsum("qc,qch->h", part, hidden)
            active = (hidden > 0).to(hidden.dtype)
            to_queries[rows] += torch.bmm(part[:, None], active)[:, 0]
            to_classes[columns] += torch.einsum("qc,qch->ch", part, active)
        return to_queries * weight_out, to_classes * weight_out, to_weight, None


def _blocks(queries: Tensor, classes: Tensor, block_bytes: int) -> Iterator[tuple[slice, slice]]:
    """Cut the table of scores into blocks of eight queries or more, if they fit, by as many classes as fit."""
    pair = max(1, classes.shape[1] * classes.element_size())
    width = min(max(1, block_bytes // (8 * pair)), max(1, len(classes)))
    height = max(1, block_bytes // (width * pair))
    for left in range(0, len(classes), width):
        for top in range(0, len(queries), height):
            yield slice(top, top + height), slice(left, left + width)
