"""The relation network inside: representations, episodes, gradients."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from zsl.episodes.sampler import Episode
from zsl.methods.relation.episodic_relation import RelationNetwork, _noise


def network(n_attributes=3, similarity="both", **options):
    return RelationNetwork(
        4,
        n_attributes,
        mapper_hidden=(6,),
        relation_hidden=(5,),
        similarity=similarity,
        scale=5.0,
        offset=0.0,
        prior_strength=2.0,
        **{"encoder": None, "generator": torch.Generator().manual_seed(0)} | options,
    )


def episode(shots):
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(3).repeat_interleave(shots)
    return Episode(
        torch.randn(8, 4, generator=generator),
        torch.arange(8) % 3,
        torch.randn(3 * shots, 4, generator=generator),
        labels,
        torch.randn(3, 3, generator=generator),
    )


def scores(built, shown, noise=0.0):
    return built(shown, n_class=3, feature_noise=noise, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("shots", [0, 2])
@pytest.mark.parametrize("similarity", ["both", "metric", "relation"])
def test_gradients_reach_every_parameter(shots, similarity):
    built = network(similarity=similarity)
    optimizer = torch.optim.SGD(built.parameters(), lr=0.1)
    for step in range(2):  # the relation term starts at zero, so that its inner weights get gradients from step 2 on
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(scores(built, episode(shots)), episode(shots).query_label)
        (loss + scores(built, episode(shots)).sum()).backward()
        if step == 0:
            optimizer.step()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in built.parameters())


def test_representation_is_the_posterior_mean():
    built, shown = network(), episode(2)
    embedded = built.embed(shown.support)
    sums, counts = embedded.reshape(3, 2, 4).sum(dim=1), torch.full((3,), 2.0)
    expected = (2.0 * built.mapper(shown.semantics) + sums) / 4.0
    torch.testing.assert_close(built.represent(shown.semantics, sums, counts), expected)
    described = torch.tensor([1.0, 0.0, 1.0])
    mixed = built.represent(shown.semantics, sums, counts, described)
    torch.testing.assert_close(mixed[1], sums[1] / 2)
    torch.testing.assert_close(mixed[0], expected[0])
    torch.testing.assert_close(network(None).represent(None, sums, counts), sums / 2)


def test_zero_shots_are_the_mapped_semantics():
    built, shown = network(similarity="metric"), episode(0)
    expected = 5 * built.embed(shown.query) @ built.mapper(shown.semantics).T
    torch.testing.assert_close(scores(built, shown), expected)


def test_order_of_classes_and_of_the_support():
    built, shown = network(), episode(2)
    before = scores(built, shown)
    order = torch.tensor([2, 0, 1])
    semantics, place = shown.semantics[order], torch.argsort(order)
    permuted = replace(shown, semantics=semantics, support_label=place[shown.support_label])
    torch.testing.assert_close(scores(built, permuted), before[:, order])
    shuffle = torch.randperm(6, generator=torch.Generator().manual_seed(3))
    shuffled = replace(shown, support=shown.support[shuffle], support_label=shown.support_label[shuffle])
    torch.testing.assert_close(scores(built, shuffled), before)


def test_cosine_without_semantics_is_a_prototypical_network():
    shown = replace(episode(3), semantics=None)
    found = scores(network(None, similarity="metric"), shown)
    means = (shown.support / shown.support.norm(dim=1, keepdim=True)).reshape(3, 3, 4).mean(dim=1)
    torch.testing.assert_close(found, 5 * torch.cosine_similarity(shown.query[:, None], means, dim=2))


def test_noise_comes_from_the_generator_and_has_the_length_asked_for():
    drawn = _noise(torch.zeros(2000, 50), 0.5, torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn.square().sum(dim=1).mean(), torch.tensor(0.25), rtol=0.02, atol=0)
    built, shown = network(), episode(1)
    assert torch.equal(scores(built, shown, 0.5), scores(built, shown, 0.5))
    assert not torch.equal(scores(built, shown, 0.5), scores(built, shown))


def test_building_touches_no_global_random_state():
    before = torch.random.get_rng_state()
    first, second = (network(similarity="relation").state_dict() for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_encoder_embeds_queries_and_support():
    built, plain = network(encoder=nn.Identity()), network()
    torch.testing.assert_close(scores(built, episode(2)), scores(plain, episode(2)))
    torch.manual_seed(0)
    wide = network(encoder=nn.Linear(7, 4))
    assert wide.embed(torch.ones(2, 7)).shape == (2, 4)
    torch.testing.assert_close(wide.embed(torch.ones(2, 7)).norm(dim=1), torch.ones(2))
