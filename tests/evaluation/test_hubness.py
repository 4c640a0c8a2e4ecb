"""k-occurrence and its skewness on cases worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew

from zsl.evaluation import hubness, k_occurrence
from zsl.exceptions import InvalidInputError

SCORES = [[3, 2, 1], [1, 3, 2], [3, 1, 2]]


@pytest.mark.parametrize(("k", "counts"), [(1, [2, 1, 0]), (2, [2, 2, 2]), (3, [3, 3, 3])])
def test_counts_by_hand(k, counts):
    assert k_occurrence(SCORES, k).tolist() == counts
    assert k_occurrence(SCORES, np.int64(k)).tolist() == counts


def test_ties_go_to_the_lower_column():
    assert k_occurrence([[1, 1, 1], [0, 2, 2]], 1).tolist() == [1, 1, 0]
    assert k_occurrence([[1, 1, 1], [2, 0, 0]], 2).tolist() == [2, 2, 0]


def test_skewness_by_hand():
    # One class draws all three queries: counts 3, 0, 0, so deviations 2, -1, -1, third moment 2, variance 2.
    assert hubness([[1, 0, 0]] * 3) == pytest.approx(2 / 2**1.5)
    assert hubness(SCORES, 1) == pytest.approx(0)


def test_equal_counts_have_no_skewness():
    assert hubness(SCORES, 2) == 0
    assert hubness([[1.0], [2.0]]) == 0


@given(st.integers(1, 20), st.integers(2, 8), st.integers(0, 100), st.data())
def test_counts_sum_up_and_skewness_is_that_of_scipy(n_queries, n_classes, seed, data):
    k = data.draw(st.integers(1, n_classes - 1))
    scores = np.random.default_rng(seed).integers(0, 4, size=(n_queries, n_classes))
    counts = k_occurrence(scores, k)
    assert counts.sum() == k * n_queries
    assert ((counts >= 0) & (counts <= n_queries)).all()
    if len(set(counts.tolist())) > 1:
        assert hubness(scores, k) == pytest.approx(skew(counts))


@pytest.mark.parametrize("k", [0, -1, 4, 1.0, "1", None])
def test_k_out_of_range_is_named(k):
    with pytest.raises(InvalidInputError, match=r"k=.*; wanted a whole number from 1 to 3\."):
        k_occurrence(SCORES, k)
    with pytest.raises(InvalidInputError, match="k="):
        hubness(SCORES, k)


def test_scores_have_to_be_finite():
    with pytest.raises(InvalidInputError, match="scores holds nan"):
        hubness([[1.0, np.nan]])
