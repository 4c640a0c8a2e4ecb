"""Direct attribute prediction against probabilities worked by hand, and on made-up classes."""

import math

import numpy as np
import pytest
import torch

from zsl.datasets import make_zero_shot
from zsl.methods.attributes.dap import DAP
from zsl.training.loop import train

TABLE = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def method(binarize=True, n_features=3, table=TABLE, seed=0):
    built = DAP(
        n_features,
        table.shape[1],
        len(table),
        binarize=binarize,
        generator=torch.Generator().manual_seed(seed),
    )
    built.prepare(table)
    return built


def by_hand(binarize, table=TABLE):
    """One feature; a sample of 1 has the attributes with probabilities 3/4 and 1/4, a sample of 0 with 1/2 each."""
    built = method(binarize, 1, table)
    with torch.no_grad():
        built.classifiers.weight.copy_(torch.tensor([[math.log(3)], [-math.log(3)]]))
        built.classifiers.bias.zero_()
    return built


@pytest.mark.parametrize("binarize", [True, False])
def test_scores_by_hand(binarize):
    built, X = by_hand(binarize), torch.tensor([[1.0], [0.0]])
    torch.testing.assert_close(built.embed(X), torch.tensor([[0.75, 0.25], [0.5, 0.5]]))
    torch.testing.assert_close(built.prior, torch.tensor([2 / 3, 2 / 3]))
    present, absent = 2 / 3, 1 / 3
    expected = [
        [
            math.log(0.75 / present) + math.log(0.75 / absent),
            math.log(0.25 / absent) + math.log(0.25 / present),
            math.log(0.75 / present) + math.log(0.25 / present),
        ],
        [2 * math.log(0.5) - math.log(present * absent)] * 2 + [2 * math.log(0.5 / present)],
    ]
    torch.testing.assert_close(built(X, TABLE), torch.tensor(expected))


@pytest.mark.parametrize("binarize", [True, False])
def test_centred_table_gives_the_same_scores(binarize):
    X = torch.tensor([[1.0], [-0.3]])
    moved = 3 * (TABLE - TABLE.mean(dim=0))
    torch.testing.assert_close(by_hand(binarize, moved)(X, moved), by_hand(binarize)(X, TABLE))


def test_loss_by_hand():
    built, generator = by_hand(binarize=True), torch.Generator()
    found = built.loss(torch.tensor([[1.0], [0.0]]), torch.tensor([1, 2]), TABLE, generator)
    torch.testing.assert_close(found, torch.tensor(-(2 * math.log(0.25) + 2 * math.log(0.5)) / 4))


def test_soft_levels_are_targets_and_weights():
    table = torch.tensor([[0.0, 4.0], [1.0, 2.0], [4.0, 0.0]])
    built = by_hand(binarize=False, table=table)
    torch.testing.assert_close(built.represent(table), torch.tensor([[0.0, 1.0], [0.25, 0.5], [1.0, 0.0]]))
    torch.testing.assert_close(built.prior, torch.tensor([1.25 / 3, 0.5]))
    found = built.loss(torch.tensor([[1.0]]), torch.tensor([1]), table, torch.Generator())
    first = -(0.25 * math.log(0.75) + 0.75 * math.log(0.25))
    second = -(0.5 * math.log(0.25) + 0.5 * math.log(0.75))
    torch.testing.assert_close(found, torch.tensor((first + second) / 2))
    split = by_hand(binarize=True, table=table)
    assert split.represent(table).tolist() == [[0, 1], [0, 0], [1, 0]]


@pytest.mark.parametrize("binarize", [True, False])
def test_constant_attribute_changes_nothing(binarize):
    wide = torch.cat([TABLE, torch.ones(3, 1)], dim=1)
    built, plain = method(binarize, 3, wide), method(binarize, 3, TABLE)
    with torch.no_grad():
        plain.classifiers.weight.copy_(built.classifiers.weight[:2])
        plain.classifiers.bias.copy_(built.classifiers.bias[:2])
    X = 100 * torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    unseen = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 5.0]])
    torch.testing.assert_close(built(X, unseen), plain(X, unseen[:, :2]))
    built.loss(X, torch.tensor([0, 1, 2, 0, 1]), wide, torch.Generator()).backward()
    assert built.classifiers.weight.grad[2].tolist() == [0, 0, 0]


def test_scores_stay_finite_far_out():
    built = method()
    assert torch.isfinite(built(torch.full((1, 3), 1e6), TABLE)).all()
    assert torch.isfinite(built.double()(torch.full((1, 3), -1e6).double(), TABLE.double())).all()


def test_gradients_seeds_and_rows():
    built = method(binarize=False)
    X = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    built.loss(X, torch.arange(6) % 3, TABLE, torch.Generator()).backward()
    assert all(p.grad.abs().max() > 0 for p in built.parameters())
    torch.testing.assert_close(torch.cat([built.embed(row[None]) for row in X]), built.embed(X))
    torch.testing.assert_close(torch.cat([built.represent(row[None]) for row in TABLE]), built.represent(TABLE))
    first, second, other = (method(seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["classifiers.weight"], other["classifiers.weight"])


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
    assert built.loss(X, codes, S, generator).item() < 0.9 * before
    scores = built.double()(torch.tensor(data.X_test_unseen), new.double())
    assert np.mean(unseen[scores.argmax(dim=1).numpy()] == data.y_test_unseen) > 0.5  # chance is 1/6
