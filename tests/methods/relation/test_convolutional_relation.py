"""Relation networks on images: scores from their parts, losses by hand, statistics of the batch."""

import math

import pytest
import torch
from torch import nn

from zsl.methods.relation.convolutional_relation import ConvolutionalRelationNetwork
from zsl.nn.backbones import Conv4

LABEL = torch.tensor([[0, 2, 1, 2, 0, 2], [1, 1, 0, 2, 1, 0]])
SHAPE = (3, 4, 5)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def network(backbone=None, map_shape=SHAPE, fresh=False, **options):
    built = ConvolutionalRelationNetwork(backbone, map_shape=map_shape, generator=seeded(), **options).double().eval()
    if not fresh:
        generator = seeded(1)
        with torch.no_grad():
            for layer in (built.relation.hidden, built.relation.out):
                layer.weight.normal_(generator=generator)
                layer.bias.uniform_(0, 1, generator=generator)
            for norm in (built.relation.first_norm, built.relation.second_norm):
                norm.running_mean.normal_(generator=generator)
                norm.running_var.uniform_(0.5, 2, generator=generator)
    return built


def means(support, n_way=3):
    return torch.stack(
        [torch.stack([s[lab == c].mean(0) for c in range(n_way)]) for s, lab in zip(support, LABEL, strict=True)]
    )


def test_starts_as_the_mean_squared_distance_of_a_place_of_the_map():
    built, support, query = network(fresh=True), draw(2, 6, 60), draw(2, 4, 60, seed=2)
    apart = (query[:, :, None] - means(support)[:, None]).square().sum(-1)
    torch.testing.assert_close(built.scores(support, LABEL, query, 3), -apart / 20)


@pytest.mark.parametrize("similarity", ["both", "relation"])
@pytest.mark.parametrize("pooling", ["mean", "sum"])
def test_scores_from_their_parts(similarity, pooling):
    built = network(similarity=similarity, pooling=pooling)
    support, query = draw(2, 6, 60), draw(2, 4, 60, seed=2)
    classes = means(support)
    if pooling == "sum":
        counts = torch.tensor([[2, 1, 3], [2, 3, 1]])
        classes = classes * counts[..., None]
    expected = built.relation(query, classes)
    if similarity == "both":
        with torch.no_grad():
            built.log_scale.fill_(-1.5)
        expected = expected - math.exp(-1.5) * (query[:, :, None] - classes[:, None]).square().sum(-1)
    torch.testing.assert_close(built.scores(support, LABEL, query, 3), expected)


def test_laws():
    built, support, query = network(), draw(2, 6, 60), draw(2, 5, 60, seed=2)
    scores = built.scores(support, LABEL, query, 3)
    order = torch.tensor([4, 0, 3, 5, 1, 2])
    torch.testing.assert_close(built.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(built.scores(support, (LABEL + 1) % 3, query, 3), scores[:, :, [2, 0, 1]])
    torch.testing.assert_close(built.scores(support, LABEL, query[:, 2:3], 3), scores[:, 2:3])
    assert torch.equal(built.scores(support, LABEL, query, 3, draw(2, 4, 60)), scores)
    assert (built.transductive, built.batch_statistics) == (False, False)


def test_losses_by_hand():
    support, query, query_label = draw(2, 6, 60), draw(2, 4, 60, seed=2), torch.tensor([[0, 1, 2, 2], [2, 0, 0, 1]])
    squared, entropy = network(loss="mse"), network()
    scores = squared.scores(support, LABEL, query, 3)
    total = torch.zeros(2, dtype=torch.float64)
    for e in range(2):
        for j in range(4):
            for c in range(3):
                wanted = float(query_label[e, j] == c)
                total[0] += (1 / (1 + torch.exp(-scores[e, j, c])) - wanted) ** 2 / 24
            total[1] += (scores[e, j].exp().sum().log() - scores[e, j, query_label[e, j]]) / 8
    torch.testing.assert_close(squared.loss(support, LABEL, query, query_label, 3), total[0])
    torch.testing.assert_close(entropy.loss(support, LABEL, query, query_label, 3), total[1])


@pytest.mark.parametrize("training", [False, True])
def test_gradients_reach_every_parameter(training):
    backbone = Conv4((1, 14, 14), width=4, maps=True, generator=seeded(3))
    built = network(backbone, backbone.map_shape, loss="mse").train(training)
    images = draw(10, 1, 14, 14)
    embedded = built.embed(images)
    label, query_label = torch.tensor([[0, 0, 1, 1]]), torch.tensor([[0, 1, 0, 1, 0, 1]])
    built.loss(embedded[None, :4], label, embedded[None, 4:], query_label, 2).backward()
    for name, parameter in built.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def images_and_network(**options):
    backbone = Conv4((1, 14, 14), width=4, maps=True, generator=seeded(3)).double()
    built = network(backbone, backbone.map_shape, **options)
    return built, draw(6, 1, 14, 14), draw(8, 1, 14, 14, seed=2)


def predict(built, support, query):
    label = torch.tensor([[0, 1, 2, 0, 1, 2]])
    with torch.no_grad():
        return built.scores(built.embed(support)[None], label, built.embed(query)[None], 3)[0]


def test_stored_statistics_make_a_query_stand_alone():
    built, support, query = images_and_network()
    scores = predict(built, support, query)
    torch.testing.assert_close(predict(built, support, query[:1]), scores[:1])


def test_statistics_of_the_batch_make_queries_depend_on_one_another():
    built, support, query = images_and_network(transductive=True)
    assert (built.transductive, built.batch_statistics) == (True, True)
    stored = {name: value.clone() for name, value in built.state_dict().items()}
    scores = predict(built, support, query)
    assert (predict(built, support, query[:4]) - scores[:4]).abs().max() > 1e-3
    usual, _, _ = images_and_network()
    assert (predict(usual, support, query) - scores).abs().max() > 1e-3
    assert all(torch.equal(value, stored[name]) for name, value in built.state_dict().items())
    assert not any(module.training for module in built.modules())


def test_statistics_of_the_batch_are_those_of_training():
    built, support, query = images_and_network(transductive=True)
    scores = predict(built, support, query)
    torch.testing.assert_close(predict(built.train(), support, query), scores)


def test_training_updates_the_stored_statistics_even_of_a_transductive_network():
    built, support, _ = images_and_network(transductive=True)
    before = built.backbone.blocks[0].norm.running_mean.clone()
    built.train().embed(support)
    assert not torch.equal(built.backbone.blocks[0].norm.running_mean, before)


def test_without_a_backbone_maps_come_embedded():
    vectors = draw(3, 60)
    assert torch.equal(network().embed(vectors), vectors)
    assert isinstance(network().backbone, nn.Identity)


def test_bytes_go_through_the_backbone():
    backbone = nn.Sequential(nn.Flatten())
    pixels = torch.randint(0, 256, (2, 3, 4, 5), generator=seeded()).to(torch.uint8)
    scaled = ConvolutionalRelationNetwork(
        nn.Sequential(_Halved(), backbone), map_shape=SHAPE, generator=seeded()
    ).embed(pixels)
    torch.testing.assert_close(scaled, pixels.flatten(1) / 2)


class _Halved(nn.Module):
    def forward(self, X):
        return X / 2
