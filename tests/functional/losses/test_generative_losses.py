"""Losses of generative models against derivatives by hand, closed forms and worked cases."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence
from torch.testing import assert_close

from zsl.functional.losses.generative_losses import (
    evidence_lower_bound,
    gradient_penalty,
    kl_to_unit_gaussian,
    wasserstein_gaussians,
)


@pytest.fixture
def draw():
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)


def test_the_penalty_of_a_linear_critic_is_that_of_its_slope(draw):
    """D(x) = w·x has the gradient w everywhere: (5 - 1)² for w = (3, 4)."""
    slope = torch.tensor([3.0, 4.0], dtype=torch.float64)
    penalty = gradient_penalty(lambda x: x @ slope, draw(6, 2), draw(6, 2), torch.rand(6).double())
    assert_close(penalty, torch.tensor(16.0).double())


def test_the_penalty_against_derivatives_by_hand(draw):
    """D(x) = Σ_k v_k tanh(a_k·x) has the gradient Σ_k v_k (1 - tanh²(a_k·x)) a_k."""
    weights, last, real, made = draw(3, 4), draw(3), draw(5, 4), draw(5, 4)
    mix = torch.linspace(0, 1, 5, dtype=torch.float64)
    between = mix[:, None] * real + (1 - mix[:, None]) * made
    by_hand = (last * (1 - torch.tanh(between @ weights.T) ** 2)) @ weights
    wanted = ((by_hand.norm(dim=1) - 1) ** 2).mean()
    assert_close(gradient_penalty(lambda x: torch.tanh(x @ weights.T) @ last, real, made, mix), wanted)


def test_the_penalty_trains_the_critic_and_not_the_images(draw):
    slope = torch.nn.Parameter(torch.tensor([3.0, 4.0], dtype=torch.float64))
    real, made = draw(3, 2), draw(3, 2).requires_grad_(True)
    with torch.no_grad():
        assert not gradient_penalty(lambda x: x @ slope, real, made, torch.rand(3).double()).isnan()
    gradient_penalty(lambda x: x @ slope, real, made, torch.rand(3).double()).backward()
    assert_close(slope.grad, 2 * (5 - 1) * slope.detach() / 5)  # d/dw (|w| - 1)²
    assert made.grad is None


def test_the_divergence_against_that_of_torch(draw):
    mean, log_variance = draw(7, 3), draw(7, 3)
    found = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    unit = Independent(Normal(torch.zeros(7, 3).double(), torch.ones(7, 3).double()), 1)
    assert_close(kl_to_unit_gaussian(mean, log_variance), kl_divergence(found, unit))
    assert_close(kl_to_unit_gaussian(torch.zeros(1, 4), torch.zeros(1, 4)), torch.zeros(1))


def test_the_log_density_against_that_of_torch(draw):
    x, mean = draw(5, 3), draw(5, 3)
    wanted = Independent(Normal(mean, math.sqrt(0.7)), 1).log_prob(x)
    prior = torch.zeros(5, 2).double()  # a posterior equal to the prior adds nothing
    assert_close(evidence_lower_bound(x, mean, prior, prior, 0.7), wanted)


def test_the_bound_is_reached_by_the_posterior_of_a_linear_gaussian_model(draw):
    """For x = W z + noise the log-density is known, and the bound is tight where q is the posterior.

    With one latent direction q is exact; E_q over many draws of z is then log N(x; 0, W Wᵀ + ν I).
    """
    weight, variance, x = torch.tensor([[1.0], [2.0]], dtype=torch.float64), 0.5, draw(1, 2)
    precision = 1 + float((weight**2).sum()) / variance
    mean, log_variance = x @ weight / variance / precision, torch.full((1, 1), -math.log(precision)).double()
    covariance = weight @ weight.T + variance * torch.eye(2).double()
    wanted = torch.distributions.MultivariateNormal(torch.zeros(2).double(), covariance).log_prob(x)

    def bound(mean, log_variance):
        n = 20_000
        grid = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)[:, None]
        z = mean + (0.5 * log_variance).exp() * grid
        many = [part.expand(n, -1) for part in (x, mean, log_variance)]
        return evidence_lower_bound(many[0], z @ weight.T, many[1], many[2], variance).mean()

    assert_close(bound(mean, log_variance), wanted[0], rtol=1e-3, atol=1e-3)
    assert bound(mean + 0.3, log_variance) < wanted[0] - 0.1
    assert bound(mean, log_variance + 1.0) < wanted[0] - 0.1


def test_the_distance_of_a_worked_case():
    """Means (0, 0) and (1, 2), deviations (1, 1) and (3, 2): √(1 + 4 + 4 + 1)."""
    zero, other = torch.zeros(1, 2), torch.tensor([[1.0, 2.0]])
    spread = torch.tensor([[2 * math.log(3.0), 2 * math.log(2.0)]])
    assert_close(wasserstein_gaussians(zero, zero, other, spread), torch.tensor([math.sqrt(10.0)]))


def test_the_distance_in_one_dimension_is_that_of_the_quantiles():
    """In one dimension W₂² is the mean squared difference of equal quantiles."""
    share = (np.arange(200_000) + 0.5) / 200_000
    quantile = torch.special.ndtri(torch.as_tensor(share))
    wanted = ((1.0 + 2.0 * quantile) - (-0.5 + 0.5 * quantile)).square().mean().sqrt()
    found = wasserstein_gaussians(*(torch.tensor([[v]]).double() for v in (1.0, math.log(4), -0.5, math.log(0.25))))
    assert_close(found[0], wanted, rtol=1e-4, atol=1e-4)


def test_equal_gaussians_have_a_gradient():
    mean = torch.zeros(2, 3, requires_grad=True)
    wasserstein_gaussians(mean, torch.zeros(2, 3), torch.zeros(2, 3), torch.zeros(2, 3)).sum().backward()
    assert_close(mean.grad, torch.zeros(2, 3))
