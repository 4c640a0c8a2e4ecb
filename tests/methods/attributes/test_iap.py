"""Indirect attribute prediction against probabilities worked by hand, and on made-up classes."""

import math

import numpy as np
import pytest
import torch

from zsl.datasets import make_zero_shot
from zsl.methods.attributes.iap import IAP
from zsl.training.loop import train

TABLE = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def method(binarize=True, n_features=3, table=TABLE, seed=0):
    built = IAP(
        n_features,
        table.shape[1],
        len(table),
        binarize=binarize,
        generator=torch.Generator().manual_seed(seed),
    )
    built.prepare(table)
    return built


def by_hand(binarize, table=TABLE):
    """One feature; a sample of 1 belongs to the seen classes with probabilities 1/4, 1/2 and 1/4."""
    built = method(binarize, 1, table)
    with torch.no_grad():
        built.classifier.weight.copy_(torch.tensor([[0.0], [math.log(2)], [0.0]]))
        built.classifier.bias.zero_()
    return built


@pytest.mark.parametrize("binarize", [True, False])
def test_scores_by_hand(binarize):
    built, X = by_hand(binarize), torch.ones(1, 1)
    torch.testing.assert_close(built.embed(X), torch.tensor([[0.5, 0.75]]))
    present, absent = 2 / 3, 1 / 3
    unseen = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    expected = [
        math.log(0.5 / absent) + math.log(0.25 / absent),
        math.log(0.5 / present) + math.log(0.25 / absent),
        math.log(0.5 / present) + math.log(0.75 / present),
    ]
    torch.testing.assert_close(built(X, unseen), torch.tensor([expected]))


@pytest.mark.parametrize("binarize", [True, False])
def test_centred_table_gives_the_same_scores(binarize):
    X = torch.tensor([[1.0], [-0.3]])
    moved = 3 * (TABLE - TABLE.mean(dim=0))
    torch.testing.assert_close(by_hand(binarize, moved)(X, moved), by_hand(binarize)(X, TABLE))


def test_soft_and_binary_attributes_of_a_real_valued_table():
    table = torch.tensor([[0.0, 4.0], [1.0, 2.0], [4.0, 0.0]])
    soft, binary = by_hand(binarize=False, table=table), by_hand(binarize=True, table=table)
    torch.testing.assert_close(soft.embed(torch.ones(1, 1)), torch.tensor([[0.125 + 0.25, 0.25 + 0.25]]))
    torch.testing.assert_close(soft.prior, torch.tensor([1.25 / 3, 0.5]))
    torch.testing.assert_close(binary.embed(torch.ones(1, 1)), torch.tensor([[0.25, 0.25]]))
    torch.testing.assert_close(binary.prior, torch.tensor([1 / 3, 1 / 3]))


@pytest.mark.parametrize("binarize", [True, False])
def test_constant_attribute_changes_nothing(binarize):
    built, plain = method(binarize, 3, torch.cat([TABLE, torch.ones(3, 1)], dim=1)), method(binarize)
    X = 100 * torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    unseen = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 5.0]])
    torch.testing.assert_close(built(X, unseen), plain(X, unseen[:, :2]))


def test_scores_stay_finite_far_out():
    built = method()
    assert torch.isfinite(built(torch.full((1, 3), 1e6), TABLE)).all()
    assert torch.isfinite(built.double()(torch.full((1, 3), -1e6).double(), TABLE.double())).all()


def test_loss_gradients_seeds_and_rows():
    hand = by_hand(binarize=True).loss(torch.ones(2, 1), torch.tensor([0, 1]), TABLE, torch.Generator())
    torch.testing.assert_close(hand, torch.tensor((math.log(4) + math.log(2)) / 2))
    built = method(binarize=False)
    X = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    built.loss(X, torch.arange(6) % 3, TABLE, torch.Generator()).backward()
    assert all(p.grad.abs().max() > 0 for p in built.parameters())
    torch.testing.assert_close(torch.cat([built.embed(row[None]) for row in X]), built.embed(X))
    torch.testing.assert_close(torch.cat([built.represent(row[None]) for row in TABLE]), built.represent(TABLE))
    first, second, other = (method(seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["classifier.weight"], other["classifier.weight"])


@pytest.mark.parametrize("binarize", [True, False])
def test_learns_made_up_classes(binarize):
    data = make_zero_shot(30, 6, n_attributes=24, noise=1.0, random_state=0)
    seen, unseen = data.seen_classes, data.unseen_classes
    S, new = (torch.tensor(data.semantics.rows(labels), dtype=torch.float32) for labels in (seen, unseen))
    X, codes = torch.tensor(data.X_train, dtype=torch.float32), torch.from_numpy(np.searchsorted(seen, data.y_train))
    built, generator = method(binarize, X.shape[1], S), torch.Generator().manual_seed(0)

    def loss():
        batch = torch.randint(len(X), (64,), generator=generator)
        return built.loss(X[batch], codes[batch], S, generator)

    before = built.loss(X, codes, S, generator).item()
    train(built, loss, n_steps=200, learning_rate=0.02)
    assert built.loss(X, codes, S, generator).item() < 0.1 * before
    scores = built.double()(torch.tensor(data.X_test_unseen), new.double())
    assert np.mean(unseen[scores.argmax(dim=1).numpy()] == data.y_test_unseen) > 0.4  # chance is 1/6
