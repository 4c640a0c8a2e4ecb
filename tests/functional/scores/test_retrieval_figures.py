"""Figures of rankings, and the threshold of best F1 against all thresholds tried one by one."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from zsl.functional.scores.retrieval import average_precision, best_f1_threshold, found_at_k

SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
RELEVANT = np.array([True, False, True, False, True])


def test_average_precision_by_hand():
    assert average_precision(SCORES, RELEVANT) == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)


def test_equal_scores_are_one_step():
    assert average_precision(np.zeros(5), RELEVANT) == pytest.approx(3 / 5)


def test_found_at_k_by_hand():
    assert [found_at_k(SCORES, RELEVANT, k) for k in (1, 2, 3, 5, 9)] == [1, 1, 2, 3, 3]


def test_equal_scores_at_the_cut_count_as_in_random_order():
    scores, relevant = np.array([3.0, 2, 2, 2, 1]), np.array([True, True, False, False, True])
    assert found_at_k(scores, relevant, 2) == pytest.approx(1 + 1 / 3)
    draws = np.random.default_rng(0)
    shuffled = []
    for _ in range(4000):
        order = draws.permutation(5)
        best = order[np.argsort(-scores[order], kind="stable")][:2]
        shuffled.append(relevant[best].sum())
    assert np.mean(shuffled) == pytest.approx(1 + 1 / 3, abs=0.03)


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
