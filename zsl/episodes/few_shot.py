"""Drawing batches of few-shot episodes: C ways, K shots, queries, unlabelled samples and distractors."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zsl._typing import Bool, Int
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True)
class EpisodeBatch:
    """Positions of the samples of some episodes, all of one form.

    Labels are class numbers within the episode, and `classes` gives the class of the data that each stands for.
    """

    support: Int[Tensor, "episode support"]
    label: Int[Tensor, "episode support"]
    query: Int[Tensor, "episode query"]
    query_label: Int[Tensor, "episode query"]
    unlabeled: Int[Tensor, "episode unlabeled"]
    classes: Int[Tensor, "episode way"]


class FewShotSampler:
    r"""Draw episodes from a labelled set, many at once and without a loop over them.

    Parameters
    ----------
    labels : Tensor of shape (sample,)
        Class numbers, integers of 0 or more.
    n_way, n_shot, n_query : int
        Classes of an episode, support samples and queries of each class.
    n_unlabeled : int, default=0
        Unlabelled samples of each class, M.
    n_distractors : int, default=0
        Classes that have `n_unlabeled` unlabelled samples each in an episode, and nothing else.
    labeled : bool Tensor of shape (sample,) or None, default=None
        Which samples support and queries come from; unlabelled ones are then drawn from the others. None draws all
        from all samples, without one in two places.
    groups : Tensor of shape (class,) or None, default=None
        Group of each class number. All classes of an episode are then of one group, such as an alphabet, drawn in
        proportion to its classes.
    imbalance : float or None, default=None
        Concentration :math:`\alpha` of a Dirichlet distribution, from which the shares of the classes in the
        ``n_way * n_query`` queries of each episode are drawn (O. Veilleux et al., "Realistic Evaluation of Transductive
        Few-Shot Learning", 2021, arXiv:2204.11181). Samples are drawn without putting back, so small classes even the
        shares out, and counts vary about the shares, where the paper rounds them. None draws `n_query` of each class.
    generator : torch.Generator
        Source of all randomness, on the CPU.

    Raises
    ------
    InvalidInputError
        If there are fewer classes than an episode needs, or a class has too few samples.
    """

    def __init__(
        self,
        labels: Int[Tensor, "sample"],
        *,
        n_way: int,
        n_shot: int,
        n_query: int,
        n_unlabeled: int = 0,
        n_distractors: int = 0,
        labeled: Bool[Tensor, "sample"] | None = None,
        groups: Int[Tensor, "class"] | None = None,
        imbalance: float | None = None,
        generator: torch.Generator,
    ) -> None:
        self.n_way, self.n_shot, self.n_query = n_way, n_shot, n_query
        self.n_unlabeled, self.n_distractors = n_unlabeled, n_distractors
        self._imbalance, self._generator = imbalance, generator
        labels = labels.cpu()
        self._classes = labels.unique()
        self._members = _members(self._classes, groups, n_way + n_distractors)
        apart = labeled is not None and n_unlabeled > 0
        first = n_shot + n_query + (0 if apart else n_unlabeled)
        keep = torch.ones_like(labels, dtype=torch.bool) if labeled is None else labeled.cpu()
        self._samples, self._counts = _by_class(labels, self._classes, keep)
        _check_counts(self._classes, self._counts, first, "samples" if labeled is None else "labelled samples")
        self._others, self._other_counts = self._samples, self._counts
        if apart:
            self._others, self._other_counts = _by_class(labels, self._classes, ~keep)
            _check_counts(self._classes, self._other_counts, n_unlabeled, "unlabelled samples")
        self._apart = apart

    def draw(self, n_episodes: int) -> EpisodeBatch:
        """Draw the positions of the samples of a batch of episodes."""
        way, shot = self.n_way, self.n_shot
        own = 0 if self._apart else self.n_unlabeled
        start = shot + own
        chosen = self._choose_classes(n_episodes)
        wanted = start + self.n_query if self._imbalance is None else None
        drawn = self._draw_samples(self._samples, self._counts, chosen, wanted)
        support = drawn[:, :way, :shot].flatten(1)
        label = torch.arange(way).repeat_interleave(shot).expand(n_episodes, -1)
        if self._imbalance is None:
            query = drawn[:, :way, start:].flatten(1)
            query_label = torch.arange(way).repeat_interleave(self.n_query).expand(n_episodes, -1)
        else:
            query, query_label = self._uneven(drawn[:, :way], self._counts[chosen[:, :way]], start)
        others = drawn[:, :, shot:start]
        if self._apart:
            others = self._draw_samples(self._others, self._other_counts, chosen, self.n_unlabeled)
        return EpisodeBatch(support, label, query, query_label, others.flatten(1), self._classes[chosen[:, :way]])

    def _choose_classes(self, n_episodes: int) -> Tensor:
        """Numbers of the classes of each episode, those of distractors last."""
        n = self.n_way + self.n_distractors
        keys = torch.rand(n_episodes, len(self._classes), generator=self._generator, dtype=torch.float32)
        if not self._members.all():
            shares = self._members.sum(1).double()
            group = torch.multinomial(shares, n_episodes, replacement=True, generator=self._generator)
            keys = keys - 2 * (~self._members[group]).float()
        elif n == len(self._classes):
            return keys.argsort(1)
        return keys.topk(n, dim=1).indices

    def _draw_samples(self, samples: Tensor, counts: Tensor, chosen: Tensor, wanted: int | None) -> Tensor:
        """Samples of the chosen classes in random order, (episode, class, sample); None for all, those missing last."""
        generator, left = self._generator, counts[chosen]
        if wanted is None:
            keys = torch.rand(*chosen.shape, samples.shape[1], generator=generator, dtype=torch.float32)
            keys += torch.arange(samples.shape[1]) >= left[:, :, None]
            return samples[chosen[:, :, None], keys.argsort(2)]
        uniform = torch.rand(*chosen.shape, wanted, generator=generator, dtype=torch.float64)
        places = torch.empty(*chosen.shape, wanted, dtype=torch.long)
        for step in range(wanted):  # Floyd's way to a random subset, for all classes at once
            top = left - wanted + step
            place = (uniform[:, :, step] * (top + 1)).long()
            taken = (places[:, :, :step] == place[:, :, None]).any(2)
            places[:, :, step] = torch.where(taken, top, place)
        order = torch.rand(*chosen.shape, wanted, generator=generator, dtype=torch.float32).argsort(2)
        return samples[chosen[:, :, None], places.gather(2, order)]

    def _uneven(self, drawn: Tensor, counts: Tensor, start: int) -> tuple[Tensor, Tensor]:
        """Queries in shares drawn from a Dirichlet distribution, by exponential keys (Efraimidis and Spirakis)."""
        n_episodes, way, most = drawn.shape
        alpha = torch.full((n_episodes, way), float(self._imbalance or 1.0), dtype=torch.float64)
        # Logarithms, since a small concentration leaves most shares too small for a number: x ~ gamma(a + 1) and
        # u ~ U(0, 1) make x u^(1/a) ~ gamma(a).
        shares = torch._standard_gamma(alpha + 1, generator=self._generator).log()
        shares += torch.rand(n_episodes, way, generator=self._generator, dtype=torch.float64).log() / alpha
        uniform = torch.rand(n_episodes, way, most, generator=self._generator, dtype=torch.float64)
        waiting = (-uniform.log()).log() + ((counts - start).double().log() - shares)[:, :, None]
        place = torch.arange(most)
        free = (place >= start) & (place < counts[:, :, None])
        waiting = waiting.masked_fill(~free, torch.inf).flatten(1)
        taken = waiting.topk(way * self.n_query, dim=1, largest=False).indices
        return drawn.flatten(1).gather(1, taken), taken // most


def _by_class(labels: Tensor, classes: Tensor, keep: Tensor) -> tuple[Tensor, Tensor]:
    """Positions of the samples of each class, padded to the largest, and how many there are."""
    positions = keep.nonzero()[:, 0]
    codes = torch.searchsorted(classes, labels[positions])
    order = codes.argsort(stable=True)
    counts = codes.bincount(minlength=len(classes))
    place = torch.arange(len(order)) - (counts.cumsum(0) - counts).repeat_interleave(counts)
    samples = torch.zeros(len(classes), int(counts.max()), dtype=torch.long)
    samples[codes[order], place] = positions[order]
    return samples, counts


def _check_counts(classes: Tensor, counts: Tensor, wanted: int, kind: str) -> None:
    small = (counts < wanted).nonzero()
    if len(small):
        first = int(small[0])
        raise InvalidInputError(
            f"labels: class {int(classes[first])} has {int(counts[first])} {kind}; an episode needs {wanted} of each "
            f"class ({len(small)} of {len(classes)} classes have too few)."
        )


def _members(classes: Tensor, groups: Tensor | None, wanted: int) -> Tensor:
    """Which classes each group has, (group, class), for the groups that are large enough."""
    if groups is None:
        members = torch.ones(1, len(classes), dtype=torch.bool)
    else:
        own = groups.cpu()[classes]
        members = own == own.unique()[:, None]
    enough = members.sum(1) >= wanted
    if not enough.any():
        where = "there are" if groups is None else "the largest group has"
        raise InvalidInputError(
            f"labels: {where} {int(members.sum(1).max())} classes; an episode needs {wanted} (n_way + n_distractors)."
        )
    return members[enough]
