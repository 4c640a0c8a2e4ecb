"""Episodes: who is drawn, how often, and that the generator alone decides."""

import pytest
import torch

from zsl.episodes.sampler import EpisodeSampler
from zsl.exceptions import InvalidInputError


def sampler(labels, n_query=10, seed=0):
    return EpisodeSampler(torch.tensor(labels), n_query, torch.Generator().manual_seed(seed))


def test_support_and_queries_are_disjoint_and_counted():
    labels = torch.tensor([0, 1, 2] * 7)
    drawing = sampler(labels.tolist())
    for _ in range(20):
        support, query = drawing.draw(3)
        assert torch.bincount(labels[support]).tolist() == [3, 3, 3]
        assert len(query) == 10
        assert not set(support.tolist()) & set(query.tolist())
        assert len(set(query.tolist())) == 10


def test_small_classes_keep_a_query():
    labels = [0, 0, 1, 1, 1, 2]
    support, query = sampler(labels).draw(5)
    drawn = torch.tensor(labels)[support].tolist()
    assert sorted(drawn) == [0, 1, 1, 2]  # the only sample of class 2 is support
    assert sorted(torch.tensor(labels)[query].tolist()) == [0, 1]


def test_single_images_serve_as_both():
    support, query = sampler([0, 1]).draw(1)
    assert sorted(support.tolist()) == sorted(query.tolist()) == [0, 1]


def test_zero_shots_pass_over_all_images():
    drawing = sampler([0, 1] * 12, n_query=10)
    passes = [drawing.draw(0) for _ in range(3)]
    assert all(len(support) == 0 for support, _ in passes)
    assert [len(query) for _, query in passes] == [10, 10, 4]
    assert sorted(torch.cat([query for _, query in passes]).tolist()) == list(range(24))


def test_every_image_is_drawn_in_the_end():
    drawing = sampler([0, 1] * 5, n_query=2)
    seen = set()
    for _ in range(60):
        support, query = drawing.draw(1)
        seen |= {("s", i) for i in support.tolist()} | {("q", i) for i in query.tolist()}
    assert len(seen) == 20


def test_the_generator_alone_decides():
    before = torch.random.get_rng_state()
    first, second = (sampler([0, 1, 2] * 5, seed=7).draw(2) for _ in range(2))
    assert all(torch.equal(left, right) for left, right in zip(first, second, strict=True))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_class_without_images():
    with pytest.raises(InvalidInputError, match="no sample of class 1"):
        sampler([0, 2])
