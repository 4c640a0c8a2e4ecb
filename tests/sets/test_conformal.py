"""Conformal scores and quantiles against brute force, and coverage in simulation."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.functional.scores.conformal import (
    Standing,
    conformal_quantile,
    cumulative_scores,
    group_weights,
    naive_sets,
    threshold_scores,
)


def drawn(rng, n, n_classes, concentration=0.3):
    return rng.dirichlet(np.full(n_classes, concentration), size=n)


def test_scores_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    table = drawn(rng, 30, 6)
    table[0] = [0.25, 0.1, 0.25, 0.1, 0.2, 0.1]  # ties
    share = rng.random(30)
    standing = Standing.of(table)
    found = cumulative_scores(standing, own_share=share[:, None], penalty=0.3, n_free=2)
    for i, row in enumerate(table):
        for c, p in enumerate(row):
            likelier = [q for q in row if q > p]
            wanted = sum(likelier) + share[i] * p + 0.3 * max(0, len(likelier) + 1 - 2)
            assert found[i, c] == pytest.approx(wanted, abs=1e-12)
    assert_array_equal(threshold_scores(standing), 1 - table)
    columns = rng.integers(6, size=30)
    one = cumulative_scores(standing.at(columns), own_share=share, penalty=0.3, n_free=2)
    assert_array_equal(one, found[np.arange(30), columns])


def test_the_likeliest_class_has_the_score_zero_and_classes_may_be_permuted():
    rng = np.random.default_rng(1)
    table = np.round(drawn(rng, 50, 5), 1)
    scores = cumulative_scores(Standing.of(table))
    assert_array_equal(scores[np.arange(50), table.argmax(axis=1)], 0)
    order = rng.permutation(5)
    assert_allclose(cumulative_scores(Standing.of(table[:, order])), scores[:, order], atol=1e-12)


def test_naive_sets_add_classes_until_the_sum_is_reached():
    rng = np.random.default_rng(2)
    table = drawn(rng, 40, 7)
    for row, found in zip(table, naive_sets(table, 0.8), strict=True):
        wanted, total = set(), 0.0
        for c in np.argsort(-row):
            if total >= 0.8:
                break
            wanted.add(int(c))
            total += row[c]
        assert set(np.flatnonzero(found).tolist()) == wanted


@pytest.mark.parametrize("n", [1, 8, 9, 10, 19, 200])
@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_equal_weights_give_the_order_statistic(n, coverage):
    scores = np.random.default_rng(n).permutation(n).astype(float)
    place = math.ceil(round((n + 1) * coverage, 9))
    wanted = np.sort(scores)[place - 1] if place <= n else np.inf
    assert conformal_quantile(scores, coverage) == wanted
    assert conformal_quantile(scores, coverage, weights=np.full(n, 0.25), unit=0.25) == wanted


def test_groups_weigh_the_same_whatever_their_sizes():
    groups = np.array([0, 0, 0, 0, 1, 2, 2])
    assert_allclose(np.bincount(groups, group_weights(groups)), 1)
    rng = np.random.default_rng(3)
    scores = rng.random(len(groups))
    found = conformal_quantile(scores, 0.6, weights=group_weights(groups))
    below = [q for q in sorted(scores) if sum(np.mean(scores[groups == g] <= q) for g in range(3)) >= 0.6 * 4 - 1e-9]
    assert found == below[0]
    assert conformal_quantile(scores, 0.8, weights=group_weights(groups)) == np.inf  # of 3 classes at most 3/4


def test_no_scores_cover_everything():
    assert conformal_quantile(np.zeros(0), 0.9) == np.inf


def test_coverage_of_new_samples():
    rng = np.random.default_rng(4)
    hits = []
    for _ in range(2000):
        scores = rng.standard_exponential(30)
        hits.append(scores[-1] <= conformal_quantile(scores[:-1], 0.9))
    assert 0.9 - 0.02 < np.mean(hits) < 0.9 + 1 / 30 + 0.02


def test_coverage_of_samples_of_new_groups():
    """Groups differ much: the plain quantile falls short for a new one, the hierarchical one doesn't."""
    rng = np.random.default_rng(5)
    plain, hierarchical = [], []
    for _ in range(1500):
        sizes = rng.integers(1, 40, size=20)
        groups = np.repeat(np.arange(20), sizes)
        scores = rng.normal(3 * rng.standard_normal(20)[groups], 1) + sizes[groups] * -0.1
        new_size = rng.integers(1, 40)
        new = rng.normal(3 * rng.standard_normal(), 1) - 0.1 * new_size
        plain.append(new <= conformal_quantile(scores, 0.9))
        hierarchical.append(new <= conformal_quantile(scores, 0.9, weights=group_weights(groups)))
    assert np.mean(plain) < 0.87
    assert np.mean(hierarchical) > 0.88
