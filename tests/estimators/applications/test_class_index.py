"""A shortlist of very many classes, with exact scores."""

import copy
import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from zsl import (
    ClassIndex,
    DAPClassifier,
    DEMClassifier,
    ESZSLClassifier,
    FeatureGeneratingClassifier,
    InvalidInputError,
    MissingExtraError,
    PrototypicalClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    SynCClassifier,
    load_digits_zsl,
)

TRAINED = {"random_state": 0, "verbose": False, "early_stopping": False}
ESTIMATORS = [
    RidgePrototypeClassifier(),
    RidgePrototypeClassifier(metric="euclidean"),
    ESZSLClassifier(),
    SynCClassifier(),
    DAPClassifier(n_steps=50, **TRAINED),
    DEMClassifier(n_steps=50, **TRAINED),
    RelationClassifier(n_episodes=5, cv=2, random_state=0, verbose=False),
]
N = 600


@pytest.fixture(scope="module")
def world():
    return load_digits_zsl()


def grown(world, estimator):
    """Fitted, with very many classes added whose semantics lie around those of the digits."""
    clf = copy.deepcopy(estimator).set_params(semantics=world.semantics).fit(world.X_train, world.y_train)
    table = clf._table.vectors
    rng = np.random.default_rng(0)
    rows = table[rng.integers(len(table), size=N)] + 0.5 * table.std(axis=0) * rng.normal(size=(N, table.shape[1]))
    return clf.add_classes(semantics=dict(zip(range(100, 100 + N), rows, strict=True)))


@pytest.fixture(scope="module")
def ridge_once(world):
    return grown(world, ESTIMATORS[0])


@pytest.fixture
def ridge(ridge_once):
    return copy.deepcopy(ridge_once)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_it_finds_what_comparing_all_finds(world, estimator):
    clf = grown(world, estimator)
    index = ClassIndex(clf, n_lists=20).fit(world.X_test_unseen)
    assert 0.99 <= index.recall_ <= 1
    assert index.n_probe_ <= index.n_lists_ == 20
    X = world.X_test_seen
    assert index.recall(X) > 0.97
    labels, scores = index.top_classes(X, k=5)
    wanted_labels, wanted_scores = clf.top_classes(X, k=5)
    same = labels == wanted_labels
    assert same.mean() > 0.97
    assert_allclose(scores[same], wanted_scores[same], rtol=1e-9)
    assert (index.predict(X) == clf.predict(X)).mean() > 0.97


def test_all_lists_and_candidates_are_comparing_all(world, ridge):
    index = ClassIndex(ridge, n_lists=5, n_probe=5, n_candidates=N + 10).fit()
    assert np.isnan(index.recall_)
    assert index.recall(world.X_test_unseen) == 1
    assert_array_equal(index.top_classes(world.X_test_unseen)[0], ridge.top_classes(world.X_test_unseen)[0])


def test_recall_is_the_share_that_is_found(world, ridge):
    index = ClassIndex(ridge, n_lists=30, n_probe=1, n_candidates=10).fit()
    X = world.X_test_unseen
    found, wanted = index.top_classes(X, k=10)[0], ridge.top_classes(X, k=10)[0]
    share = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), wanted.tolist(), strict=True)])
    assert index.recall(X) == pytest.approx(share)
    assert share < 1
    assert all(len(set(row)) == 10 for row in found.tolist())


def test_classes_come_and_go(world, ridge):
    index = ClassIndex(ridge, n_lists=10, n_probe=10, n_candidates=N).fit()
    X = world.X_test_unseen
    best = index.predict(X)
    ridge.remove_classes(np.unique(best))
    assert not np.isin(index.predict(X), best).any()
    assert_array_equal(index.predict(X), ridge.predict(X))
    ridge.add_classes(semantics={-5: ridge._table.vectors[8]})
    assert_array_equal(index.top_classes(X, k=7)[0], ridge.top_classes(X, k=7)[0])
    ridge.remove_classes(ridge.unseen_classes_)
    assert_array_equal(index.predict(X), ridge.predict(X))


def test_it_survives_pickling_and_pipelines(world, ridge):
    piped = make_pipeline(FunctionTransformer(), ridge)
    index = ClassIndex(piped, n_lists=10).fit(world.X_test_unseen)
    again = pickle.loads(pickle.dumps(index))
    assert_array_equal(again.predict(world.X_test_seen), index.predict(world.X_test_seen))
    assert repr(again) == repr(index)


def test_the_same_seed_gives_the_same_index(world, ridge):
    one, other = (ClassIndex(ridge, n_probe=1, random_state=3).fit() for _ in "ab")
    assert_array_equal(one.top_classes(world.X_test_seen)[0], other.top_classes(world.X_test_seen)[0])


def test_no_unseen_classes(world):
    clf = RidgePrototypeClassifier(semantics=world.semantics.to_frame().loc[world.seen_classes])
    clf.fit(world.X_train, world.y_train)
    assert_array_equal(ClassIndex(clf).fit().predict(world.X_test_seen), clf.predict(world.X_test_seen))


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"n_candidates": 0}, "n_candidates=0"),
        ({"n_lists": "many"}, "n_lists='many'"),
        ({"n_probe": 0}, "n_probe=0"),
        ({"target_recall": 1.5}, r"target_recall=1\.5; wanted a number above 0 and up to 1"),
    ],
)
def test_bad_parameters(ridge, parameters, text):
    with pytest.raises(InvalidInputError, match=text):
        ClassIndex(ridge, **parameters).fit()


def test_bad_input_leaves_it_as_it_was(world, ridge):
    index = ClassIndex(ridge, n_candidates=20).fit()
    wanted = index.predict(world.X_test_seen)
    with pytest.raises(InvalidInputError, match="k=21 and n_candidates=20"):
        index.top_classes(world.X_test_seen, k=21)
    with pytest.raises(ValueError, match="features"):
        index.fit(np.ones((3, 2)))
    assert_array_equal(index.predict(world.X_test_seen), wanted)


@pytest.mark.parametrize(
    "estimator",
    [
        FeatureGeneratingClassifier(n_steps=5, cv=None, random_state=0, verbose=False),
        RidgePrototypeClassifier(balance="gate"),
        PrototypicalClassifier(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_that_score_classes_beside_each_other(world, estimator):
    if "semantics" in estimator.get_params():
        estimator.set_params(semantics=world.semantics)
    estimator.fit(world.X_train, world.y_train)
    with pytest.raises(InvalidInputError, match=f"estimator is a {type(estimator).__name__}"):
        ClassIndex(estimator).fit()


def test_without_faiss(ridge, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"zslearn\[ann\]"):
        ClassIndex(ridge).fit()
