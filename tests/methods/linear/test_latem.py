"""LatEm: the best of several maps against a loop over maps, the drawn classes, and learning."""

import pytest
import torch

from zsl.functional.scores.distances import unit
from zsl.methods.linear.latem import LatEm
from zsl.training.loop import train


def world():
    """Samples of 25 classes whose means are linear in their semantics; the last 5 classes are unseen."""
    generator = torch.Generator().manual_seed(0)
    S, link = unit(torch.randn(25, 6, generator=generator)), torch.randn(6, 12, generator=generator)
    codes = torch.arange(25).repeat_interleave(20)
    return (S @ link)[codes] + 0.3 * torch.randn(500, 12, generator=generator), codes, S


def build(seed=0, n_maps=3):
    return LatEm(12, 6, n_maps=n_maps, margin=1.0, generator=torch.Generator().manual_seed(seed))


def test_same_seed_same_weights_and_no_global_random_state():
    before = torch.random.get_rng_state()
    first, second, other = (build(seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["maps.weight"], other["maps.weight"])


def test_learns_classes_it_has_not_seen():
    (X, codes, S), method, draws = world(), build(), torch.Generator().manual_seed(2)
    before = method.loss(X[:400], codes[:400], S[:20], draws).item()

    def loss():
        batch = torch.randint(0, 400, (64,), generator=draws)
        return method.loss(X[batch], codes[batch], S[:20], draws)

    train(method, loss, n_steps=300, learning_rate=0.01)
    assert method.loss(X[:400], codes[:400], S[:20], draws) < 0.3 * before
    assert (method(X[400:], S[20:]).argmax(dim=1) + 20 == codes[400:]).double().mean() > 0.8


@pytest.mark.parametrize("n_maps", [1, 2, 4])
def test_scores_are_the_best_bilinear_form(n_maps):
    method, (X, _, S) = build(n_maps=n_maps), world()
    maps = method.maps.weight.reshape(n_maps, 6, 12)
    expected = torch.stack([X @ W.T @ S.T for W in maps]).amax(dim=0)
    torch.testing.assert_close(method(X, S), expected)
    assert method.embed(X).shape == (500, n_maps * 6)
    torch.testing.assert_close(method.represent(S), torch.cat([S] * n_maps, dim=1))


def test_only_the_picked_maps_get_a_gradient():
    method = LatEm(2, 2, n_maps=3, margin=1.0, generator=torch.Generator())
    with torch.no_grad():
        maps = torch.stack([torch.eye(2), torch.tensor([[0.0, 0.0], [0.0, 3.0]]), -torch.ones(2, 2)])
        method.maps.weight.copy_(maps.reshape(6, 2))
    X, S = torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # class 0 scores 1, 0, -2 by the three maps and class 1 scores 1, 3, -2
    torch.testing.assert_close(method(X, S), torch.tensor([[1.0, 3.0]]))
    value = method.loss(X, torch.tensor([0]), S, torch.Generator())
    assert value.item() == pytest.approx(1 + 3 - 1)
    (gradient,) = torch.autograd.grad(value, method.maps.weight)
    expected = torch.tensor([[-1.0, -1], [0, 0], [0, 0], [1, 1], [0, 0], [0, 0]])
    torch.testing.assert_close(gradient, expected)


def test_the_wrong_class_comes_from_the_generator():
    method, (X, codes, S) = build(), world()
    first, second, other = (method.loss(X, codes, S, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_gradients_reach_every_map():
    method, (X, codes, S) = build(), world()
    method.loss(X, codes, S, torch.Generator().manual_seed(7)).backward()
    assert method.maps.weight.grad.reshape(3, -1).abs().amax(dim=1).min() > 0
