"""A gallery asked by class, by description, by example; and images asked for their classes."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import (
    FeatureGeneratingClassifier,
    InvalidInputError,
    PrototypicalClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    SynCClassifier,
    ZeroShotRetriever,
)
from zsl.datasets import make_zero_shot

FAST = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "verbose": False}


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(12, 4, n_features=20, n_attributes=8, noise=0.1, random_state=0)


@pytest.fixture(scope="module", params=[RidgePrototypeClassifier, SynCClassifier, RelationClassifier])
def fitted(request, world):
    own = FAST | {"random_state": 0} if request.param is RelationClassifier else {}
    return request.param(semantics=world.semantics, **own).fit(world.X_train, world.y_train)


@pytest.fixture
def retriever(fitted, world):
    return ZeroShotRetriever(fitted).fit(world.X_test_unseen)


def test_known_classes_are_ranked_by_their_scores(retriever, fitted, world):
    asked = world.unseen_classes[::-1]
    found = retriever.search(asked, k=7)
    scores = fitted.class_scores(world.X_test_unseen, asked)
    assert_array_equal(found.queries, asked)
    assert_array_equal(found.indices, np.argsort(-scores, axis=0, kind="stable")[:7].T)
    assert_allclose(found.scores, np.take_along_axis(scores.T, found.indices, axis=1))
    assert_array_equal(retriever.search(asked[0], k=7).indices, found.indices[:1])
    assert retriever.search(asked, k=10_000).indices.shape == (len(asked), retriever.n_samples_)


def test_a_description_asks_like_the_class_it_describes(retriever, world):
    label = world.unseen_classes[1]
    row = world.semantics.select([label])
    described = retriever.search(semantics={"what I look for": row.vectors[0]}, k=5)
    assert described.queries.tolist() == ["what I look for"]
    assert_array_equal(described.indices, retriever.search([label], k=5).indices)


def test_examples_ask_and_may_come_with_a_description(world):
    fitted = RidgePrototypeClassifier(semantics=world.semantics).fit(world.X_train, world.y_train)
    retriever = ZeroShotRetriever(fitted).fit(world.X_test_unseen)
    label = world.unseen_classes[0]
    images = world.X_support[world.y_support == label][:2]
    alone = retriever.search(X=images, y=["a", "a"], k=5)
    assert (world.y_test_unseen[alone.indices[0]] == label).mean() >= 0.6
    row = {"a": world.semantics.select([label]).vectors[0]}
    both = retriever.search(semantics=row, X=images, y=["a", "a"], k=5)
    only = retriever.search(semantics=row, k=5)
    assert not np.allclose(both.scores, only.scores)


def test_the_estimator_stays_as_it_was(retriever, fitted, world):
    before, scores = copy.copy(vars(fitted)), fitted.class_scores(world.X_test_seen)
    retriever.search(semantics={"new": world.semantics.vectors[0]})
    assert {name: id(value) for name, value in vars(fitted).items()} == {n: id(v) for n, v in before.items()}
    assert_array_equal(fitted.class_scores(world.X_test_seen), scores)


def test_images_are_ranked_over_classes(retriever, fitted, world):
    labels, scores = retriever.classify(world.X_test_seen, k=3)
    calibrated = fitted.class_scores(world.X_test_seen, calibrated=True)
    assert_array_equal(labels[:, 0], fitted.predict(world.X_test_seen))
    assert_allclose(scores, -np.sort(-calibrated, axis=1)[:, :3])


def test_blocks_of_images_change_nothing(retriever, world, monkeypatch):
    labels, scores = retriever.classify(world.X_test_seen, k=3)
    monkeypatch.setattr("zsl.estimators._described_classes.BLOCK_ROWS", 7)
    in_blocks = retriever.classify(world.X_test_seen, k=3)
    assert_array_equal(in_blocks[0], labels)
    assert_allclose(in_blocks[1], scores)


def test_a_pipeline_is_looked_through(world):
    model = make_pipeline(StandardScaler(), RidgePrototypeClassifier(semantics=world.semantics))
    retriever = ZeroShotRetriever(model.fit(world.X_train, world.y_train)).fit(world.X_test_unseen)
    support = world.y_support == world.unseen_classes[0]
    found = retriever.search(X=world.X_support[support], y=np.repeat("a", support.sum()), k=5)
    assert (world.y_test_unseen[found.indices[0]] == world.unseen_classes[0]).mean() >= 0.6


def test_equal_images_keep_the_order_of_the_gallery(fitted, world):
    retriever = ZeroShotRetriever(fitted).fit(np.repeat(world.X_test_unseen[:1], 6, axis=0))
    assert_array_equal(retriever.search(world.unseen_classes[:1], k=4).indices, [[0, 1, 2, 3]])


def test_bad_questions_are_told(retriever, world):
    for given in ({}, {"classes": [world.unseen_classes[0]], "semantics": {"a": world.semantics.vectors[0]}}):
        with pytest.raises(InvalidInputError, match="either classes, or new queries"):
            retriever.search(**given)
    with pytest.raises(InvalidInputError, match="not known"):
        retriever.search([-7])
    with pytest.raises(InvalidInputError, match="X and y go together"):
        retriever.search(X=world.X_support[:1])
    with pytest.raises(InvalidInputError, match="k=0"):
        retriever.search(world.unseen_classes, k=0)
    with pytest.raises(ValueError, match="0 sample"):
        retriever.fit(world.X_test_unseen[:0])
    assert retriever.n_samples_ == len(world.X_test_unseen)


def test_estimators_without_a_score_of_their_own_are_refused(world):
    few = PrototypicalClassifier().fit(world.X_train, world.y_train)
    with pytest.raises(InvalidInputError, match="wanted a zero-shot estimator"):
        ZeroShotRetriever(few).fit(world.X_test_unseen)
    made = FeatureGeneratingClassifier(semantics=world.semantics, n_steps=2, cv=None, verbose=False)
    with pytest.raises(InvalidInputError, match="scores classes jointly"):
        ZeroShotRetriever(made.fit(world.X_train, world.y_train)).fit(world.X_test_unseen)
