"""Priors against closed forms, brute force and a solver of scipy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linear_sum_assignment, minimize
from scipy.special import log_softmax, softmax

from zsl.functional.scores.priors import estimate_prior, prior_lift, transport_lift


def shifted_world(n, prior, noise=1.0, seed=0):
    """Samples of Gaussian classes by a prior, their labels, and their exact probabilities for even classes."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(len(prior), 6))
    labels = rng.choice(len(prior), size=n, p=prior)
    X = means[labels] + noise * rng.normal(size=(n, 6))
    distances = ((X[:, None] - means) ** 2).sum(axis=2)
    return log_softmax(-distances / (2 * noise**2), axis=1), labels


def objective(prior, probabilities, added):
    """Logarithm of the posterior of a prior, by definition."""
    return np.log(probabilities @ prior).sum() + added * np.log(prior).sum()


def test_a_lift_is_the_rule_of_bayes():
    logarithms, _ = shifted_world(50, np.full(4, 0.25))
    prior = np.array([0.1, 0.2, 0.3, 0.4])
    wanted = np.exp(logarithms) * prior
    assert_allclose(softmax(logarithms + prior_lift(prior), axis=1), wanted / wanted.sum(axis=1, keepdims=True))
    assert prior_lift(7 * prior).max() == 0
    assert not prior_lift(np.full(3, 0.1)).any()


@pytest.mark.parametrize("added", [0.5, 1.0, 5.0])
def test_the_estimate_is_the_mode_that_a_solver_finds(added):
    logarithms, _ = shifted_world(40, np.array([0.6, 0.3, 0.1, 0.0]))
    probabilities = np.exp(logarithms)
    found = estimate_prior(probabilities, prior_samples=added)
    wanted = minimize(lambda t: -objective(softmax(t), probabilities, added), np.zeros(4), tol=1e-12).x
    assert_allclose(found, softmax(wanted), atol=2e-5)
    assert_allclose(found.sum(), 1)


def test_many_samples_give_the_prior_that_drew_them():
    prior = np.array([0.5, 0.3, 0.15, 0.05])
    logarithms, labels = shifted_world(20_000, prior)
    shares = np.bincount(labels) / len(labels)
    assert_allclose(estimate_prior(np.exp(logarithms), prior_samples=1.0), shares, atol=0.01)
    plain = np.exp(logarithms).mean(axis=0)
    assert np.abs(plain - shares).max() > 0.05  # what mere averages would say


def test_one_sample_hardly_moves_the_prior_and_none_is_estimated_away():
    found = estimate_prior(np.array([[1.0, 0.0, 0.0, 0.0]]))  # one of each class beside it
    assert_allclose(found, [2 / 5, 1 / 5, 1 / 5, 1 / 5])
    certain = np.repeat([[1.0, 0.0]], 98, axis=0)
    assert_allclose(estimate_prior(certain), [0.75, 0.25])  # half the weight is that of even classes
    assert_allclose(estimate_prior(certain, prior_samples=1.0), [0.99, 0.01])
    assert_allclose(estimate_prior(certain, prior_samples=0.0), [1, 0], atol=1e-6)


def test_probabilities_that_assume_another_prior_give_the_same_estimate():
    logarithms, _ = shifted_world(300, np.array([0.6, 0.2, 0.1, 0.1]))
    base = np.array([0.4, 0.3, 0.2, 0.1])
    found = estimate_prior(softmax(logarithms + np.log(base), axis=1), base, prior_samples=0.0)
    assert_allclose(found, estimate_prior(np.exp(logarithms), prior_samples=0.0), atol=1e-4)


def test_transport_brings_mean_probabilities_to_the_prior():
    logarithms, _ = shifted_world(200, np.array([0.7, 0.1, 0.1, 0.1]))
    prior = np.array([0.4, 0.3, 0.2, 0.1])
    lift = transport_lift(logarithms, 3 * prior, prior_samples=0.0)
    assert_allclose(softmax(logarithms + lift, axis=1).mean(axis=0), prior, atol=1e-5)


def test_transport_is_the_best_assignment_where_scores_are_far_apart():
    scores = np.random.default_rng(0).normal(size=(12, 4))
    lift = transport_lift(log_softmax(scores / 0.01, axis=1), np.ones(4), prior_samples=0.0)
    found = (scores / 0.01 + lift).argmax(axis=1)
    rows, columns = linear_sum_assignment(-np.repeat(scores, 3, axis=1))
    assert (found[rows] == columns // 3).mean() > 0.9  # masses are split where the best assignment isn't alone
    assert (np.bincount(found, minlength=4) >= 2).all()


def test_transport_meets_the_first_order_conditions_of_its_relaxation():
    """Each class misses its mass by a factor that the penalty allows: log v = power * log(prior / mass)."""
    logarithms, _ = shifted_world(30, np.array([0.7, 0.1, 0.1, 0.1]))
    prior = np.array([0.4, 0.3, 0.2, 0.1])
    lift = transport_lift(logarithms, prior, prior_samples=2.0)
    scales = lift - np.log(prior)
    mass = softmax(logarithms + lift, axis=1).mean(axis=0)
    # With v scaled so that rows sum to 1, mass = prior * v * means, and v = means ** -power.
    power = 30 / (30 + 2 * 4)
    assert_allclose(np.ptp(scales + power / (1 - power) * (np.log(mass) - np.log(prior))), 0, atol=1e-4)


def test_sides_keep_their_shares():
    logarithms, _ = shifted_world(200, np.array([0.7, 0.1, 0.1, 0.1]))
    sides, prior = np.array([True, False, True, False]), np.array([0.4, 0.3, 0.2, 0.1])
    found = estimate_prior(np.exp(logarithms), sides=sides)
    assert_allclose([found[sides].sum(), found[~sides].sum()], 0.5)
    assert found[0] > 1.5 * found[2]
    under = softmax(logarithms + prior_lift(prior), axis=1).mean(axis=0)
    lift = transport_lift(logarithms, prior, sides=sides, prior_samples=0.0)
    means = softmax(logarithms + lift, axis=1).mean(axis=0)
    for side in (sides, ~sides):
        assert_allclose(means[side], prior[side] * under[side].sum() / prior[side].sum(), atol=1e-5)
    for one in (sides | True, sides & False):  # all on one side
        assert_allclose(transport_lift(logarithms, prior, sides=one), transport_lift(logarithms, prior), atol=1e-9)
        assert_allclose(estimate_prior(np.exp(logarithms), sides=one), estimate_prior(np.exp(logarithms)), atol=1e-9)


def test_a_single_sample_keeps_its_class():
    logarithms = np.log([[0.2, 0.5, 0.3]])
    lift = transport_lift(logarithms, np.ones(3))
    assert (logarithms + lift).argmax() == 1
    assert (logarithms + transport_lift(logarithms, np.array([0.9, 0.05, 0.05]))).argmax() == 0


def test_extreme_logarithms_stay_finite():
    logarithms = np.array([[0.0, -2000.0, -3000.0], [0.0, -1.0, -5000.0]])
    assert np.isfinite(transport_lift(logarithms, np.ones(3), prior_samples=0.0)).all()
    assert np.isfinite(estimate_prior(np.exp(logarithms))).all()
