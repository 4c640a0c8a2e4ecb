"""The registry and the scalers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.classes.registry import ClassRegistry
from zsl.exceptions import InvalidInputError
from zsl.selection.scaling import Scaler


@pytest.fixture
def registry():
    return ClassRegistry(
        np.array(["b", "d"]), np.ones(2, bool), np.zeros(2, bool), np.zeros((2, 2)), np.zeros((0, 3)), np.zeros(2)
    )


def test_registry_grows_in_sorted_order_and_never_changes(registry):
    grown = registry.with_semantics(np.array(["c", "b"]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    more = grown.with_support(np.array(["a", "d", "a"]), np.arange(9.0).reshape(3, 3))
    assert more.labels.tolist() == ["a", "b", "c", "d"]
    assert more.seen.tolist() == [False, True, False, True]
    assert more.described.tolist() == [False, True, True, False]
    assert more.semantics.tolist() == [[0, 0], [3, 4], [1, 2], [0, 0]]
    assert more.sums.tolist() == [[6, 8, 10], [0, 0, 0], [0, 0, 0], [3, 4, 5]]
    assert more.counts.tolist() == [2, 0, 0, 1]
    assert len(registry) == 2
    assert not registry.counts.any()


def test_columns_of_unknown_and_of_other_kinds_of_labels(registry):
    assert registry.columns(np.array(["d", "x", "b"])).tolist() == [1, -1, 0]
    assert registry.columns(np.array([1, 2])).tolist() == [-1, -1]


def test_objects_stay_objects(registry):
    labels = registry.labels.astype(object)
    objects = ClassRegistry(
        labels, *(getattr(registry, k) for k in ("seen", "described", "semantics", "support", "counts"))
    )
    assert objects.with_semantics(np.array(["a"]), np.zeros((1, 2))).labels.dtype == object


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(60, 4)) * [1, 10, 0.1, 1] + 5


def test_whitening_divides_by_the_shrunk_covariance_within_classes(rows):
    codes = np.arange(60) % 3
    rows = rows + codes[:, None] * 7
    scaler = Scaler.fit("s", "whiten", rows, codes)
    means = np.stack([rows[codes == code].mean(axis=0) for code in range(3)])
    within = rows - means[codes]
    covariance = within.T @ within / 60
    level = np.trace(covariance) / 4
    assert_allclose(scaler.factor @ scaler.factor.T, np.linalg.inv(covariance + level * np.eye(4)) * level, rtol=1e-5)
    assert_allclose(scaler(rows), (rows - rows.mean(axis=0)) @ scaler.factor)


def test_whitening_of_classes_without_spread():
    assert_array_equal(Scaler.fit("s", "whiten", np.eye(3), np.arange(3)).factor, np.ones(3))


def test_other_scalings(rows):
    assert_allclose(Scaler.fit("s", "standard", rows)(rows).std(axis=0), 1)
    assert_allclose(Scaler.fit("s", "center", rows)(rows), rows - rows.mean(axis=0))
    assert_array_equal(Scaler.fit("s", "none", rows)(rows), rows)
    constant = np.column_stack([rows, np.full(60, 1e6 + 0.1)])
    assert_allclose(Scaler.fit("s", "standard", constant)(constant)[:, -1], 0, atol=1e-6)


def test_unit_rows(rows):
    scaler = Scaler.fit("s", "none", rows)
    assert_allclose(np.linalg.norm(scaler.unit(rows), axis=1), 1)
    assert_array_equal(scaler.unit(np.zeros((1, 4))), np.zeros((1, 4)))


def test_unknown_scalings(rows):
    with pytest.raises(InvalidInputError, match="s='whiten'; wanted one of 'none', 'center', 'standard'"):
        Scaler.fit("s", "whiten", rows)
