"""Matching networks: attention written by hand, laws, wrong arguments."""

import numpy as np
import pytest
import torch
from torch import nn

from zsl.exceptions import InvalidInputError
from zsl.methods.metric.matching import MatchingNetwork

LABEL = torch.tensor([[0, 2, 1, 2, 0, 2], [1, 1, 0, 2, 1, 0]])  # another number of samples per class in each episode


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network(full_context=False, **options):
    defaults = {"n_features": 4, "generator": torch.Generator().manual_seed(0)}
    return MatchingNetwork(None, full_context=full_context, **defaults | options).double()


def by_hand(support, label, query, n_way, scale):
    """Cosine attention, one pair at a time."""
    out = np.zeros((len(query), len(query[0]), n_way))
    for e in range(len(query)):
        for j, q in enumerate(query[e]):
            weights = [np.exp(scale * (q @ x) / np.sqrt((q @ q) * (x @ x))) for x in support[e]]
            for weight, c in zip(weights, label[e], strict=True):
                out[e, j, c] += weight / sum(weights)
    return np.log(out)


@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_scores_without_context_are_cosine_attention(scale):
    support, query = draw(2, 6, 4), draw(2, 5, 4, seed=2)
    expected = by_hand(support.numpy(), LABEL.numpy(), query.numpy(), 3, scale)
    scores = network(scale=scale).scores(support, LABEL, query, 3)
    np.testing.assert_allclose(scores.detach().numpy(), expected, rtol=1e-6)


def test_scores_with_context_are_cosine_attention_of_embeddings_in_context():
    built, support, query = network(True, n_reads=2), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    g = built.support_context(support)
    f = built.query_context(query, g)
    assert built.query_context.n_reads == 2
    expected = by_hand(g.detach().numpy(), LABEL.numpy(), f.detach().numpy(), 3, 10.0)
    np.testing.assert_allclose(built.scores(support, LABEL, query, 3).detach().numpy(), expected, rtol=1e-6)


def test_two_images_outweigh_one_as_near():
    support, query = torch.tensor([[[1.0, 0], [0, 1], [0, 1]]]), torch.tensor([[[1.0, 1]]])
    built = MatchingNetwork(None, n_features=2, full_context=False, generator=torch.Generator())
    scores = built.scores(support, torch.tensor([[0, 1, 1]]), query, 2)
    torch.testing.assert_close(scores.exp(), torch.tensor([[[1 / 3, 2 / 3]]]))


def test_far_classes_do_not_underflow():
    built = MatchingNetwork(None, n_features=2, full_context=False, scale=500.0, generator=torch.Generator())
    support, query = torch.tensor([[[1.0, 0], [-1, 0]]]), torch.tensor([[[1.0, 0]]], requires_grad=True)
    scores = built.scores(support, torch.tensor([[0, 1]]), query, 2)
    torch.testing.assert_close(scores, torch.tensor([[[0.0, -1000]]]))
    scores.sum().backward()
    assert torch.isfinite(query.grad).all()


def test_loss_is_the_mean_negative_log_probability():
    support, query, truth = draw(2, 6, 4), draw(2, 5, 4, seed=2), torch.tensor([[0, 1, 2, 0, 1], [2, 2, 1, 0, 0]])
    scores = network().scores(support, LABEL, query, 3)
    expected = -sum(scores[e, j, truth[e, j]] for e in range(2) for j in range(5)) / 10
    torch.testing.assert_close(network().loss(support, LABEL, query, truth, 3), expected)


@pytest.mark.parametrize("full_context", [False, True])
def test_laws(full_context):
    built, support, query = network(full_context), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    scores = built.scores(support, LABEL, query, 3)
    torch.testing.assert_close(scores.exp().sum(-1), torch.ones(2, 5).double())
    order, renumbered = torch.tensor([4, 2, 0, 5, 3, 1]), torch.tensor([2, 0, 1])
    torch.testing.assert_close(built.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(built.scores(support, renumbered[LABEL], query, 3)[..., renumbered], scores)
    torch.testing.assert_close(built.scores(support, LABEL, query[:, 2:3], 3), scores[:, 2:3])
    torch.testing.assert_close(built.scores(support[1:], LABEL[1:], query[1:], 3), scores[1:])


def test_order_does_not_matter_for_one_image_under_two_labels():
    built, support, query = network(True), draw(1, 4, 4), draw(1, 3, 4, seed=2)
    support[0, 1] = support[0, 0]
    label, order = torch.tensor([[0, 1, 1, 0]]), torch.tensor([1, 0, 2, 3])
    scores = built.scores(support, label, query, 2)
    torch.testing.assert_close(built.scores(support[:, order], label[:, order], query, 2), scores)


@pytest.mark.parametrize("full_context", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_reach_every_parameter(full_context, dtype):
    built = MatchingNetwork(
        nn.Linear(7, 4), n_features=4, full_context=full_context, generator=torch.Generator().manual_seed(0)
    ).to(dtype)
    support, query = (built.embed(draw(12, 7, seed=s).to(dtype)).unflatten(0, (2, 6)) for s in (1, 2))
    loss = built.loss(support, LABEL, query, LABEL.flip(1), 3)
    assert loss.dtype == dtype
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in built.parameters())
    assert "log_scale" in dict(built.named_parameters())


@pytest.mark.parametrize(
    ("options", "text"),
    [({"n_features": 0}, "n_features=0"), ({"n_reads": 0}, "n_reads=0"), ({"scale": 0.0}, "scale=0.0")],
)
def test_wrong_arguments(options, text):
    with pytest.raises(InvalidInputError, match=text):
        network(True, **options)
