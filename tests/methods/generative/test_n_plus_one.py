"""The classifier with one class more: its two losses, and that they pull against each other."""

import math

import torch
from torch.testing import assert_close

from zsl.methods.generative.n_plus_one import NPlusOne


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def build(noise=0.5):
    return NPlusOne(5, 3, hidden=8, n_latent=2, noise=noise, generator=seeded())


def test_losses_by_their_definition():
    method, codes = build(), torch.tensor([0, 1, 2, 1])
    X = torch.randn(4, 5, generator=seeded(1))
    made = method.generate(codes, seeded(2))
    chance = method(made).softmax(dim=1)
    assert chance.shape == (4, 4)
    assert_close(method.loss(codes, seeded(2)), -chance[range(4), codes].log().mean())
    real = -method(X).log_softmax(dim=1)[range(4), codes].mean()
    assert_close(method.critic_loss(X, codes, seeded(2)), 0.5 * (real - chance[:, 3].log().mean()))


def test_each_loss_reaches_its_own_part():
    method, codes = build(), torch.tensor([0, 1, 2])
    method.critic_loss(torch.randn(3, 5, generator=seeded(1)), codes, seeded()).backward()
    assert all(p.grad is None for p in method.maker.parameters())
    assert all(p.grad.any() for p in method.critic.parameters())
    method.loss(codes, seeded()).backward()
    assert all(p.grad.any() for p in method.maker.parameters())


def test_images_are_made_of_class_and_noise():
    method = build(noise=0.0)
    codes = torch.tensor([0, 0, 1])
    made = method.generate(codes, seeded())
    wanted = method.maker(torch.randn(3, 2, generator=seeded()), torch.eye(3)[codes])
    assert_close(made, math.sqrt(5) * wanted / wanted.norm(dim=1, keepdim=True))
    noisy = build(noise=2.0).generate(codes, seeded())
    assert_close(noisy.norm(dim=1), torch.full((3,), math.sqrt(5)))
    assert not torch.allclose(noisy, made)
