"""Origins, lengths and ranges against plain formulas, at ordinary and at extreme sizes."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.exceptions import InvalidInputError
from zsl.functional.linear.origins import Origin, check_magnitude, lengths, unit_rows

X = np.random.default_rng(0).normal(loc=[0.0, 3.0, -2.0, 1.0], size=(9, 4))


def test_the_origin_is_the_mean_and_its_size_the_next_power_of_two():
    origin = Origin.of(X)
    assert_allclose(origin.point, X.mean(axis=0))
    reach = np.abs(X - X.mean(axis=0)).max()
    assert origin.size == 2.0 ** (math.floor(math.log2(reach)) + 1)
    assert_allclose(origin(X), (X - X.mean(axis=0)) / origin.size)
    assert np.abs(origin(X)).max() < 1
    assert origin.fits()


def test_without_centring_it_is_zero():
    origin = Origin.of(X, centred=False)
    assert_array_equal(origin.point, np.zeros(4))
    assert origin.size == 2.0 ** (math.floor(math.log2(np.abs(X).max())) + 1)
    assert_allclose(origin.directions(X), X / np.linalg.norm(X, axis=1, keepdims=True))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_directions_by_the_formula_in_the_precision_of_the_samples(kind):
    samples = X.astype(kind)
    origin = Origin.of(samples)
    moved = samples - samples.mean(axis=0, dtype=np.float64)
    found = origin.directions(samples)
    assert found.dtype == origin(samples).dtype == kind
    assert_allclose(
        found, moved / np.linalg.norm(moved, axis=1, keepdims=True), rtol=20 * np.finfo(kind).eps, atol=1e-6
    )
    block = np.empty_like(samples)
    assert origin.into(block, samples) is block
    assert_array_equal(block, found)


@pytest.mark.parametrize("unit", [1e-100, 1e-6, 1e6, 1e100])
def test_directions_know_of_no_unit_and_no_constant(unit):
    wanted = Origin.of(X).directions(X)
    assert_allclose(Origin.of(unit * X).directions(unit * X), wanted, rtol=1e-12)
    moved = X + 7.0
    assert_allclose(Origin.of(moved).directions(moved), wanted, rtol=1e-12)


def test_what_lies_at_the_origin_has_no_direction():
    same = np.full((3, 2), 0.1)
    origin = Origin.of(same)
    assert origin.size == 1.0
    assert_array_equal(origin.directions(same), np.zeros((3, 2)))
    far = Origin(np.array([1e8, 0.0]), 1.0)
    near = np.array([[1e8 + 1e-7, 0.0], [1e8 + 1.0, 0.0]])  # the first is off by rounding only
    assert_array_equal(far.directions(near), [[0.0, 0.0], [1.0, 0.0]])


def test_single_precision_has_a_point_that_it_can_write():
    samples = (X + 1e4).astype(np.float32)
    point = Origin.of(samples).point
    assert point.dtype == np.float64
    assert_array_equal(point, point.astype(np.float32))
    assert (point >= samples.min(axis=0)).all()
    assert (point <= samples.max(axis=0)).all()


@pytest.mark.parametrize(("kind", "good", "bad"), [(np.float64, 9e151, 2e152), (np.float32, 9e36, 2e37)])
def test_features_beyond_what_sums_can_hold_are_refused(kind, good, bad):
    for sign in (1, -1):
        check_magnitude("X", np.array([[0.0, sign * good]], dtype=kind))
        with pytest.raises(
            InvalidInputError, match=r"X holds float\d\d numbers of magnitude 2e\+\d+; wanted 1e\+\d+ at most"
        ):
            check_magnitude("X", np.array([[0.0, sign * bad]], dtype=kind))


def test_ranges_of_a_caller():
    for fine in ([[0.0]], [[2.0, -3.0]], [[0.5]], np.zeros((0, 2))):
        check_magnitude("rows", np.array(fine), 3.0, 0.5)
    for odd in ([[3.1]], [[-3.1]], [[0.4, -0.4]]):
        with pytest.raises(InvalidInputError, match=r"rows holds .*; wanted 0\.5 to 3 at the largest: multiply"):
            check_magnitude("rows", np.array(odd), 3.0, 0.5)
    with pytest.raises(InvalidInputError, match="X holds"):
        Origin.of(np.array([[0.0], [1e153]]))


@pytest.mark.parametrize(("kind", "least"), [(np.float64, 1e-152), (np.float32, 1e-30)])
def test_features_that_vary_too_little_are_refused(kind, least):
    Origin.of(np.array([[0.0], [4 * least]], dtype=kind))
    with pytest.raises(
        InvalidInputError, match=r"vary by .* at most; wanted 1e-\d+ or more, beneath which digits are lost"
    ):
        Origin.of(np.array([[0.0], [least]], dtype=kind))


def test_parts_that_do_not_go_together():
    assert not Origin(np.zeros((2, 2)), 1.0).fits()
    assert not Origin(np.array([np.nan]), 1.0).fits()
    assert not Origin(np.zeros(2), 0.0).fits()
    assert not Origin(np.zeros(2), np.inf).fits()
    assert Origin(np.zeros(2), 0.5).fits()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_lengths_of_any_size(kind):
    top = 1e30 if kind is np.float32 else 1e300
    sizes = np.array([1.0, 3.0, top, 1 / top, 1e12, 1e-12], dtype=kind)
    rows = np.array([[3.0, -4.0]], dtype=kind) * sizes[:, None]
    assert lengths(rows).dtype == kind
    assert_allclose(lengths(rows)[:, 0] / sizes, 5.0, rtol=4 * np.finfo(kind).eps)
    mixed = np.array([[3.0, -4.0], [0.0, 0.0]], dtype=kind)
    assert lengths(mixed)[:, 0].tolist() == [5.0, np.inf]
    assert lengths(mixed, 5.0)[:, 0].tolist() == [np.inf, np.inf]
    assert lengths(mixed, 4.9)[:, 0].tolist() == [5.0, np.inf]


def test_rows_of_length_one_and_rows_of_nothing():
    found = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [3e-13, 4e-13], [3e-11, 4e-11]]))
    assert_allclose(found, [[0.6, 0.8], [0, 0], [0, 0], [0.6, 0.8]])
