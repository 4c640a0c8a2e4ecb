"""Full context embeddings: support samples that know of each other, and queries that read the support."""

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.nn.layers import draw_uniform, undrawn


class FullContextSupport(nn.Module):
    r"""Embed each support sample in the light of its episode's whole support.

    .. math:: g(x_i) = \overrightarrow{h}_i + \overleftarrow{h}_i + g'(x_i)

    with the states of a bidirectional LSTM that runs over the support (O. Vinyals et al., "Matching Networks for One
    Shot Learning", 2016, arXiv:1606.04080, appendix A.2).

    An LSTM needs an order, and a support is a set. It is read in the order of its projections on a random direction,
    drawn once and stored with the weights, and samples with equal projections share the mean of their states. The order
    in which samples are given thus changes nothing.
    """

    direction: Tensor

    def __init__(self, n_features: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.lstm = undrawn(nn.LSTM, n_features, n_features, batch_first=True, bidirectional=True)
        draw_uniform(self.lstm, n_features, generator)
        self.register_buffer("direction", torch.randn(n_features, generator=generator, dtype=torch.float32))

    def forward(self, support: Float[Tensor, "episode support feature"]) -> Float[Tensor, "episode support feature"]:
        """Embed the support of each episode, in the order given."""
        # A sum over products, not a matrix product: its rounding doesn't depend on a row's place.
        projection, order = (support.detach() * self.direction).sum(-1).sort(dim=1, stable=True)
        index = order[..., None].expand_as(support)
        with torch.autocast(support.device.type, enabled=False):  # not every CPU has recurrent nets in half precision
            states: Tensor = self.lstm(support.gather(1, index).to(self.direction.dtype))[0]
        ahead, back = states.chunk(2, dim=-1)
        shared = _mean_of_equals(ahead + back, projection)
        return support + torch.zeros_like(support).scatter(1, index, shared)


class AttentionReader(nn.Module):
    r"""Embed each query by reading the embedded support a few times.

    From :math:`h_0 = c_0 = 0`, each of K steps, `n_reads`, reads the support and updates the state:

    .. math::
        r_{k-1} = \sum_i \mathrm{softmax}_i(h_{k-1} \cdot g(x_i)) \, g(x_i), \qquad
        \hat h_k, c_k = \mathrm{LSTM}(f'(q), [h_{k-1}, r_{k-1}], c_{k-1}), \qquad
        h_k = \hat h_k + f'(q)

    and :math:`f(q) = h_K` (O. Vinyals et al., 2016, arXiv:1606.04080, appendix A.1). The first read is the plain mean
    of the support. Queries don't see each other.
    """

    def __init__(self, n_features: int, n_reads: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.n_reads = n_reads
        # What is read goes in beside the query: W [q, r] + U h is the same as W' q + U' [h, r].
        self.cell = undrawn(nn.LSTMCell, 2 * n_features, n_features)
        draw_uniform(self.cell, n_features, generator)

    def forward(
        self, query: Float[Tensor, "episode query feature"], support: Float[Tensor, "episode support feature"]
    ) -> Float[Tensor, "episode query feature"]:
        """Embed the queries of each episode given its embedded support."""
        hidden, memory = torch.zeros_like(query), torch.zeros_like(query).flatten(0, 1)
        for _ in range(self.n_reads):
            read = torch.softmax(hidden @ support.mT, dim=-1) @ support
            inputs = torch.cat([query, read], dim=-1).flatten(0, 1)
            output, memory = self.cell(inputs, (hidden.flatten(0, 1), memory))
            hidden = output.unflatten(0, query.shape[:2]) + query
        return hidden


def _mean_of_equals(rows: Tensor, keys: Tensor) -> Tensor:
    """Replace (episode, row, feature) by means over runs of equal sorted keys, (episode, row)."""
    starts = torch.ones_like(keys, dtype=torch.long)
    starts[:, 0] = 0
    starts[:, 1:] = keys[:, 1:] != keys[:, :-1]
    run = starts.cumsum(1)
    index = run[..., None].expand_as(rows)
    sums = torch.zeros_like(rows).scatter_add(1, index, rows)
    counts = torch.zeros_like(keys).scatter_add(1, run, torch.ones_like(keys))
    return sums.gather(1, index) / counts.gather(1, run)[..., None]
