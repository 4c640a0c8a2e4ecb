"""Closed forms look at training samples by slices and short rising lists of rows alone, as files of them are read."""

import numpy as np
import pytest
from sklearn.utils.validation import check_is_fitted
from worlds import data

import zsl
from zsl.estimators import _described_classes
from zsl.estimators.catalog import CATALOG
from zsl.estimators.zero_shot.closed_form import ClosedFormClassifier
from zsl.functional.linear import moments, origins

KINDS = [kind for entry in CATALOG if issubclass(kind := getattr(zsl, entry.name), ClosedFormClassifier)]
KNOWN = data("ESZSLClassifier")
MOST_ROWS = 4096
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
GIVEN = {
    "default": {},
    "none": {"feature_scaling": "none"},
    "standard": {"feature_scaling": "standard"},
    "whiten": {"feature_scaling": "whiten"},
    "gate": {"balance": "gate"},
    "nothing to choose": {"cv": None},
    "no semantics": {"semantics": None},
}


class Rows:
    """Samples that can be asked for their shape, their dtype, and some rows at a time; nothing else is there."""

    __slots__ = ("_X", "most", "read")
    __array__ = None  # no array is made of them by the way

    def __init__(self, X):
        self._X, self.read, self.most = X, 0, 0

    shape = property(lambda self: self._X.shape)
    dtype = property(lambda self: self._X.dtype)
    ndim = property(lambda self: self._X.ndim)

    def __len__(self):
        return len(self._X)

    def __getitem__(self, rows):
        if isinstance(rows, slice):
            assert rows.step in (None, 1)
        else:
            assert isinstance(rows, np.ndarray)
            assert (rows.dtype.kind, rows.ndim) == ("i", 1)
            assert (np.diff(rows) >= 0).all(), rows
        found = self._X[rows].copy()
        self.read += len(found)
        self.most = max(self.most, len(found))
        return found


def fitted(kind, X, y, monkeypatch, wrapped, weights=None, **given):
    """An estimator fitted behind the door, on an array or on rows of it; and these."""
    seen = []

    def door(estimator, X, y):
        samples, labels = read(estimator, X, y)
        seen.append(Rows(samples) if wrapped else samples)
        return seen[0], labels

    read = _described_classes.as_training
    with monkeypatch.context() as patch:
        patch.setattr(_described_classes, "as_training", door)
        made = kind(**{"semantics": KNOWN.table} | given).fit(X, y, sample_weight=weights)
    check_is_fitted(made)
    return made, seen[0]


def assert_equal(found, wanted):
    assert found.selection_ == wanted.selection_
    assert found.temperature_ == wanted.temperature_
    for calibrated in (False, True):
        scores = [own.class_scores(KNOWN.queries, calibrated=calibrated) for own in (found, wanted)]
        np.testing.assert_array_equal(*scores)


@each
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_fits_are_those_of_the_array(kind, dtype, given, monkeypatch):
    X = KNOWN.X.astype(dtype)
    found, _ = fitted(kind, X, KNOWN.y, monkeypatch, True, **given)
    wanted, _ = fitted(kind, X, KNOWN.y, monkeypatch, False, **given)
    assert_equal(found, wanted)


@each
def test_fits_with_weights_are_those_of_the_array(kind, monkeypatch):
    weights = np.linspace(0.5, 2, len(KNOWN.X))
    found, _ = fitted(kind, KNOWN.X, KNOWN.y, monkeypatch, True, weights)
    wanted, _ = fitted(kind, KNOWN.X, KNOWN.y, monkeypatch, False, weights)
    assert_equal(found, wanted)


@each
def test_no_more_rows_at_a_time_than_a_block_has(kind, monkeypatch):
    """Whatever the number of samples, of which each is read a small number of times."""
    for module in (moments, origins):
        monkeypatch.setattr(module, "BLOCK_ROWS", 64)
    X, y = np.tile(KNOWN.X, (80, 1)), np.tile(KNOWN.y, 80)
    X += np.random.default_rng(0).normal(scale=0.1, size=X.shape)
    _, rows = fitted(kind, X, y, monkeypatch, True)
    assert rows.most <= MOST_ROWS < len(X)
    assert rows.read < 8 * len(X)
