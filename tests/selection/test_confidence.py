"""Quantiles of best scores: what each sample weighs, and how thresholds grow with the number of classes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from zsl.persistence.codec import pack, unpack
from zsl.selection.calibration import Confidence


def fold(n_classes=12, n_samples=600, seed=0):
    """Scores of noise with a lift for the true class, half of the classes seen."""
    rng = np.random.default_rng(seed)
    scores, truth = rng.normal(size=(n_samples, n_classes)), np.arange(n_samples) % n_classes
    scores[np.arange(n_samples), truth] += 1
    return scores, np.arange(n_classes) % 2 == 0, truth


def test_quantiles_go_from_least_to_largest_in_half_percents():
    found = Confidence.of_best(np.random.default_rng(0).permutation(np.arange(401.0)))
    assert_allclose(found.quantiles, np.arange(0, 401, 2))
    assert found.growth == ()


def test_they_are_those_of_the_best_scores():
    scores, is_seen, truth = fold()
    found = Confidence.of_folds([(scores, is_seen, truth)])
    assert_allclose(found.quantiles, np.quantile(scores.max(axis=1), np.linspace(0, 1, 201)), atol=0.05)
    assert np.median(scores.max(axis=1)) == pytest.approx(found.quantiles[100], abs=0.01)


def test_classes_weigh_the_same_however_many_samples_they_have():
    scores, is_seen, truth = fold()
    often = np.concatenate([np.arange(len(truth)), np.tile(np.flatnonzero(truth == 3), 20)])
    scores[truth == 3] += 5  # would move the median if its samples counted each
    plain, more = (Confidence.of_folds([(scores[rows], is_seen, truth[rows])]) for rows in (np.arange(600), often))
    assert_allclose(more.quantiles[100], plain.quantiles[100], atol=0.02)
    assert np.median(scores[often].max(axis=1)) > plain.quantiles[100] + 1


def test_the_best_of_more_scores_is_larger():
    found = Confidence.of_folds([fold()])
    assert min(found.growth) >= 0
    assert found.growth[100] > 0.1
    thresholds = [found.threshold(0.05, n) for n in (6, 12, 24, 1000)]
    assert thresholds == sorted(thresholds)
    assert len(set(thresholds)) == 4


def test_at_the_measured_number_the_threshold_is_the_quantile():
    found = Confidence.of_folds([fold(), fold(seed=1)])
    assert found.n_classes == 12
    assert found.threshold(0.05, 12) == pytest.approx(found.quantiles[10])
    assert found.threshold(0.05, 24) == pytest.approx(found.quantiles[10] + np.log(2) * found.growth[10])


def test_growth_carries_over_to_more_classes():
    """A threshold measured with few classes rejects about the share asked for among four times as many."""
    few, (scores, _, _) = Confidence.of_folds([fold(24, 4800)]), fold(96, 4800, seed=1)
    best = scores.max(axis=1)
    grown, fixed = (best < few.threshold(0.2, n) for n in (96, 24))
    assert abs(grown.mean() - 0.2) < 0.08
    assert fixed.mean() < 0.08


def test_an_empty_one_is_false():
    assert not Confidence()
    assert Confidence.of_folds([fold()])


def test_a_stored_one_comes_back():
    found, tensors = Confidence.of_folds([fold()]), {}
    assert unpack(pack(found, "confidence", tensors), tensors) == found
