"""Moments of splits against those of the rows that each trains on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.evaluation.splits import ClassKFold
from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import Origin
from zsl.selection.split_moments import MOST_GROUPS, SplitMoments


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_splits", [2, 5, MOST_GROUPS + 1])
def test_moments_of_splits_are_those_of_their_rows_in_any_order_and_again(n_splits, weighted):
    rng = np.random.default_rng(n_splits)
    codes = np.sort(rng.integers(14, size=400))
    X = rng.normal(size=(400, 9)) + codes[:, None] / 10
    weights = rng.integers(1, 4, size=400).astype(float) if weighted else None
    origin = Origin.of(X)
    splits = list(ClassKFold(n_splits, seen_test_size=0.2, random_state=0).split(X, codes))
    moments = SplitMoments(X, codes, 14, splits, origin, weights)
    for number in [n_splits - 1, 0, n_splits - 1, 1]:
        found = moments.known(number)
        wanted = unit_moments(X, codes, 14, splits[number][0], origin, weights)
        assert_array_equal(found.counts, wanted.counts)
        assert_allclose(found.sums, wanted.sums, atol=1e-11)
        assert_allclose(found.gram, wanted.gram, atol=1e-11)
    whole = unit_moments(X, codes, 14, None, origin, weights)
    assert_allclose(moments.whole.gram, whole.gram, atol=1e-11)
    assert_array_equal(moments.whole.counts, whole.counts)
