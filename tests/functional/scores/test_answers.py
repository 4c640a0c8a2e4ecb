"""What answers say of classes, and what they are expected to say, against integrals and draws."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import entropy, norm

from zsl.functional.scores import answers as module
from zsl.functional.scores.answers import answer_log_likelihood, information_gain


def gain_by_integration(p, centres, noise):
    """Mutual information as defined: the prior's entropy less the expected one of the posterior."""

    def density(v):
        return p * norm.pdf(v, centres, noise)

    def integrand(v):
        joint = density(v)
        total = joint.sum()
        return total * entropy(joint / total) if total > 1e-300 else 0.0

    ends = centres.min() - 8 * noise, centres.max() + 8 * noise
    expected, _ = quad(integrand, *ends, points=np.unique(centres), limit=500)
    return entropy(p) - expected


@pytest.mark.parametrize("noise", [0.02, 0.3, 5.0])
def test_the_gain_is_the_expected_fall_of_the_entropy(noise):
    rng = np.random.default_rng(0)
    posterior, rows = rng.dirichlet(np.ones(5), size=3), np.round(rng.random((5, 2)), 1)
    found = information_gain(posterior, rows, np.full(2, noise))
    for sample, p in enumerate(posterior):
        for column in range(2):
            assert_allclose(found[sample, column], gain_by_integration(p, rows[:, column], noise), atol=1e-6)


def test_the_gain_is_what_drawn_answers_give():
    rng = np.random.default_rng(0)
    p, centres, noise = np.array([0.5, 0.3, 0.2]), np.array([0.0, 1.0, 3.0]), 0.8
    classes = rng.choice(3, p=p, size=40_000)
    answers = centres[classes] + noise * rng.normal(size=len(classes))
    joint = p * norm.pdf(answers[:, None], centres, noise)
    drawn = entropy(p) - entropy(joint / joint.sum(axis=1, keepdims=True), axis=1).mean()
    assert_allclose(information_gain(p[None], centres[:, None], np.array([noise]))[0, 0], drawn, atol=0.01)


def test_gains_lie_between_nothing_and_all():
    rows = np.array([[0.0, 5.0, 0.0], [1.0, 5.0, 0.0], [2.0, 5.0, 1.0]])
    posterior = np.array([[1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]])
    found = information_gain(posterior, rows, np.array([1e-3, np.inf, 1e-3]))
    assert_allclose(found[0], [np.log(3), 0, entropy([2 / 3, 1 / 3])], atol=1e-6)
    assert_allclose(found[1], 0, atol=1e-12)
    assert_allclose(found[2], [np.log(2), 0, 0], atol=1e-6)


def test_blocks_of_images_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    given = rng.dirichlet(np.ones(4), size=7), rng.random((4, 3)), np.full(3, 0.2)
    whole = information_gain(*given)
    monkeypatch.setattr(module, "_BLOCK_NUMBERS", 1)
    assert_allclose(information_gain(*given), whole)


def test_log_likelihoods_are_those_of_the_normal_distribution():
    rng = np.random.default_rng(0)
    rows, given, noise = rng.random((4, 3)), rng.random((5, 3)), np.array([0.2, 1.0, np.inf])
    given[0] = np.nan
    given[1, 0] = np.nan
    found = answer_log_likelihood(rows, given, noise)
    for sample in range(5):
        said = [k for k in (0, 1) if not np.isnan(given[sample, k])]
        expected = sum((norm.logpdf(given[sample, k], rows[:, k], noise[k]) for k in said), np.zeros(4))
        expected -= sum(norm.logpdf(0, 0, noise[k]) for k in said)
        assert_allclose(found[sample], expected, atol=1e-12)
