"""Represented classes, each computed once."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
import torch

from zsl.classes import represented as _represented
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import RepresentedClasses

N = 10


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(_represented, "BLOCK_CLASSES", 4)
    empty = ClassRegistry.of_seen(np.array([], dtype=int), 2, 3)
    return empty.with_semantics(np.arange(N), np.arange(2.0 * N).reshape(N, 2))


class Counting:
    """Represents by the semantics and the support, and counts the classes."""

    def __init__(self):
        self.n, self.most = 0, 0

    def __call__(self, classes):
        self.n += len(classes)
        self.most = max(self.most, len(classes))
        return torch.as_tensor(np.hstack([classes.semantics, classes.sums]) / 3)


def joined(memory, classes, represent):
    parts = list(memory.blocks(classes, represent))
    assert [cut.start for cut, _ in parts] == list(range(0, len(classes), 4))
    return torch.cat([rows for _, rows in parts])


def wanted(classes):
    return Counting()(classes).float().double()


def test_they_are_represented_in_blocks_and_once(registry):
    memory, represent = RepresentedClasses(), Counting()
    for _ in range(2):
        assert torch.equal(joined(memory, registry, represent), wanted(registry))
    assert (represent.n, represent.most) == (N, 4)
    assert torch.equal(memory.some(registry, np.array([7, 0]), represent), wanted(registry)[[7, 0]])
    assert represent.n == N


def test_one_block_stays_in_double_precision(registry):
    few = registry.take(np.arange(4))
    memory, represent = RepresentedClasses(), Counting()
    assert torch.equal(memory.some(few, np.array([3]), represent), Counting()(few)[[3]])
    assert torch.equal(joined(memory, few, represent), Counting()(few))
    assert torch.equal(memory.some(few, np.array([3]), represent), Counting()(few)[[3]])


def test_only_what_changed_is_represented_again(registry):
    memory, represent = RepresentedClasses(), Counting()
    joined(memory, registry, represent)
    more = registry.with_semantics(np.array([-1, 40]), np.ones((2, 2)))
    more = more.with_support(np.array([5, 5]), np.ones((2, 3)))
    memory.follow(registry, more, [np.array([-1, 40]), np.array([5, 5])], represent)
    assert represent.n == N + 3
    assert torch.equal(joined(memory, more, represent), wanted(more))
    fewer = more.take(np.arange(1, len(more)))
    memory.follow(more, fewer, [], represent)
    assert torch.equal(joined(memory, fewer, represent), wanted(fewer))
    assert represent.n == N + 3


def test_nothing_is_remembered_beyond_the_working_memory(registry):
    memory, represent = RepresentedClasses(), Counting()
    with sklearn.config_context(working_memory=(4 * 5 * N - 1) / 2**20):
        for times in (1, 2):
            assert torch.equal(joined(memory, registry, represent), wanted(registry))
            assert represent.n == times * N
        assert torch.equal(memory.some(registry, np.array([2]), represent), wanted(registry)[[2]])


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda memory: pickle.loads(pickle.dumps(memory))])
def test_copies_start_with_nothing(registry, again):
    memory, represent = RepresentedClasses(), Counting()
    joined(memory, registry, represent)
    assert torch.equal(joined(again(memory), registry, represent), wanted(registry))
    assert represent.n == 2 * N


def test_a_registry_that_is_let_go_is_forgotten(registry):
    memory, represent = RepresentedClasses(), Counting()
    other = registry.take(np.arange(N))
    joined(memory, other, represent)
    assert len(memory._many) == 1
    del other
    assert len(memory._many) == 0


def test_half_precision_is_kept_followed_and_bounded_by_its_bytes(registry):
    empty = ClassRegistry.of_seen(np.array([], dtype=int), 2, 3, np.float16)
    half = empty.with_semantics(registry.labels, registry.semantics)
    assert half.semantics.dtype == np.float16
    with sklearn.config_context(working_memory=(2 * 5 * N + 4 * N) / 2**20):
        memory, represent = RepresentedClasses(), Counting()
        first = joined(memory, half, represent)
        assert torch.equal(joined(memory, half, represent), first)
        assert represent.n == N
        more = half.with_semantics(np.array([-1]), np.ones((1, 2)))
        memory.follow(half, more, [np.array([-1])], represent)
        assert (represent.n, len(memory._many)) == (N, 1)
    memory.follow(half, more, [np.array([-1])], represent)
    assert represent.n == N + 1
    assert torch.equal(joined(memory, more, represent), joined(RepresentedClasses(), more, Counting()))
    error = (first - Counting()(half)).abs() / Counting()(half).clamp(min=1e-9)
    assert 0 < error.max() <= 2**-11
