"""Memory-augmented network: an LSTM that writes what it sees into an external memory and looks it up there."""

from dataclasses import dataclass
from typing import Literal, final

import torch
from torch import Tensor, nn

from zsl._typing import Float, Int
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.support_order import canonical_order
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Loss, Query, Samples, Support, Target, Unlabeled
from zsl.nn.layers import linear
from zsl.nn.memory import MemoryState, access, empty_memory

Labels = Literal["one_hot", "strings"]
_STRENGTH = 8.0
"""About how strong the likeness to a key counts before training. From 0 on, learning to look things up takes longer."""
_BLOCK_NUMBERS = 2**22
"""How many numbers the memories of queries that are scored at once may have."""


@dataclass(frozen=True)
class _State:
    """What is carried from step to step: the LSTM, what was read last, and the memory."""

    hidden: Tensor
    cell: Tensor
    found: Tensor
    memory: MemoryState

    def repeated(self, n: int) -> "_State":
        """Each episode `n` times."""
        memory = self.memory
        parts = (self.hidden, self.cell, self.found, memory.slots, memory.reading, memory.usage)
        hidden, cell, found, *rest = (part.repeat_interleave(n, 0) for part in parts)
        return _State(hidden, cell, found, MemoryState(*rest))


@final
class MemoryAugmentedNetwork(FewShotMethod):
    r"""Read samples one by one, the label of each a step later, and predict the label of each before it comes.

    A. Santoro, S. Bartunov, M. Botvinick, D. Wierstra and T. Lillicrap, "Meta-Learning with Memory-Augmented Neural
    Networks", 2016, arXiv:1605.06065. With the memory's :math:`\mathrm{access}` (`zsl.nn.memory.access`),

    .. math::
        h_t, c_t = \mathrm{LSTM}([x_t, y_{t-1}, r_{t-1}], h_{t-1}, c_{t-1}), \qquad
        r_t, M_t = \mathrm{access}(M_{t-1}, k_t, a_t, \sigma(\alpha_t), \beta_t), \qquad
        p_t = \mathrm{softmax}(W [h_t, r_t] + b),

    where :math:`k_t, a_t` (through tanh), :math:`\alpha_t` and :math:`\beta_t` are linear in :math:`h_t`, one of each
    for every head. Which label stands for which class is drawn anew in each episode of training, so that it has to be
    remembered, and the loss is the mean of :math:`-\log p_t(y_t)` over all steps of an episode, in random order.

    In prediction the support is written first. Each query then takes one step of its own from there, with the label of
    the last support sample, and leaves nothing behind. A network that reads one by one needs an order, and a support is
    a set: each class is sorted by projections on a random direction, drawn once and stored with the weights, classes
    come in the order of their means, and take turns with one sample each. So neither the order given nor the numbers of
    the classes change anything, unless two classes have the same samples.

    Departures from the paper: the likeness to a key has a strength :math:`\beta > 1`, since the softmax of plain
    cosines is nearly flat; what is written, :math:`a_t`, is not the key; each head has a least-used slot of its own,
    and all of these are emptied.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples.
    n_features : int
        Width of the embedded samples.
    n_way : int
        Classes of a training episode.
    labels : {"one_hot", "strings"}
        How a label is shown and predicted: as one of `n_way`, or as five letters out of five, of which there are 3125.
        The log-probability of a string is the sum over its letters.
    n_slots, slot_width : int
        Size of the memory; at least one slot per read.
    n_reads : int
        Reads, and writes, of a step.
    n_hidden : int
        Units of the LSTM.
    decay : float, default=0.99
        How much of a slot's usage is left after a step, in [0, 1].
    generator : torch.Generator
        Where the initial weights and all draws of labels and orders come from.

    Raises
    ------
    InvalidInputError
        If a number is out of range.
    """

    loss_of_queries = False
    mean: Tensor
    scale: Tensor
    direction: Tensor
    bindings: Tensor

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        n_features: int,
        n_way: int,
        labels: Labels,
        n_slots: int,
        slot_width: int,
        n_reads: int,
        n_hidden: int,
        decay: float = 0.99,
        generator: torch.Generator,
    ) -> None:
        super().__init__(backbone)
        for name, value, least in (
            ("n_features", n_features, 1),
            ("n_way", n_way, 2),
            ("slot_width", slot_width, 1),
            ("n_reads", n_reads, 1),
            ("n_slots", n_slots, n_reads),
            ("n_hidden", n_hidden, 1),
        ):
            if value < least:
                raise InvalidInputError(f"{name}={value}; wanted {least} or more.")
        if not 0 <= decay <= 1:
            raise InvalidInputError(f"decay={decay}; wanted a number from 0 to 1.")
        self.labels, self.n_slots, self.slot_width, self.n_reads = labels, n_slots, slot_width, n_reads
        self.n_hidden, self.decay = n_hidden, decay
        self.n_places, self.n_letters = (1, n_way) if labels == "one_hot" else (5, 5)
        n_read, n_gates = n_reads * slot_width, 4 * n_hidden
        self.image_in = linear(n_features, n_gates, generator)
        self.label_in = linear(self.n_places * self.n_letters, n_gates, generator, bias=False)
        self.state_in = linear(n_hidden + n_read, n_gates, generator, bias=False)
        self.heads = linear(n_hidden, n_reads * (2 * slot_width + 2), generator)
        self.out = linear(n_hidden + n_read, self.n_places * self.n_letters, generator)
        self.register_buffer("mean", torch.zeros(n_features, dtype=torch.float32))
        self.register_buffer("scale", torch.ones((), dtype=torch.float32))
        self.register_buffer("direction", torch.randn(n_features, generator=generator, dtype=torch.float32))
        self.register_buffer("bindings", torch.randperm(self.n_letters**self.n_places, generator=generator))
        self._generator = torch.Generator().manual_seed(
            int(torch.randint(2**62, (), generator=generator, device="cpu"))
        )
        with torch.no_grad():
            self.image_in.bias[n_hidden : 2 * n_hidden] += 1  # the LSTM starts by keeping what it has
            self.heads.bias.view(n_reads, -1)[:, -1] = _STRENGTH

    def standardize_by(self, vectors: Samples) -> None:
        """Subtract the mean of vectors from what comes in, and divide by the root of their mean variance.

        One number divides all features, so that those that are nearly constant, such as the pixels at the border, don't
        become large.

        Parameters
        ----------
        vectors : Tensor of shape (sample, feature)
            Training vectors.
        """
        deviation = vectors.double().var(0, correction=0).mean().sqrt()
        self.mean.copy_(vectors.double().mean(0))
        self.scale.copy_(deviation if deviation > 0 else torch.ones((), dtype=torch.float32))

    def sequence_scores(
        self,
        samples: Float[Tensor, "episode step feature"],
        label: Int[Tensor, "episode step"],
        n_way: int,
        *,
        generator: torch.Generator,
    ) -> Float[Tensor, "episode step way"]:
        """Score each sample of a sequence before its label is shown, as in training.

        Parameters
        ----------
        samples : Tensor of shape (episode, step, feature)
            Embedded samples, in the order in which they are read.
        label : Tensor of shape (episode, step)
            Their class numbers from 0 to ``n_way - 1``.
        n_way : int
            Number of classes of an episode.
        generator : torch.Generator
            Which label stands for which class is drawn from it, on the CPU.

        Returns
        -------
        Tensor of shape (episode, step, n_way)
            Log-probabilities of the classes. Those at a step depend on the samples up to it, and on the labels before.

        Raises
        ------
        InvalidInputError
            If there are more classes than labels.
        """
        shown = self._drawn_labels(len(samples), n_way, generator).to(samples)
        log_probability = self._predicted(samples, _taken(shown, label.long()))
        return torch.log_softmax(log_probability @ shown.mT, dim=-1)

    def loss(
        self, support: Support, label: Label, query: Query, query_label: Target, n_way: int, unlabeled: Unlabeled = None
    ) -> Loss:
        """Average the cross-entropy over support and queries, in random order; see `FewShotMethod.loss`."""
        samples, labels = torch.cat([support, query], dim=1), torch.cat([label, query_label], dim=1).long()
        before, n_episodes = self.around[0], sum(self.around) + len(labels)
        own = slice(before, before + len(labels))
        keys = torch.rand(n_episodes, labels.shape[1], generator=self._generator, dtype=torch.float32)
        order = keys[own].argsort(1).to(labels.device)
        samples, labels = _taken(samples, order), labels.gather(1, order)
        shown = _taken(self._drawn_labels(n_episodes, n_way, self._generator)[own].to(samples), labels)
        with torch.autocast(samples.device.type, enabled=False):
            return -(self._predicted(samples, shown) * shown).sum(-1).mean()

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute log-probabilities of the classes, each query read after the support; see `FewShotMethod.scores`.

        Raises
        ------
        InvalidInputError
            If there are more classes than labels.
        """
        self._check_way(n_way)
        order, rank = canonical_order(support, label.long(), self.direction, n_way)
        shown = self._shown(self.bindings[rank]).to(support)
        support, read = _taken(support, order), _taken(shown, label.long().gather(1, order))
        state = self._start(support)
        for gates in self._gates(support, _one_later(read)).unbind(1):
            state = self._step(gates, state)
        size = max(1, _BLOCK_NUMBERS // (len(support) * self.n_slots * self.slot_width))
        blocks = []
        for block in query.split(size, dim=1):
            gates = self._gates(block, read[:, -1:].expand(-1, block.shape[1], -1))
            after = self._step(gates.flatten(0, 1), state.repeated(block.shape[1]))
            blocks.append(self._letters(after.hidden, after.found).unflatten(0, block.shape[:2]))
        return torch.log_softmax(torch.cat(blocks, dim=1) @ shown.mT, dim=-1)

    def _predicted(self, samples: Tensor, shown: Tensor) -> Tensor:
        """Log-probabilities of all letters at each step, (episode, step, place * letter)."""
        state, hidden, found = self._start(samples), [], []
        for gates in self._gates(samples, _one_later(shown)).unbind(1):
            state = self._step(gates, state)
            hidden.append(state.hidden)
            found.append(state.found)
        return self._letters(torch.stack(hidden, dim=1), torch.stack(found, dim=1))

    def _letters(self, hidden: Tensor, found: Tensor) -> Tensor:
        logits: Tensor = self.out(torch.cat([hidden, found], dim=-1))
        return torch.log_softmax(logits.unflatten(-1, (self.n_places, self.n_letters)), dim=-1).flatten(-2)

    def _gates(self, samples: Tensor, labels: Tensor) -> Tensor:
        """What samples and labels add to the gates, for all steps at once."""
        added: Tensor = self.image_in((samples - self.mean) / self.scale) + self.label_in(labels)
        return added

    def _start(self, samples: Tensor) -> _State:
        n_read = self.n_reads * self.slot_width
        hidden, cell, found = (samples.new_zeros(len(samples), n) for n in (self.n_hidden, self.n_hidden, n_read))
        memory = empty_memory(len(samples), self.n_slots, self.slot_width, self.n_reads, samples)
        return _State(hidden, cell, found, memory)

    def _step(self, gates: Tensor, state: _State) -> _State:
        gates = gates + self.state_in(torch.cat([state.hidden, state.found], dim=-1))
        into, keep, show = torch.sigmoid(gates[:, : 3 * self.n_hidden]).chunk(3, dim=-1)
        cell = keep * state.cell + into * torch.tanh(gates[:, 3 * self.n_hidden :])
        hidden = show * torch.tanh(cell)
        heads = self.heads(hidden).unflatten(-1, (self.n_reads, -1))
        vectors, gate, strength = heads.split((2 * self.slot_width, 1, 1), dim=-1)
        key, content = torch.tanh(vectors).chunk(2, dim=-1)
        strength = 1 + nn.functional.softplus(strength)
        found, memory = access(state.memory, key, content, torch.sigmoid(gate), strength, self.decay)
        return _State(hidden, cell, found.flatten(1), memory)

    def _check_way(self, n_way: int) -> None:
        if n_way > len(self.bindings):
            kind = "one_hot labels of the training episodes" if self.labels == "one_hot" else "strings of five letters"
            raise InvalidInputError(f"{n_way} classes, but there are only {len(self.bindings)} {kind}.")

    def _drawn_labels(self, n_episodes: int, n_way: int, generator: torch.Generator) -> Tensor:
        """Different labels for the classes of each episode, (episode, class, place * letter)."""
        self._check_way(n_way)
        drawn = (
            torch.rand(n_episodes, len(self.bindings), generator=generator, dtype=torch.float32)
            .topk(n_way, dim=1)
            .indices
        )
        return self._shown(drawn.to(self.bindings.device))

    def _shown(self, numbers: Tensor) -> Tensor:
        """Labels by number, as ones and zeros."""
        powers = self.n_letters ** torch.arange(self.n_places, device=numbers.device)
        letters = numbers[..., None] // powers % self.n_letters
        return nn.functional.one_hot(letters, self.n_letters).flatten(-2)


def _taken(rows: Tensor, places: Tensor) -> Tensor:
    """Rows of each episode, (episode, row, feature), by place."""
    return rows.gather(1, places[..., None].expand(-1, -1, rows.shape[-1]))


def _one_later(labels: Tensor) -> Tensor:
    """Labels as they come in with the next sample, zeros with the first."""
    return torch.cat([torch.zeros_like(labels[:, :1]), labels[:, :-1]], dim=1)
