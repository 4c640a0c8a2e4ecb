"""Perceptrons of generative models."""

import torch
from torch.testing import assert_close

from zsl.nn.generators import ConditionalMLP, GaussianEncoder, draw_gaussian, normal


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_vectors_are_joined():
    module = ConditionalMLP((2, 3), 8, 4, seeded())
    noise, described = torch.randn(5, 2, generator=seeded(1)), torch.randn(5, 3, generator=seeded(2))
    first, _, last = module.layers
    hidden = torch.cat([noise, described], dim=1) @ first.weight.T + first.bias
    hidden = torch.where(hidden > 0, hidden, 0.2 * hidden)
    assert_close(module(noise, described), hidden @ last.weight.T + last.bias)


def test_initial_weights_come_from_the_generator():
    before = torch.get_rng_state()
    one, same, other = (GaussianEncoder((3,), 4, 2, seeded(seed)) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    for a, b, c in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


def test_draws_have_the_moments_of_the_gaussian():
    mean, deviation = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.5, 3.0]])
    many = [rows.expand(20_000, 2) for rows in (mean, 2 * deviation.log())]
    drawn = draw_gaussian(*many, seeded())
    assert_close(drawn.mean(dim=0), mean[0], rtol=0.05, atol=0.05)
    assert_close(drawn.std(dim=0), deviation[0], rtol=0.05, atol=0.0)


def test_gradients_reach_the_parameters_of_a_draw():
    mean, log_variance = torch.zeros(3, 2, requires_grad=True), torch.zeros(3, 2, requires_grad=True)
    draw_gaussian(mean, log_variance, seeded()).sum().backward()
    assert_close(mean.grad, torch.ones(3, 2))
    assert (log_variance.grad != 0).all()


def test_noise_is_the_same_in_each_precision():
    single, double = (
        normal((4, 2), seeded(), like=torch.zeros(1, dtype=kind)) for kind in (torch.float32, torch.float64)
    )
    assert double.dtype == torch.float64
    assert torch.equal(single.double(), double)
