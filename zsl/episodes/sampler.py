"""One learning problem, and drawing its samples."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True)
class Episode:
    """Queries, and what is known of the classes that they may belong to: labelled support samples, semantics or both.

    Labels are class numbers, the rows of `semantics`. No sample is in support and query. Zero-shot where `support` is
    empty, one-shot and few-shot where it isn't.
    """

    query: Float[Tensor, "query feature"]
    query_label: Int[Tensor, "query"]
    support: Float[Tensor, "support feature"]
    support_label: Int[Tensor, "support"]
    semantics: Float[Tensor, "class attribute"] | None


class EpisodeSampler:
    """Draw support and query samples over all classes of a labelled set, given by class numbers from 0, each present.

    An episode has `n_query` queries over all classes, or fewer where fewer samples are left beside the support. All
    randomness comes from the generator, on the CPU.
    """

    def __init__(self, labels: Int[Tensor, "sample"], n_query: int, generator: torch.Generator) -> None:
        self._labels = labels.cpu()
        self._counts = torch.bincount(self._labels)
        if (self._counts == 0).any():
            missing = int((self._counts == 0).nonzero()[0])
            raise InvalidInputError(f"labels have no sample of class {missing}; wanted at least one of each class.")
        self._first = self._counts.cumsum(0) - self._counts
        self._n_query = n_query
        self._generator = generator
        self._left = torch.empty(0, dtype=torch.long)

    def draw(self, shots: int) -> tuple[Int[Tensor, "support"], Int[Tensor, "query"]]:
        """Positions of the support samples and of the queries of one episode, none of them both.

        Each class has `shots` support samples, K. 0 draws queries only: pass by pass over all samples, in random order.
        A class of K samples or fewer keeps one sample for the queries, if it has more than one.
        """
        if shots == 0:
            return torch.empty(0, dtype=torch.long), self._next_of_pass()
        keys = torch.rand(len(self._labels), generator=self._generator, dtype=torch.float64)
        shuffled = torch.argsort(self._labels + keys)
        place = torch.arange(len(shuffled)) - self._first.repeat_interleave(self._counts)
        most = torch.minimum(torch.full_like(self._counts, shots), (self._counts - 1).clamp_min(1))
        is_support = place < most.repeat_interleave(self._counts)
        rest = shuffled[~is_support]
        if not len(rest):
            rest = shuffled
        chosen = torch.randperm(len(rest), generator=self._generator)[: self._n_query]
        return shuffled[is_support], rest[chosen]

    def state(self) -> Int[Tensor, "left"]:
        """The positions that are still to come in the pass over all samples."""
        return self._left

    def restore(self, state: Int[Tensor, "left"]) -> None:
        """Go on from there."""
        self._left = state

    def _next_of_pass(self) -> Tensor:
        if not len(self._left):
            self._left = torch.randperm(len(self._labels), generator=self._generator)
        chosen, self._left = self._left[: self._n_query], self._left[self._n_query :]
        return chosen
