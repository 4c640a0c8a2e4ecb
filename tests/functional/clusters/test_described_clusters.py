"""Soft k-means with described classes as prior, on cases worked by formula."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from zsl.functional.clusters.described_clusters import refined_classes
from zsl.functional.linear.origins import unit_rows

RNG = np.random.default_rng(0)
CLASSES = RNG.normal(size=(4, 5))
SAMPLES = unit_rows(RNG.normal(size=(30, 5)) + CLASSES[RNG.integers(4, size=30)])
BIAS = np.array([0.0, 0.3, -0.2, 0.1])
STRENGTH = np.array([2.0, 1.0, 5.0, 3.0])
FREE = np.array([True, True, False, True])


def refined(samples=SAMPLES, classes=CLASSES, free=FREE, **options):
    given = {"bias": BIAS, "prior_strength": STRENGTH, "scale": 4.0, "n_steps": 3} | options
    return refined_classes(samples, classes, free, **given)


def test_one_step_is_the_formula():
    p = softmax(4.0 * (SAMPLES @ unit_rows(CLASSES).T + BIAS), axis=1)
    wanted = (STRENGTH[:, None] * CLASSES + p.T @ SAMPLES) / (STRENGTH + p.sum(axis=0))[:, None]
    wanted[2] = CLASSES[2]
    assert_allclose(refined(n_steps=1), wanted, rtol=1e-12)


def test_the_start_stays_the_prior_in_later_steps():
    once = refined(n_steps=1)
    p = softmax(4.0 * (SAMPLES @ unit_rows(once).T + BIAS), axis=1)
    wanted = (STRENGTH[:, None] * CLASSES + p.T @ SAMPLES) / (STRENGTH + p.sum(axis=0))[:, None]
    assert_allclose(refined(n_steps=2)[FREE], wanted[FREE], rtol=1e-12)


def test_no_samples_change_nothing():
    assert_allclose(refined(SAMPLES[:0]), CLASSES, rtol=1e-12)


def test_a_strong_prior_changes_nothing():
    assert_allclose(refined(prior_strength=np.full(4, 1e12)), CLASSES, rtol=1e-9)


def test_classes_that_are_not_free_stay():
    found = refined()
    assert_array_equal(found[~FREE], CLASSES[~FREE])
    assert (np.abs(found - CLASSES)[FREE].max(axis=1) > 1e-3).all()


def test_permuting_classes_permutes_them():
    order = np.array([2, 0, 3, 1])
    prior = np.log([0.1, 0.2, 0.3, 0.4])
    found = refined(
        classes=CLASSES[order],
        free=FREE[order],
        bias=BIAS[order],
        prior_strength=STRENGTH[order],
        log_prior=prior[order],
        estimate_prior=True,
    )
    assert_allclose(found, refined(log_prior=prior, estimate_prior=True)[order], rtol=1e-10)


def test_the_order_of_samples_does_not_matter():
    assert_allclose(refined(SAMPLES[RNG.permutation(30)]), refined(), rtol=1e-10)


def test_a_given_prior_weighs_the_shares():
    prior = np.log([0.7, 0.1, 0.1, 0.1])
    p = softmax(4.0 * (SAMPLES @ unit_rows(CLASSES).T + BIAS) + prior, axis=1)
    wanted = (2.0 * CLASSES[0] + p[:, 0] @ SAMPLES) / (2.0 + p[:, 0].sum())
    assert_allclose(refined(n_steps=1, log_prior=prior)[0], wanted, rtol=1e-12)


def test_only_the_ratios_of_a_prior_count():
    prior = np.log([0.7, 0.1, 0.1, 0.1])
    assert_allclose(refined(log_prior=prior + 3), refined(log_prior=prior), rtol=1e-10)


def test_an_estimated_prior_follows_the_counts():
    p = softmax(4.0 * (SAMPLES @ unit_rows(CLASSES).T), axis=1)
    free = np.ones(4, dtype=bool)
    strength, none = np.full(4, 1e12), np.zeros(4)  # classes stay, so that only the prior changes
    found = refined(free=free, bias=none, prior_strength=strength, n_steps=2, estimate_prior=True)
    assert_allclose(found, CLASSES, rtol=1e-9)
    prior = 10 + p.sum(axis=0)
    q = softmax(4.0 * (SAMPLES @ unit_rows(CLASSES).T) + np.log(prior / prior.sum()), axis=1)
    shift = (found - CLASSES) * 1e12
    wanted = q.T @ SAMPLES - q.sum(axis=0)[:, None] * CLASSES
    assert_allclose(shift, wanted, atol=0.01)


def test_a_distractor_takes_samples_that_are_far_from_all():
    classes, far = np.eye(5)[:4], np.eye(5)[4:]  # at right angles to all classes
    own = unit_rows(classes.repeat(10, axis=0) + 0.1 * RNG.normal(size=(40, 5)))
    both = np.concatenate([own, far.repeat(40, axis=0)])
    given = {"classes": classes, "bias": np.zeros(4), "scale": 20.0}
    wanted = refined(own, **given)
    found, pulled = refined(both, **given, stranger_score=0.5), refined(both, **given)
    assert np.abs(found - wanted).max() < 0.01
    assert np.abs(pulled - wanted).max() > 0.1


def test_one_step_with_a_distractor_is_the_formula():
    logits = 4.0 * (SAMPLES @ unit_rows(CLASSES).T + BIAS)
    p = softmax(np.hstack([logits, np.full((30, 1), 4.0 * 0.4)]), axis=1)[:, :4]
    wanted = (STRENGTH[:, None] * CLASSES + p.T @ SAMPLES) / (STRENGTH + p.sum(axis=0))[:, None]
    assert_allclose(refined(n_steps=1, stranger_score=0.4)[FREE], wanted[FREE], rtol=1e-12)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_precision_is_that_of_the_samples(kind):
    assert refined(SAMPLES.astype(kind)).dtype == kind


def test_inputs_stay_as_they_were():
    before = CLASSES.copy()
    refined()
    assert_array_equal(CLASSES, before)
