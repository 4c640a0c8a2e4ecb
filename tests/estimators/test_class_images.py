"""Images that are kept of classes: which, in what order, and how many."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from zsl import ModelFileError
from zsl.classes.registry import ClassRegistry
from zsl.classes.stored import ClassImages

LABELS = np.array(["a", "b"])


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((12, 3))


def known(limit=100):
    return ClassImages.empty(LABELS, 2, 3, limit)


def test_images_are_kept_at_length_one_whatever_the_order(X):
    y = np.tile(["a", "b", "c"], 4)
    order = np.random.default_rng(1).permutation(12)
    at_once, parts = known().with_support(y, X), known()
    for rows in np.array_split(order, 3):
        parts = parts.with_support(y[rows], X[rows])
    assert at_once.labels.tolist() == parts.labels.tolist() == ["a", "b", "c"]
    assert at_once.counts.tolist() == [4, 4, 4]
    assert at_once.seen.tolist() == [True, True, False]
    for one, other in zip(at_once.images, parts.images, strict=True):
        assert_array_equal(one, other)
        assert one.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, rtol=1e-6)


def test_a_sample_is_kept_of_too_many(X):
    at_once = known(limit=5).with_support(np.full(12, "a"), X)
    parts = known(limit=5).with_support(np.full(6, "a"), X[6:]).with_support(np.full(6, "a"), X[:6])
    assert at_once.counts.tolist() == [5, 0]
    assert_array_equal(at_once.images[0], parts.images[0])


def test_classes_are_taken_and_described(X):
    classes = known().with_support(np.array(["a", "b", "b"]), X[:3])
    classes = classes.with_semantics(np.array(["b", "d"]), np.ones((2, 2)))
    assert classes.labels.tolist() == ["a", "b", "d"]
    assert classes.described.tolist() == [False, True, True]
    taken = classes.take(np.array([1, 0]))
    assert taken.labels.tolist() == ["b", "a"]
    assert [len(rows) for rows in taken.images] == [2, 1]
    none = classes.take(np.zeros(3, dtype=bool))
    again = none.with_support(np.array([7, 7]), X[:2])  # labels of another type may come
    assert again.labels.tolist() == [7]
    assert len(again.images[0]) == 2
    described = none.with_semantics(np.array(["e"]), np.ones((1, 2))).with_support(np.array(["e"]), X[:1])
    assert described.images[0].shape == (1, 3)


def test_files_hold_as_many_images_as_they_count(X):
    classes = known().with_support(np.array(["a", "b", "b"]), X[:3])
    plain = ClassRegistry(
        *(getattr(classes, name) for name in ("labels", "seen", "described", "semantics", "sums", "counts"))
    )
    back = ClassImages.of_file(plain, np.concatenate(classes.images), 100)
    for one, other in zip(back.images, classes.images, strict=True):
        assert_array_equal(one, other)
    with pytest.raises(ModelFileError, match="2 images, and its classes 3"):
        ClassImages.of_file(plain, np.concatenate(classes.images)[:2], 100)
    assert ClassImages.of_file(plain.take(np.zeros(2, dtype=bool)), np.zeros((0, 3), np.float32), 1).images == ()
