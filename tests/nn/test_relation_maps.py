"""The convolutional relation module against a loop over pairs, and statistics of a batch."""

import pytest
import torch
from torch import nn

import zsl.nn.relation_maps
from zsl.nn.relation_maps import RelationMaps
from zsl.nn.support_norm import with_batch_statistics


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def module(map_shape=(3, 5, 5), training=False):
    built = RelationMaps(map_shape, width=6, hidden=4, generator=seeded()).double().train(training)
    generator = seeded(1)
    with torch.no_grad():
        for norm in (built.first_norm, built.second_norm):
            norm.weight.normal_(generator=generator)
            norm.bias.normal_(generator=generator)
            norm.running_mean.normal_(generator=generator)
            norm.running_var.uniform_(0.5, 2, generator=generator)
        for layer in (built.hidden, built.out):
            layer.weight.normal_(generator=generator)
            layer.bias.uniform_(0, 1, generator=generator)
    return built


def maps(n_episode, n_query, n_way, map_shape=(3, 5, 5)):
    width = map_shape[0] * map_shape[1] * map_shape[2]
    return tuple(
        torch.randn(n_episode, n, width, generator=seeded(seed), dtype=torch.float64)
        for seed, n in enumerate((n_query, n_way), 2)
    )


def by_pairs(built, queries, classes):
    """One convolution on the stacked maps of each pair, then the rest of the paper's module."""
    weight = torch.cat([built.query_half.weight, built.class_half.weight], dim=1)
    stacked, padding = [], weight.shape[-1] // 2
    for episode in range(len(queries)):
        for query in queries[episode]:
            for one in classes[episode]:
                stacked.append(torch.cat([query.view(built.map_shape), one.view(built.map_shape)]))
    made = nn.functional.conv2d(torch.stack(stacked), weight, padding=padding)
    for norm, following in ((built.first_norm, built.second), (built.second_norm, None)):
        mean, variance = norm.running_mean, norm.running_var
        if norm.training:
            mean, variance = made.mean((0, 2, 3)), made.var((0, 2, 3), unbiased=False)
        made = (made - mean[:, None, None]) / (variance + norm.eps).sqrt()[:, None, None]
        made = torch.relu(made * norm.weight[:, None, None] + norm.bias[:, None, None])
        made = nn.functional.max_pool2d(made, [min(2, side) for side in made.shape[2:]])
        if following is not None:
            made = nn.functional.conv2d(made, following.weight, padding=padding)
    hidden = torch.relu(made.flatten(1) @ built.hidden.weight.T + built.hidden.bias)
    scores = hidden @ built.out.weight.T + built.out.bias
    return scores.view(len(queries), queries.shape[1], classes.shape[1])


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("map_shape", [(3, 5, 5), (2, 1, 1), (2, 3, 1), (2, 2, 9), (4, 8, 8)])
def test_scores_equal_a_loop_over_stacked_pairs(map_shape, training):
    built, given = module(map_shape, training), maps(2, 4, 3, map_shape)
    expected = by_pairs(built, *given)
    found = built(*given)
    assert found.shape == (2, 4, 3)
    torch.testing.assert_close(found, expected)
    assert found.std() > 1e-3


def test_maps_of_one_pixel_have_no_weights_for_padding():
    one, more = module((2, 1, 1)), module((2, 2, 1))
    for layer in ("query_half", "class_half", "second"):
        assert getattr(one, layer).weight.shape[2:] == (1, 1)
        assert getattr(more, layer).weight.shape[2:] == (3, 3)


def test_blocks_equal_all_at_once(monkeypatch):
    built, given = module(), maps(2, 7, 3)
    whole = built(*given)
    sizes = []
    pairs = RelationMaps._pairs

    def counted(self, left, right):
        sizes.append(left.shape[1])
        return pairs(self, left, right)

    monkeypatch.setattr(RelationMaps, "_pairs", counted)
    monkeypatch.setattr(zsl.nn.relation_maps, "BLOCK_BYTES", 2 * 3 * 6 * 25 * 8 * 2)  # two queries of each episode
    torch.testing.assert_close(built(*given), whole)
    with torch.no_grad():
        torch.testing.assert_close(built(*given), whole)
    assert sizes == [2, 2, 2, 1] * 2
    monkeypatch.setattr(zsl.nn.relation_maps, "BLOCK_BYTES", 1)
    torch.testing.assert_close(built(*given), whole)


def test_training_takes_all_pairs_at_once(monkeypatch):
    built, given = module(training=True), maps(2, 7, 3)
    whole = built(*given)
    monkeypatch.setattr(zsl.nn.relation_maps, "BLOCK_BYTES", 1)
    assert torch.equal(built(*given), whole)


def test_gradients_through_blocks_equal_those_at_once(monkeypatch):
    built, given = module(), maps(1, 5, 2)
    weights = torch.randn(1, 5, 2, generator=seeded(9), dtype=torch.float64)

    def gradients():
        built.zero_grad()
        (built(*given) * weights).sum().backward()
        return [p.grad.clone() for p in built.parameters()]

    whole = gradients()
    monkeypatch.setattr(zsl.nn.relation_maps, "BLOCK_BYTES", 1)
    torch.testing.assert_close(gradients(), whole)


@pytest.mark.parametrize("training", [False, True])
def test_gradients_reach_every_parameter(training):
    built, given = module(training=training), maps(2, 4, 3)
    (built(*given) * torch.randn(2, 4, 3, generator=seeded(9), dtype=torch.float64)).sum().backward()
    for name, parameter in built.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def test_scores_follow_the_classes_and_no_other_query():
    built, (queries, classes) = module(), maps(2, 5, 3)
    scores = built(queries, classes)
    torch.testing.assert_close(built(queries, classes[:, [2, 0, 1]]), scores[:, :, [2, 0, 1]])
    torch.testing.assert_close(built(queries[:, 3:4], classes), scores[:, 3:4])


def test_the_sum_of_both_halves_varies_as_one_convolution_would():
    built = RelationMaps((64, 5, 5), generator=seeded())
    variances = [half.weight.var().item() for half in (built.query_half, built.class_half)]
    assert sum(variances) == pytest.approx(2 / (64 * 9), rel=0.02)


def test_the_generator_alone_decides():
    before = torch.random.get_rng_state()
    first, second = (RelationMaps((3, 5, 5), generator=seeded(4)).state_dict() for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_statistics_of_the_batch_leave_the_stored_ones_alone():
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout(0.5)).eval()
    X = torch.randn(4, 1, 6, 6, generator=seeded())
    stored = {name: value.clone() for name, value in net.state_dict().items()}
    usual = net(X)
    found = with_batch_statistics(net)(X)
    torch.testing.assert_close(found.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)  # and nothing was dropped
    torch.testing.assert_close(found.var((0, 2, 3), unbiased=False), torch.ones(3), atol=1e-3, rtol=0)
    assert all(torch.equal(value, stored[name]) for name, value in net.state_dict().items())
    assert torch.equal(net(X), usual)
    assert not any(layer.training for layer in net.modules())
