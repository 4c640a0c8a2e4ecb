"""ConSE against convex combinations worked by hand, and on made-up classes."""

import math

import numpy as np
import pytest
import torch

from zsl.datasets import make_zero_shot
from zsl.exceptions import InvalidInputError
from zsl.methods.mixtures.conse import ConSE
from zsl.training.loop import train

SEMANTICS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])


def method(top, n_features=3, semantics=SEMANTICS, seed=0):
    built = ConSE(
        n_features,
        semantics.shape[1],
        len(semantics),
        top=top,
        generator=torch.Generator().manual_seed(seed),
    )
    built.prepare(semantics)
    return built


@pytest.mark.parametrize(
    ("top", "expected"),
    [(1, [0.0, 1.0]), (2, [0.375, 0.625]), (3, [0.3 + 0.4, 0.5 + 0.4]), (99, [0.3 + 0.4, 0.5 + 0.4])],
)
def test_combination_by_hand(top, expected):
    built = method(top, 1)
    with torch.no_grad():  # a sample of 1 belongs to the seen classes with probabilities 0.3, 0.5 and 0.2
        built.classifier.weight.copy_(torch.tensor([[0.3], [0.5], [0.2]]).log())
        built.classifier.bias.zero_()
    X, (x, y) = torch.ones(1, 1), expected
    torch.testing.assert_close(built.embed(X), torch.tensor([expected]))
    length = math.hypot(x, y)
    cosines = [x / length, (3 * x + 4 * y) / (5 * length), 0.0]
    unseen = torch.tensor([[7.0, 0.0], [3.0, 4.0], [0.0, 0.0]])
    torch.testing.assert_close(built(X, unseen), torch.tensor([cosines]))
    assert built.represent(unseen) is unseen
    loss = built.loss(torch.ones(2, 1), torch.tensor([1, 2]), SEMANTICS, torch.Generator())
    torch.testing.assert_close(loss, torch.tensor(-(math.log(0.5) + math.log(0.2)) / 2))


def test_refused_top():
    with pytest.raises(InvalidInputError, match=r"top=0; wanted 1 or more"):
        method(0)


def test_gradients_seeds_and_rows():
    built = method(2)
    X = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    built.loss(X, torch.arange(6) % 3, SEMANTICS, torch.Generator()).backward()
    assert all(p.grad.abs().max() > 0 for p in built.parameters())
    torch.testing.assert_close(torch.cat([built.embed(row[None]) for row in X]), built.embed(X))
    first, second, other = (method(2, seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["classifier.weight"], other["classifier.weight"])


@pytest.mark.parametrize("top", [1, 10])
def test_learns_made_up_classes(top):
    data = make_zero_shot(30, 6, n_attributes=24, noise=1.0, random_state=0)
    seen, unseen = data.seen_classes, data.unseen_classes
    S, new = (torch.tensor(data.semantics.rows(labels), dtype=torch.float32) for labels in (seen, unseen))
    X, codes = torch.tensor(data.X_train, dtype=torch.float32), torch.from_numpy(np.searchsorted(seen, data.y_train))
    built, generator = method(top, X.shape[1], S), torch.Generator().manual_seed(0)

    def loss():
        batch = torch.randint(len(X), (64,), generator=generator)
        return built.loss(X[batch], codes[batch], S, generator)

    before = built.loss(X, codes, S, generator).item()
    train(built, loss, n_steps=200, learning_rate=0.02)
    assert built.loss(X, codes, S, generator).item() < 0.1 * before
    scores = built.double()(torch.tensor(data.X_test_unseen), new.double())
    assert np.mean(unseen[scores.argmax(dim=1).numpy()] == data.y_test_unseen) > 0.4  # chance is 1/6
