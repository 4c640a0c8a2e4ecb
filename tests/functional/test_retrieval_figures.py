import numpy as np
import pytest

from zsl.functional.scores.retrieval import average_precision, found_at_k

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
