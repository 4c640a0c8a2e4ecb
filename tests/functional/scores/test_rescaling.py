"""CSLS and mutual proximity: tables by hand, and what rescaling is for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from zsl.evaluation.hubness import hubness, k_occurrence
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.rescaling import csls, mutual_proximity

TABLE = np.array([[1.0, 3.0], [2.0, 2.0], [0.0, 4.0]])


def test_csls_with_one_neighbour_by_hand():
    # best of the samples 3, 2, 4; best of the classes 2, 4
    assert_allclose(csls(TABLE, 1), [[-3, -1], [0, -2], [-6, 0]])


def test_csls_with_two_neighbours_by_hand():
    # means of the best two of the samples 2, 2, 2; of the classes 1.5, 3.5
    assert_allclose(csls(TABLE, 2), [[-1.5, 0.5], [0.5, -1.5], [-3.5, 2.5]])


def test_csls_with_all_neighbours_by_hand():
    # means of the samples 2, 2, 2; of the classes 1, 3
    expected = [[-1, 1], [1, -1], [-3, 3]]
    assert_allclose(csls(TABLE, 3), expected)
    assert_allclose(csls(TABLE, 100), expected)


def test_csls_takes_as_many_neighbours_as_a_class_has_images_on_average():
    # three samples of two classes: 1.5, rounded up
    assert_allclose(csls(TABLE), csls(TABLE, 2))


def test_csls_with_one_neighbour_is_zero_for_mutual_best_pairs_and_below_elsewhere():
    scores = np.random.default_rng(0).normal(size=(30, 12))
    rescaled = csls(scores, 1)
    mutual = (scores == scores.max(axis=1, keepdims=True)) & (scores == scores.max(axis=0))
    assert_allclose(rescaled[mutual], 0, atol=1e-12)
    assert (rescaled[~mutual] < 0).all()


@pytest.mark.parametrize("k", [1, 3, 8, 50])
def test_csls_knows_no_origin_keeps_the_unit_and_treats_both_sides_alike(k):
    scores = np.random.default_rng(0).normal(size=(20, 8))
    assert_allclose(csls(scores + 5, k), csls(scores, k), atol=1e-12)
    assert_allclose(csls(3 * scores, k), 3 * csls(scores, k), atol=1e-12)
    assert_allclose(csls(scores.T, k).T, csls(scores, k), atol=1e-12)


@pytest.mark.parametrize("k", [0, -1])
def test_csls_without_neighbours_is_refused(k):
    with pytest.raises(InvalidInputError, match=f"k={k}; wanted 1 or more"):
        csls(TABLE, k)


def test_mutual_proximity_by_hand():
    # samples: mean 2, deviations 1, 0, 2; classes: means 1, 3, deviations sqrt(2/3)
    deviation = np.sqrt(2 / 3)
    of_image = [[-1, 1], [0, 0], [-1, 1]]
    of_class = [[0, 0], [1 / deviation, -1 / deviation], [-1 / deviation, 1 / deviation]]
    assert_allclose(mutual_proximity(TABLE), np.log(norm.cdf(of_image)) + np.log(norm.cdf(of_class)))


def test_mutual_proximity_is_a_log_probability_that_neither_unit_nor_origin_changes():
    scores = np.random.default_rng(0).normal(size=(30, 12))
    rescaled = mutual_proximity(scores)
    assert (rescaled < 0).all()
    assert_allclose(mutual_proximity(5 * scores + 3), rescaled)
    assert_allclose(mutual_proximity(scores.T).T, rescaled)


def test_scores_far_from_the_mean_stay_finite():
    scores = np.zeros((4000, 3))
    scores[0] = [-1e3, 0, 1e3]
    assert np.isfinite(mutual_proximity(scores)).all()


@pytest.mark.parametrize("rescale", [csls, mutual_proximity])
def test_inputs_stay_as_they_are(rescale):
    scores = TABLE.copy()
    rescale(scores)
    assert_allclose(scores, TABLE, rtol=0)


@pytest.mark.parametrize("rescale", [csls, mutual_proximity])
@pytest.mark.parametrize("constant", [0.0, 0.1, -2.3])
def test_tables_with_constant_columns_rows_or_a_single_image_stay_in_order(rescale, constant):
    scores = np.random.default_rng(0).normal(size=(7, 4))
    # a single sample: the classes are no evidence about it, so that the order stays
    assert np.argsort(rescale(scores[:1])[0]).tolist() == np.argsort(scores[0]).tolist()
    assert np.ptp(rescale(np.full((7, 4), constant))) <= 1e-9
    scores[:, 2] = constant
    expected = csls(scores) if rescale is csls else _mutual_proximity(scores, constant_column=2)
    assert_allclose(rescale(scores), expected, atol=1e-9)


def _mutual_proximity(scores, constant_column):
    """Mutual proximity with a column that is known to be constant: it lies at its mean."""
    rows = norm.logcdf((scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True))
    spread = scores.std(axis=0)
    spread[constant_column] = 1
    columns = (scores - scores.mean(axis=0)) / spread
    columns[:, constant_column] = 0
    return rows + norm.logcdf(columns)


@pytest.mark.parametrize("rescale", [csls, mutual_proximity])
@pytest.mark.parametrize("seed", range(8))
def test_an_image_given_three_times_is_treated_as_given_once(rescale, seed):
    # the columns are then constant, but their mean may be off by rounding
    sample = np.random.default_rng(seed).normal(size=(1, 5))
    assert_allclose(rescale(np.repeat(sample, 3, axis=0))[0], rescale(sample)[0], atol=1e-9)


@pytest.mark.parametrize("rescale", [csls, mutual_proximity])
def test_hubs_lose(rescale):
    rng = np.random.default_rng(0)
    scores = np.repeat(2 * np.eye(10), 12, axis=0) + rng.normal(size=(120, 10))
    truth = np.repeat(np.arange(10), 12)
    scores[:, 0] += 1.5  # the hub
    rescaled = rescale(scores)
    assert k_occurrence(scores)[0] > 3 * 12
    assert k_occurrence(rescaled)[0] < 2 * 12
    for k in (1, 2):
        assert hubness(rescaled, k) < hubness(scores, k) - 0.3
    assert (rescaled.argmax(axis=1) == truth).mean() > (scores.argmax(axis=1) == truth).mean() + 0.04
