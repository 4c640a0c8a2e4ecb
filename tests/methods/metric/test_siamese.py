"""Siamese networks: pairs one at a time, losses by hand, laws."""

import numpy as np
import pytest
import torch

from zsl.methods.metric.siamese import SiameseNetwork

LABEL = torch.tensor([[0, 2, 1, 2, 0, 2], [1, 1, 0, 2, 1, 0]])
QUERY_LABEL = torch.tensor([[0, 1, 2, 2], [2, 0, 0, 1]])


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network(loss="cross_entropy"):
    built = SiameseNetwork(None, n_features=5, loss=loss).double()
    if loss == "cross_entropy":
        with torch.no_grad():  # weights of both signs, and a zero
            built.weight.copy_(torch.tensor([-1.5, 0.7, -0.2, 0.0, 2.0]))
            built.offset.fill_(0.3)
    return built


def pairs_by_hand(built, query, support):
    found = np.zeros((len(query), len(query[0]), len(support[0])))
    for e in range(len(query)):
        for j, x in enumerate(query[e].numpy()):
            for i, other in enumerate(support[e].numpy()):
                if built.pair_loss == "contrastive":
                    found[e, j, i] = -np.sqrt(((x - other) ** 2).sum())
                else:
                    alpha = built.weight.detach().numpy() / np.sqrt(5)
                    found[e, j, i] = built.offset.item() + (alpha * np.abs(x - other)).sum()
    return found


def losses_by_hand(built, pairs):
    same, different = [], []
    for e in range(len(pairs)):
        for j, row in enumerate(pairs[e]):
            for i, value in enumerate(row):
                alike = QUERY_LABEL[e, j] == LABEL[e, i]
                if built.pair_loss == "contrastive":
                    each = value**2 if alike else max(0, 1 + value) ** 2
                else:
                    each = np.log1p(np.exp(-value if alike else value))
                (same if alike else different).append(each)
    return (np.mean(same) + np.mean(different)) / 2


@pytest.mark.parametrize("loss", ["cross_entropy", "contrastive"])
def test_pairs_scores_and_loss_by_hand(loss):
    built, support, query = network(loss), 0.4 * draw(2, 6, 5), 0.4 * draw(2, 4, 5, seed=2)
    pairs = pairs_by_hand(built, query, support)
    np.testing.assert_allclose(built.similarities(query, support).detach().numpy(), pairs, rtol=1e-6)
    scores = built.scores(support, LABEL, query, 3).detach().numpy()
    for e in range(2):
        for c in range(3):
            np.testing.assert_allclose(scores[e, :, c], pairs[e][:, LABEL[e].numpy() == c].max(axis=1), rtol=1e-6)
    found = built.loss(support, LABEL, query, QUERY_LABEL, 3).item()
    assert found == pytest.approx(losses_by_hand(built, pairs), rel=1e-6)
    if loss == "contrastive":
        assert pairs.min() < -1 < pairs.max()  # on both sides of the margin


def test_start_is_a_plain_distance_that_is_even_at_the_stated_place():
    built = SiameseNetwork(None, n_features=9)
    origin = torch.zeros(1, 1, 9)
    assert built.similarities(origin + 0.6, origin).item() == pytest.approx(0, abs=1e-6)
    found = built.similarities(torch.arange(4.0)[None, :, None].expand(1, 4, 9), origin)
    torch.testing.assert_close(found[0, :, 0].diff(), torch.full((3,), -3.0))  # -9 / sqrt(9) for each step


@pytest.mark.parametrize("loss", ["cross_entropy", "contrastive"])
def test_laws(loss):
    built, support, query = network(loss), draw(2, 6, 5), draw(2, 4, 5, seed=2)
    scores = built.scores(support, LABEL, query, 3)
    order = torch.tensor([4, 0, 3, 5, 1, 2])
    torch.testing.assert_close(built.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(built.scores(support, (LABEL + 1) % 3, query, 3), scores[:, :, [2, 0, 1]])
    torch.testing.assert_close(built.scores(support, LABEL, query[:, 2:3], 3), scores[:, 2:3])
    assert torch.equal(built.scores(support, LABEL, query, 3, draw(2, 4, 5)), scores)


@pytest.mark.parametrize("loss", ["cross_entropy", "contrastive"])
def test_gradients_are_right(loss):
    built, support, query = network(loss), 0.4 * draw(2, 6, 5), 0.4 * draw(2, 4, 5, seed=2)
    with torch.no_grad():
        if loss == "cross_entropy":
            built.weight[3] = -0.4  # a weight of zero has no gradient by differences
    support.requires_grad_()
    query.requires_grad_()

    def value(support, query, *parameters):
        return torch.func.functional_call(built, dict(zip(names, parameters, strict=True)), (support, query))

    names = [name for name, _ in built.named_parameters()]
    built.forward = lambda support, query: built.loss(support, LABEL, query, QUERY_LABEL, 3)
    assert torch.autograd.gradcheck(value, (support, query, *built.parameters()))
    built.loss(support, LABEL, query, QUERY_LABEL, 3).backward()
    for parameter in built.parameters():
        assert (parameter.grad != 0).all()


def test_equal_images_have_a_finite_gradient():
    built, samples = network("contrastive"), draw(1, 3, 5).requires_grad_()
    built.loss(samples, LABEL[:1, :3], samples, LABEL[:1, :3], 3).backward()
    assert torch.isfinite(samples.grad).all()


def test_contrastive_loss_has_no_parameters():
    assert not list(network("contrastive").parameters())
