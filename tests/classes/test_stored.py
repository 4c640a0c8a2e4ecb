"""Samples that are kept of classes: which, in what order, and how many."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from zsl import ModelFileError
from zsl.classes.stored import StoredSamples
from zsl.persistence.codec import pack, unpack

LABELS = np.array(["a", "b"])


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((12, 3))


def known(limit=100):
    return StoredSamples.empty(LABELS, 2, 3, limit)


def test_samples_are_kept_at_length_one_whatever_the_order(X):
    y = np.tile(["a", "b", "c"], 4)
    order = np.random.default_rng(1).permutation(12)
    at_once, parts = known().with_support(y, X), known()
    for rows in np.array_split(order, 3):
        parts = parts.with_support(y[rows], X[rows])
    assert at_once.labels.tolist() == parts.labels.tolist() == ["a", "b", "c"]
    assert at_once.counts.tolist() == [4, 4, 4]
    assert at_once.seen.tolist() == [True, True, False]
    for one, other in zip(at_once.samples, parts.samples, strict=True):
        assert_array_equal(one, other)
        assert one.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, rtol=1e-6)


def test_a_sample_is_kept_of_too_many(X):
    at_once = known(limit=5).with_support(np.full(12, "a"), X)
    parts = known(limit=5).with_support(np.full(6, "a"), X[6:]).with_support(np.full(6, "a"), X[:6])
    assert at_once.counts.tolist() == [5, 0]
    assert_array_equal(at_once.samples[0], parts.samples[0])


def test_classes_are_taken_and_described(X):
    classes = known().with_support(np.array(["a", "b", "b"]), X[:3])
    classes = classes.with_semantics(np.array(["b", "d"]), np.ones((2, 2)))
    assert classes.labels.tolist() == ["a", "b", "d"]
    assert classes.described.tolist() == [False, True, True]
    taken = classes.take(np.array([1, 0]))
    assert taken.labels.tolist() == ["b", "a"]
    assert [len(rows) for rows in taken.samples] == [2, 1]
    none = classes.take(np.zeros(3, dtype=bool))
    again = none.with_support(np.array([7, 7]), X[:2])  # labels of another type may come
    assert again.labels.tolist() == [7]
    assert len(again.samples[0]) == 2
    described = none.with_semantics(np.array(["e"]), np.ones((1, 2))).with_support(np.array(["e"]), X[:1])
    assert described.samples[0].shape == (1, 3)


def test_stored_ones_come_back(X):
    classes = known().with_support(np.array(["a", "b", "b"]), X[:3])
    tensors = {}
    packed = pack(classes, "classes", tensors)
    back = unpack(packed, tensors)
    assert back.limit == 100
    for one, other in zip(back.samples, classes.samples, strict=True):
        assert_array_equal(one, other)
    nothing = pack(classes.take(np.zeros(2, dtype=bool)), "none", tensors)
    assert unpack(nothing, tensors).samples == ()


def test_files_hold_as_many_samples_as_they_count(X):
    tensors = {}
    packed = pack(known().with_support(np.array(["a", "b", "b"]), X[:3]), "classes", tensors)
    tensors["classes.samples"] = tensors["classes.samples"][:2]
    with pytest.raises(ModelFileError, match="2 samples, and its classes 3"):
        unpack(packed, tensors)
