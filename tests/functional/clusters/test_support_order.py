"""An order of the support by its content, against one written in plain Python."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from zsl.functional.clusters.support_order import canonical_order


def by_hand(support, label, direction, n_way):
    """Classes by their mean projection; then the first sample of each class in turn, the second, and so on."""
    projection = [float(np.dot(row, direction)) for row in support]
    members = {way: sorted(np.flatnonzero(label == way), key=lambda i: projection[i]) for way in range(n_way)}
    ranked = sorted(range(n_way), key=lambda way: np.mean([projection[i] for i in members[way]]))
    longest = max(map(len, members.values()))
    order = [members[way][turn] for turn in range(longest) for way in ranked if turn < len(members[way])]
    return order, [ranked.index(way) for way in range(n_way)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 3), st.integers(0, 2**16))
def test_classes_by_mean_projection_and_one_sample_of_each_in_turn(shots, n_episode, seed):
    rng = np.random.default_rng(seed)
    support = rng.normal(size=(n_episode, sum(shots), 3))
    labels = np.stack([rng.permutation(np.repeat(np.arange(len(shots)), shots)) for _ in range(n_episode)])
    direction = rng.normal(size=3)
    order, rank = canonical_order(
        torch.as_tensor(support), torch.as_tensor(labels), torch.as_tensor(direction), len(shots)
    )
    for episode in range(n_episode):
        wanted_order, wanted_rank = by_hand(support[episode], labels[episode], direction, len(shots))
        assert_array_equal(order[episode], wanted_order)
        assert_array_equal(rank[episode], wanted_rank)


def test_equal_projections_stay_in_the_order_they_came_in():
    support = torch.ones(1, 40, 2)
    label = torch.arange(40)[None] % 2
    order, rank = canonical_order(support, label, torch.ones(2), 2)
    assert order[0].tolist() == list(range(40))
    assert rank.tolist() == [[0, 1]]


def test_the_order_passes_no_gradient():
    support = torch.randn(1, 4, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    order, rank = canonical_order(support, torch.tensor([[0, 1, 0, 1]]), torch.ones(2), 2)
    assert not order.requires_grad
    assert not rank.requires_grad
