"""The threshold of best F1, against all thresholds tried one by one."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from zsl.functional.scores.thresholds import best_f1_threshold


@pytest.mark.parametrize("seed", range(8))
def test_no_other_threshold_is_better(seed):
    rng = np.random.default_rng(seed)
    present = rng.random(40) < 0.3
    values = np.round(rng.normal(size=40) + present, 1)  # with ties
    found = f1_score(present, values >= best_f1_threshold(values, present))
    tried = [f1_score(present, values >= value) for value in np.unique(values)]
    assert found == max(tried)


def test_the_threshold_lies_between_two_values():
    values, present = np.array([0.0, 4.0, 1.0, 2.0]), np.array([False, True, False, True])
    assert best_f1_threshold(values, present) == 1.5
    close = np.array([1.0, np.nextafter(1.0, 2.0)])
    assert (close >= best_f1_threshold(close, np.array([False, True]))).tolist() == [False, True]


def test_always_and_never():
    values = np.array([0.3, 0.1, 0.2])
    assert best_f1_threshold(values, np.ones(3, dtype=bool)) == -np.inf
    assert best_f1_threshold(values, np.zeros(3, dtype=bool)) == np.inf
    assert best_f1_threshold(np.zeros(3), np.array([True, False, False])) == -np.inf
