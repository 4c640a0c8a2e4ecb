"""ALE: the bilinear form, the loss in it, and learning."""

import pytest
import torch

from zsl.functional.scores.distances import unit
from zsl.methods.linear.ale import ALE
from zsl.training.loop import train


def world():
    """Samples of 25 classes whose means are linear in their semantics; the last 5 classes are unseen."""
    generator = torch.Generator().manual_seed(0)
    S, link = unit(torch.randn(25, 6, generator=generator)), torch.randn(6, 12, generator=generator)
    codes = torch.arange(25).repeat_interleave(20)
    return (S @ link)[codes] + 0.3 * torch.randn(500, 12, generator=generator), codes, S


def build(seed=0, margin=1.0):
    return ALE(12, 6, margin=margin, generator=torch.Generator().manual_seed(seed))


def test_same_seed_same_weights_and_no_global_random_state():
    before = torch.random.get_rng_state()
    first, second, other = (build(seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["map.weight"], other["map.weight"])


def test_learns_classes_it_has_not_seen():
    (X, codes, S), method, draws = world(), build(), torch.Generator().manual_seed(2)
    before = method.loss(X[:400], codes[:400], S[:20], draws).item()

    def loss():
        batch = torch.randint(0, 400, (64,), generator=draws)
        return method.loss(X[batch], codes[batch], S[:20], draws)

    train(method, loss, n_steps=300, learning_rate=0.01)
    assert method.loss(X[:400], codes[:400], S[:20], draws) < 0.3 * before
    assert (method(X[400:], S[20:]).argmax(dim=1) + 20 == codes[400:]).double().mean() > 0.8


def test_scores_are_the_bilinear_form():
    method, (X, _, S) = build(), world()
    expected = torch.einsum("if,af,ca->ic", X, method.map.weight, S)
    torch.testing.assert_close(method(X, S), expected)


def test_loss_and_gradient_by_hand():
    method = ALE(2, 2, margin=1.0, generator=torch.Generator())
    with torch.no_grad():
        method.map.weight.copy_(torch.eye(2))
    X, S = torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    value = method.loss(X, torch.tensor([0]), S, torch.Generator())  # scores 1, 2, 1.5: hinges 2 and 1.5
    assert value.item() == pytest.approx((1 + 1 / 2) / 2 * (2 + 1.5))
    (gradient,) = torch.autograd.grad(value, method.map.weight)
    # each hinge adds (s_c - s_y) x^T, weighted by 0.75: (-1, 1) and (-0.5, 0.5)
    torch.testing.assert_close(gradient, 0.75 * torch.tensor([[-1.5], [1.5]]) * X)
