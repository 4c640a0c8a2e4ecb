"""The calibration error by hand, on probabilities that are true by construction, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from zsl import InvalidInputError
from zsl.evaluation import expected_calibration_error, reliability_curve

CLASSES = ["a", "b", "c"]
TABLE = [[0.5, 0.3, 0.2], [0.45, 0.35, 0.2], [0.1, 0.9, 0.0], [0.1, 0.1, 0.8], [1.0, 0.0, 0.0]]
TRUTH = ["a", "b", "b", "c", "a"]


def test_two_bins_by_hand():
    # (0, .5]: confidences .5 and .45, one right of two; (.5, 1]: .9, .8 and 1, all right
    curve = reliability_curve(TRUTH, TABLE, classes=CLASSES, n_bins=2)
    assert_allclose(curve.share, [0.4, 0.6])
    assert_allclose(curve.confidence, [0.475, 0.9])
    assert_allclose(curve.accuracy, [0.5, 1.0])
    found = expected_calibration_error(TRUTH, TABLE, classes=CLASSES, n_bins=2)
    assert found == pytest.approx(0.4 * 0.025 + 0.6 * 0.1)


def test_weights_by_hand():
    found = expected_calibration_error(TRUTH, TABLE, classes=CLASSES, n_bins=2, sample_weight=[3, 1, 2, 0, 0])
    assert found == pytest.approx(4 / 6 * abs(0.75 - (3 * 0.5 + 0.45) / 4) + 2 / 6 * 0.1)


def test_repeating_an_image_is_counting_it_twice():
    twice = [0, 1, 1, 2, 3, 4, 4]
    repeated = expected_calibration_error(np.array(TRUTH)[twice], np.array(TABLE)[twice], classes=CLASSES)
    weighted = expected_calibration_error(TRUTH, TABLE, classes=CLASSES, sample_weight=[1, 2, 1, 1, 2])
    assert repeated == pytest.approx(weighted)


def test_empty_bins_are_no_number_and_count_for_nothing():
    curve = reliability_curve(TRUTH, TABLE, classes=CLASSES, n_bins=10)
    assert np.isnan(curve.accuracy[:4]).all()
    assert np.isnan(curve.confidence[[0, 1, 2, 3, 5, 6]]).all()
    assert_allclose(curve.share, [0, 0, 0, 0, 0.4, 0, 0, 0.2, 0.2, 0.2])
    one = reliability_curve(TRUTH, TABLE, classes=CLASSES, n_bins=1)
    assert one.expected_calibration_error == pytest.approx(abs(0.8 - 0.73))


def test_a_label_without_a_column_is_missed():
    curve = reliability_curve([3], [[1.0, 0.0]], classes=[1, 2])
    assert curve.accuracy[-1] == 0
    assert curve.expected_calibration_error == 1


def test_the_columns_may_come_in_any_order():
    order = [2, 0, 1]
    swapped = expected_calibration_error(TRUTH, np.array(TABLE)[:, order], classes=np.array(CLASSES)[order])
    assert swapped == expected_calibration_error(TRUTH, TABLE, classes=CLASSES)


def test_true_probabilities_have_next_to_no_error():
    rng = np.random.default_rng(0)
    table = rng.dirichlet([0.4] * 4, size=40_000)
    truth = (table.cumsum(axis=1) < rng.random((len(table), 1))).sum(axis=1)
    assert expected_calibration_error(truth, table, classes=range(4)) < 0.01
    flat = 0.5 * table + 0.125
    assert expected_calibration_error(truth, flat, classes=range(4)) > 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_prob": [[2.0, -1.0, 0.0]] * 5}, r"y_prob has values from -1 to 2; wanted them in \[0, 1\]"),
        ({"y_prob": [[0.5, 0.3, 0.1]] * 5}, "y_prob sums in row 0 to 0.9; wanted 1"),
        ({"y_prob": [0.5, 0.5]}, "y_prob has shape"),
        ({"y_prob": [[np.nan, 0.5, 0.5]] * 5}, "y_prob holds nan"),
        ({"classes": ["a", "b"]}, "y_prob has 3 columns; wanted one per class, 2"),
        ({"classes": ["a", "b", "b"]}, "names a class twice"),
        ({"y_true": ["a"]}, "5 rows and y_true 1 labels"),
        ({"n_bins": 0}, "n_bins=0; wanted a whole number of 1 or more"),
        ({"n_bins": 2.5}, "n_bins=2.5; wanted a whole number of 1 or more"),
        ({"sample_weight": [1.0]}, r"sample_weight of shape \(1,\) cannot be used; wanted 5"),
        ({"sample_weight": [1, 1, 1, 1, -1]}, "wanted 5 finite numbers of 0 or more"),
        ({"sample_weight": np.zeros(5)}, "not all 0"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"y_true": TRUTH, "y_prob": TABLE, "classes": CLASSES} | change
    with pytest.raises(InvalidInputError, match=message):
        expected_calibration_error(**given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((TABLE, TRUTH), {}),
        ((np.array(TABLE), np.array(TRUTH)), {}),
        ((TABLE,), {"y_true": TRUTH}),
        ((), {"probabilities": TABLE, "y_true": TRUTH}),
        ((TRUTH,), {"y_prob": TABLE}),
    ],
)
def test_the_former_order_of_arguments_works(given, named):
    found = expected_calibration_error(*given, classes=CLASSES, n_bins=2, **named)
    assert found == expected_calibration_error(TRUTH, TABLE, classes=CLASSES, n_bins=2) > 0


def test_bins_know_their_number_of_samples():
    curve = reliability_curve(TRUTH, TABLE, classes=CLASSES, n_bins=2, sample_weight=[3, 1, 2, 0, 0])
    assert curve.counts.tolist() == [2, 3]
