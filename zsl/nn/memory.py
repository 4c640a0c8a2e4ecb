"""An external memory that is read by content and written where it was read last or is used least."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zsl._typing import Float

_FAINT = 1e-2
"""Length of a slot at which its cosine is damped. Without it, the gradient at an empty slot has no bound."""


@dataclass(frozen=True)
class MemoryState:
    """What the memory holds after a step: contents, weights of the last read, and how much each slot was used."""

    slots: Float[Tensor, "episode slot width"]
    reading: Float[Tensor, "episode head slot"]
    usage: Float[Tensor, "episode slot"]


def empty_memory(n_episodes: int, n_slots: int, width: int, n_heads: int, like: Tensor) -> MemoryState:
    """Make a memory of zeros, never read, of the type and on the device of another tensor."""
    return MemoryState(
        like.new_zeros(n_episodes, n_slots, width),
        like.new_zeros(n_episodes, n_heads, n_slots),
        like.new_zeros(n_episodes, n_slots),
    )


def _least_used(usage: Float[Tensor, "episode slot"], n_heads: int) -> Float[Tensor, "episode head slot"]:
    """Ones at the least-used slot for the first head, at the next for the second, and so on; of equals the first."""
    places = usage.detach().sort(dim=-1, stable=True).indices[:, :n_heads, None]
    return usage.new_zeros(len(usage), n_heads, usage.shape[1]).scatter_(-1, places, 1.0)


def _write(
    state: MemoryState, content: Float[Tensor, "episode head width"], gate: Float[Tensor, "episode head 1"]
) -> tuple[Float[Tensor, "episode slot width"], Float[Tensor, "episode head slot"]]:
    """Empty the least-used slots, then write to them and to what was read last: :math:`M_t` and :math:`w^w_t`."""
    fresh = _least_used(state.usage, state.reading.shape[1])
    writing = torch.lerp(fresh, state.reading, gate)
    kept = state.slots * (1 - fresh.sum(1))[..., None]
    return torch.baddbmm(kept, writing.mT, content), writing


def _read(
    slots: Float[Tensor, "episode slot width"],
    key: Float[Tensor, "episode head width"],
    strength: Float[Tensor, "episode head 1"],
) -> tuple[Float[Tensor, "episode head width"], Float[Tensor, "episode head slot"]]:
    """Read a mean of slots, weighted by their likeness to a key: :math:`r_t` and :math:`w^r_t`."""
    scale = (slots.square().sum(-1) + _FAINT**2).rsqrt()[:, None]
    direction = strength * torch.nn.functional.normalize(key, dim=-1, eps=1e-12)
    reading = torch.softmax((direction @ slots.mT) * scale, dim=-1)
    return reading @ slots, reading


def access(
    state: MemoryState,
    key: Float[Tensor, "episode head width"],
    content: Float[Tensor, "episode head width"],
    gate: Float[Tensor, "episode head 1"],
    strength: Float[Tensor, "episode head 1"],
    decay: float,
) -> tuple[Float[Tensor, "episode head width"], MemoryState]:
    r"""Take one step: write, then read, then count the use.

    A. Santoro, S. Bartunov, M. Botvinick, D. Wierstra and T. Lillicrap, "Meta-Learning with Memory-Augmented Neural
    Networks", 2016, arXiv:1605.06065, sections 3.1 and 3.2:

    .. math::
        w^w_t &= g \, w^r_{t-1} + (1 - g) \, w^{lu}_{t-1}, \qquad
        M_t(i) = M_{t-1}(i) \, [w^{lu}_{t-1}(i) = 0] + \sum_{\mathrm{heads}} w^w_t(i) \, a_t, \\
        w^r_t(i) &= \mathrm{softmax}_i(\beta \cos(k_t, M_t(i))), \qquad r_t = \sum_i w^r_t(i) M_t(i), \\
        w^u_t &= \gamma w^u_{t-1} + \sum_{\mathrm{heads}} (w^r_t + w^w_t)

    with :math:`w^{lu}` marking the least-used slots. The cosine has :math:`\sqrt{|M_t(i)|^2 + 10^{-4}}` for the length
    of a slot, so that an empty one gets zero.

    Parameters
    ----------
    state : MemoryState
        Of the step before.
    key, content : Tensor of shape (episode, head, width)
        :math:`k_t`, and :math:`a_t`, what each head writes.
    gate, strength : Tensor of shape (episode, head, 1)
        :math:`g = \sigma(\alpha)`, from 0 for the least-used slot to 1 for what was read, and :math:`\beta`, above 0.
    decay : float in [0, 1]
        :math:`\gamma`.

    Returns
    -------
    found, state : Tensor of shape (episode, head, width) and MemoryState
        :math:`r_t`, what each head read, and the memory after the step.
    """
    slots, writing = _write(state, content, gate)
    found, reading = _read(slots, key, strength)
    # Usage only picks slots, which has no gradient.
    usage = decay * state.usage + (reading.detach() + writing.detach()).sum(1)
    return found, MemoryState(slots, reading, usage)
