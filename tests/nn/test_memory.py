"""The external memory, worked by hand on three slots of two numbers."""

import math

import pytest
import torch
from torch.testing import assert_close

from zsl.nn.memory import MemoryState, _least_used, _read, _write, access, empty_memory

STATE = MemoryState(
    slots=torch.tensor([[[3.0, 4.0], [0.0, 2.0], [5.0, 0.0]]], dtype=torch.float64),
    reading=torch.tensor([[[0.5, 0.25, 0.25]]], dtype=torch.float64),
    usage=torch.tensor([[0.9, 0.2, 0.4]], dtype=torch.float64),
)
CONTENT = torch.tensor([[[4.0, -4.0]]], dtype=torch.float64)
GATE = torch.tensor([[[0.75]]], dtype=torch.float64)


def test_write_by_hand():
    """The second slot is used least: it is emptied, and gets a quarter; what was read last gets three quarters."""
    slots, writing = _write(STATE, CONTENT, GATE)
    assert_close(writing, torch.tensor([[[0.375, 0.1875 + 0.25, 0.1875]]], dtype=torch.float64))
    expected = [[3 + 1.5, 4 - 1.5], [1.75, -1.75], [5 + 0.75, -0.75]]
    assert_close(slots, torch.tensor([expected], dtype=torch.float64))


@pytest.mark.parametrize(("gate", "place"), [(0.0, 1), (1.0, 0)])
def test_a_shut_or_open_gate(gate, place):
    """Shut, all goes to the least-used slot; open, all to what was read, here the first slot alone."""
    state = MemoryState(STATE.slots, torch.tensor([[[1.0, 0, 0]]], dtype=torch.float64), STATE.usage)
    slots, writing = _write(state, CONTENT, torch.full((1, 1, 1), gate, dtype=torch.float64))
    assert writing[0, 0].tolist() == [float(i == place) for i in range(3)]
    kept = [[3.0, 4.0], [0.0, 0.0], [5.0, 0.0]]
    kept[place] = [kept[place][0] + 4, kept[place][1] - 4]
    assert slots[0].tolist() == kept


def test_read_by_hand():
    """Cosines of the key (0, 2) are 0.8, 1 and 0; an empty slot would have 0, too."""
    key, strength = torch.tensor([[[0.0, 2.0]]], dtype=torch.float64), torch.tensor([[[2.0]]], dtype=torch.float64)
    found, reading = _read(STATE.slots, key, strength)
    weights = [math.exp(1.6), math.exp(2.0), 1.0]
    shares = [weight / sum(weights) for weight in weights]
    assert_close(reading[0, 0], torch.tensor(shares, dtype=torch.float64), rtol=1e-4, atol=0)
    expected = [3 * shares[0] + 5 * shares[2], 4 * shares[0] + 2 * shares[1]]
    assert_close(found[0, 0], torch.tensor(expected, dtype=torch.float64), rtol=1e-4, atol=0)
    empty = torch.zeros_like(STATE.slots)
    assert _read(empty, key, strength)[1].tolist() == [[[1 / 3] * 3]]


def test_a_step_writes_reads_and_counts():
    key, strength = torch.tensor([[[0.0, 2.0]]], dtype=torch.float64), torch.tensor([[[2.0]]], dtype=torch.float64)
    found, after = access(STATE, key, CONTENT, GATE, strength, 0.5)
    slots, writing = _write(STATE, CONTENT, GATE)
    expected, reading = _read(slots, key, strength)
    assert_close(found, expected)
    assert_close(after.slots, slots)
    assert_close(after.reading, reading)
    assert_close(after.usage[0], 0.5 * STATE.usage[0] + reading[0, 0] + writing[0, 0])


def test_heads_have_least_used_slots_of_their_own():
    usage = torch.tensor([[0.9, 0.2, 0.4], [0.0, 1.0, 0.0]])
    marked = _least_used(usage, 2)
    assert marked.tolist() == [[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, 1]]]


def test_two_heads_write_the_sum():
    state = empty_memory(1, 3, 2, 2, CONTENT)
    content = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], dtype=torch.float64)
    slots, _ = _write(state, content, torch.tensor([[[0.0], [0.5]]], dtype=torch.float64))
    assert slots[0].tolist() == [[1, 2], [1.5, 2], [0, 0]]
    usage, last = torch.tensor([[1.0, 2, 3]]).double(), torch.tensor([[[0.0, 0, 1], [0, 0, 1]]]).double()
    state = MemoryState(slots, last, usage)
    slots, _ = _write(state, content, torch.ones(1, 2, 1, dtype=torch.float64))
    assert slots[0].tolist() == [[0, 0], [0, 0], [4, 6]]


def test_gradients_at_an_empty_memory_are_bounded():
    key, content = (
        torch.randn(4, 2, 5, generator=torch.Generator().manual_seed(s), requires_grad=True) for s in (0, 1)
    )
    gate, strength = torch.full((4, 2, 1), 0.5, requires_grad=True), torch.full((4, 2, 1), 5.0, requires_grad=True)
    state = empty_memory(4, 8, 5, 2, key)
    total = torch.zeros(())
    for _ in range(3):
        found, state = access(state, key, content, gate, strength, 0.99)
        total = total + found.square().sum()
    total.backward()
    for part in (key, content, gate, strength):
        assert 0 < part.grad.abs().max() < 1e3


def test_episodes_do_not_mix():
    generator = torch.Generator().manual_seed(0)
    key, content = torch.randn(2, 3, 2, 4, generator=generator)
    gate, strength = torch.rand(2, 3, 2, 1, generator=generator)
    state = empty_memory(3, 6, 4, 2, key)
    alone = empty_memory(1, 6, 4, 2, key)
    for _ in range(3):
        found, state = access(state, key, content, gate, strength + 1, 0.9)
        single, alone = access(alone, key[1:2], content[1:2], gate[1:2], strength[1:2] + 1, 0.9)
    assert_close(found[1:2], single)
    assert_close(state.usage[1:2], alone.usage)
