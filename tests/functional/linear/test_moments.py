"""Moments of labelled rows against the rows themselves."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.functional.linear import moments as module
from zsl.functional.linear.moments import Moments, evenly_spread, unit_moments
from zsl.functional.linear.origins import unit_rows


def world(n=60, width=5, n_class=4, seed=0):
    """Rows with a mean away from 0, so that centring matters, and class numbers of which the last has no row."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, width)) + 1, rng.integers(n_class - 1, size=n), n_class


def direct(rows, codes, n_class):
    """The definition, one class at a time."""
    counts = np.array([(codes == c).sum() for c in range(n_class)], dtype=float)
    return Moments(counts, np.array([rows[codes == c].sum(axis=0) for c in range(n_class)]), rows.T @ rows)


def assert_same(found, expected, rtol=1e-10, atol=1e-10):
    assert_array_equal(found.counts, expected.counts)
    assert_allclose(found.sums, expected.sums, rtol=rtol, atol=atol)
    assert_allclose(found.gram, expected.gram, rtol=rtol, atol=atol)


def unit(X):
    return X / np.linalg.norm(X, axis=1, keepdims=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unit_rows_have_length_one_and_keep_their_direction_and_precision(dtype):
    X = np.array([[3, 4], [0, -2], [0, 0]], dtype=dtype)
    rows = unit_rows(X)
    assert rows.dtype == dtype
    assert_allclose(rows, [[0.6, 0.8], [0, -1], [0, 0]], rtol=1e-6)


@pytest.mark.parametrize("block", [1, 7, 59, 60, 61, 4096])
@pytest.mark.parametrize("rows", [None, [5, 3, 40, 41, 42, 59, 0, 12, 13], []])
def test_moments_of_unit_rows_whatever_the_block(monkeypatch, block, rows):
    monkeypatch.setattr(module, "BLOCK_ROWS", block)
    X, codes, n_class = world()
    taken = None if rows is None else np.array(rows, dtype=np.intp)
    place = np.arange(len(X)) if taken is None else taken
    found = unit_moments(X, codes, n_class, taken)
    assert_same(found, direct(unit(X)[place], codes[place], n_class))
    assert found.n == len(place)
    assert found.counts[-1] == 0


def test_a_repeated_row_counts_twice():
    X, codes, n_class = world()
    twice = unit_moments(X, codes, n_class, np.array([4, 4]))
    once = unit_moments(X, codes, n_class, np.array([4]))
    assert_same(twice, once + once)


def test_a_row_of_zeros_counts_and_adds_nothing():
    X, codes, n_class = world()
    X[7] = 0
    found = unit_moments(X, codes, n_class)
    others = unit_moments(X, codes, n_class, np.delete(np.arange(60), 7))
    assert np.isfinite(found.gram).all()
    assert_allclose(found.gram, others.gram)
    assert_allclose(found.sums, others.sums)
    assert found.n == others.n + 1


def test_single_precision_input_gives_double_precision_moments_near_those_of_double_input():
    X, codes, n_class = world(3000, 40, 11)
    single = unit_moments(X.astype(np.float32), codes, n_class)
    double = unit_moments(X, codes, n_class)
    assert single.gram.dtype == single.sums.dtype == single.counts.dtype == np.float64
    assert_array_equal(single.counts, double.counts)
    assert_allclose(single.gram, double.gram, rtol=0, atol=2e-6 * double.gram.max())
    assert_allclose(single.sums, double.sums, rtol=0, atol=2e-6 * double.sums.max())


def test_mean_level_and_number():
    X, codes, n_class = world()
    found = direct(X, codes, n_class)
    assert found.n == 60
    assert_allclose(found.mean, X.mean(axis=0))
    assert found.level == pytest.approx(np.linalg.eigvalsh(X.T @ X).mean())
    assert direct(np.zeros((3, 2)), np.zeros(3, dtype=int), 1).level == 1


def test_sum_and_difference_are_those_of_the_rows():
    X, codes, n_class = world()
    first, rest = direct(X[:20], codes[:20], n_class), direct(X[20:], codes[20:], n_class)
    whole = direct(X, codes, n_class)
    assert_same(first + rest, whole)
    assert_same(whole - rest, first)


def test_covariance_within_classes():
    X, codes, n_class = world()
    X += 3 * codes[:, None]
    means = np.array([X[codes == c].mean(axis=0) for c in range(n_class - 1)])
    centred = X - means[codes]
    assert_allclose(direct(X, codes, n_class).within(), centred.T @ centred / 60, atol=1e-10)


def test_covariance_within_classes_by_hand():
    rows = np.array([[1.0, 0], [3, 0], [10, 5]])  # the classes lie at (2, 0) and (10, 5): only the first one spreads
    assert_allclose(direct(rows, np.array([0, 0, 1]), 2).within(), [[2 / 3, 0], [0, 0]], atol=1e-12)


@pytest.mark.parametrize("width", [1, 5, 300])  # 300 is more than the rows of a matrix that are worked on at once
@pytest.mark.parametrize("kind", ["vector", "matrix"])
def test_mapped_moments_are_those_of_the_mapped_rows(width, kind):
    X, codes, n_class = world(width=width)
    rng = np.random.default_rng(1)
    mean = rng.normal(size=width)
    factor = rng.normal(size=width if kind == "vector" else (width, width))
    before = direct(X, codes, n_class)
    counts, sums, gram = before.counts.copy(), before.sums.copy(), before.gram.copy()
    rows = (X - mean) * factor if kind == "vector" else (X - mean) @ factor
    found = before.mapped(mean, factor)
    expected = direct(rows, codes, n_class)
    assert_same(found, expected, atol=1e-10 * np.abs(expected.gram).max())
    assert_allclose(found.gram, found.gram.T, rtol=1e-9, atol=1e-9 * np.abs(found.gram).max())
    assert_array_equal(before.counts, counts)
    assert_array_equal(before.sums, sums)
    assert_array_equal(before.gram, gram)


def test_mapped_by_the_mean_row_sums_to_zero():
    X, codes, n_class = world()
    found = direct(X, codes, n_class)
    assert_allclose(found.mapped(found.mean, np.ones(5)).mean, 0, atol=1e-12)


def test_of_renumbers_the_classes():
    X, codes, _ = world()
    present = codes != 1
    found = direct(X[present], codes[present], 4).of(np.array([2, 0]))
    assert_same(found, direct(X[present], np.where(codes[present] == 2, 0, 1), 2))


def test_distances_are_even_and_all_rows_come_where_there_are_few():
    assert_array_equal(evenly_spread(10, 5), [0, 2, 4, 6, 8])
    assert_array_equal(evenly_spread(3, 5), [0, 1, 2])
    assert_array_equal(evenly_spread(0, 5), [])
