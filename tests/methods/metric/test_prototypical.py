"""Prototypical networks: the nearest class mean of scikit-learn, laws, the loss by hand."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestCentroid
from torch import nn

from zsl.methods.metric.prototypical import PrototypicalNetwork

LABEL = torch.tensor([[0, 2, 1, 2, 0, 2], [1, 1, 0, 2, 1, 0]])  # another number of samples per class in each episode


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_predictions_are_those_of_the_nearest_centroid():
    support, query = draw(2, 6, 4), draw(2, 50, 4, seed=2)
    scores = PrototypicalNetwork(None).scores(support, LABEL, query, 3)
    for episode in range(2):
        peer = NearestCentroid().fit(support[episode].numpy(), LABEL[episode].numpy())
        assert scores[episode].argmax(1).tolist() == peer.predict(query[episode].numpy()).tolist()
        apart = np.linalg.norm(query[episode].numpy()[:, None] - peer.centroids_, axis=2)
        np.testing.assert_allclose(scores[episode].numpy(), -(apart**2))


def test_cosines_by_hand():
    support, query = draw(2, 6, 4), draw(2, 5, 4, seed=2)
    scores = PrototypicalNetwork(None, distance="cosine").scores(support, LABEL, query, 3)
    for episode in range(2):
        for c in range(3):
            centre = support[episode][LABEL[episode] == c].mean(0)
            for place, one in enumerate(query[episode]):
                expected = 10 * (one @ centre) / (one.norm() * centre.norm())
                torch.testing.assert_close(scores[episode, place, c], expected)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_laws(distance):
    method, support, query = PrototypicalNetwork(None, distance=distance), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    scores = method.scores(support, LABEL, query, 3)
    order = torch.tensor([4, 0, 3, 5, 1, 2])
    torch.testing.assert_close(method.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(method.scores(support, (LABEL + 1) % 3, query, 3), scores[:, :, [2, 0, 1]])
    torch.testing.assert_close(method.scores(support, LABEL, query[:, 2:3], 3), scores[:, 2:3])
    assert torch.equal(method.scores(support, LABEL, query, 3, draw(2, 4, 4)), scores)
    assert not method.transductive


def test_loss_is_the_cross_entropy_of_minus_squared_distances():
    support = torch.tensor([[[0.0, 0.0], [2.0, 0.0]]])
    query = torch.tensor([[[0.0, 1.0], [1.5, 0.0]]])  # squared distances 1 and 5, 2.25 and 0.25
    loss = PrototypicalNetwork(None).loss(support, torch.tensor([[0, 1]]), query, torch.tensor([[0, 0]]), 2)
    expected = (np.log(1 + np.exp(-4)) + np.log(1 + np.exp(2))) / 2
    assert loss.item() == pytest.approx(expected, rel=1e-6)


def test_images_go_through_the_backbone():
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    method = PrototypicalNetwork(backbone)
    images = torch.rand(4, 1, 3, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(method.embed(images), backbone(images))
    assert torch.equal(PrototypicalNetwork(None).embed(images.flatten(1)), images.flatten(1))
    loss = method.loss(
        method.embed(images[:2])[None],
        torch.tensor([[0, 1]]),
        method.embed(images[2:])[None],
        torch.tensor([[0, 1]]),
        2,
    )
    loss.backward()
    assert backbone[1].weight.grad.abs().max() > 0
