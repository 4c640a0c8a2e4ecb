"""The best classes of each image, of many and of few."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl import (
    ESZSLClassifier,
    FeatureGeneratingClassifier,
    InvalidInputError,
    PrototypicalClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    load_digits_zsl,
)
from zsl.classes import represented as _represented
from zsl.estimators import _described_classes as _separate

ESTIMATORS = [
    RidgePrototypeClassifier(),
    RidgePrototypeClassifier(balance="gate"),
    ESZSLClassifier(),
    RelationClassifier(n_episodes=5, cv=2, random_state=0, verbose=False),
    FeatureGeneratingClassifier(n_steps=20, cv=None, random_state=0, verbose=False),
]


@pytest.fixture(scope="module")
def world():
    return load_digits_zsl()


@pytest.fixture(params=ESTIMATORS, ids=lambda e: type(e).__name__)
def fitted(request, world):
    return request.param.set_params(semantics=world.semantics).fit(world.X_train, world.y_train)


def test_they_are_those_of_the_largest_scores(fitted, world):
    labels, scores = fitted.top_classes(world.X_test_unseen, k=3)
    table = fitted.class_scores(world.X_test_unseen, calibrated=True)
    order = np.argsort(-table, axis=1, kind="stable")[:, :3]
    assert_array_equal(labels, fitted.classes_[order])
    assert_allclose(scores, np.take_along_axis(table, order, axis=1), rtol=1e-12)
    assert_array_equal(labels[:, 0], fitted.predict(world.X_test_unseen))
    assert_array_equal(
        fitted.top_classes(world.X_test_unseen, [9, 7], k=5)[0][:, 0],
        fitted.predict(world.X_test_unseen, classes=[9, 7]),
    )


def test_blocks_change_nothing(fitted, world, monkeypatch):
    whole = fitted.top_classes(world.X_test_unseen, k=4)
    monkeypatch.setattr(_represented, "BLOCK_CLASSES", 3)
    monkeypatch.setattr(_separate, "BLOCK_ROWS", 7)
    if hasattr(fitted, "_represented"):
        fitted._represented = _represented.RepresentedClasses()
    parts = fitted.top_classes(world.X_test_unseen, k=4)
    # More than a block of represented classes is kept in single precision.
    assert_allclose(parts[1], whole[1], rtol=1e-5, atol=1e-6)
    assert (parts[0] == whole[0]).mean() > 0.99
    again = fitted.class_scores(world.X_test_unseen, calibrated=True).max(axis=1)
    assert_allclose(parts[1][:, 0], again, rtol=1e-12)


def test_scores_are_never_held_at_once(world, monkeypatch):
    clf = RidgePrototypeClassifier(semantics=world.semantics).fit(world.X_train, world.y_train)
    table = clf._table.vectors
    rng = np.random.default_rng(0)
    rows = table[rng.integers(len(table), size=300)] + rng.normal(size=(300, table.shape[1]))
    clf.add_classes(semantics=dict(zip(range(100, 400), rows, strict=True)))
    monkeypatch.setattr(_represented, "BLOCK_CLASSES", 50)
    monkeypatch.setattr(_separate, "BLOCK_ROWS", 20)
    compared = []
    match = type(clf)._match

    def watched(self, embedded, prepared):
        compared.append((len(embedded), len(prepared)))
        return match(self, embedded, prepared)

    monkeypatch.setattr(type(clf), "_match", watched)
    X = world.X_test_unseen[:45]
    predicted = clf.predict(X)
    assert max(n for n, _ in compared) == 20
    assert max(c for _, c in compared) == 50
    assert sum(n * c for n, c in compared) == len(X) * len(clf.classes_)
    assert_array_equal(predicted, clf.classes_[clf.class_scores(X, calibrated=True).argmax(axis=1)])


def test_added_classes_are_as_if_they_had_been_there(world, monkeypatch):
    monkeypatch.setattr(_represented, "BLOCK_CLASSES", 2)
    first, more = world.semantics.to_frame().iloc[:8], world.semantics.to_frame().iloc[8:]
    clf = RidgePrototypeClassifier(semantics=first).fit(world.X_train, world.y_train)
    clf.predict(world.X_test_unseen)
    clf.add_classes(semantics=more).add_classes(world.X_train[:5], world.y_train[:5])
    scores = clf.class_scores(world.X_test_unseen)
    clf._represented = _represented.RepresentedClasses()
    assert_allclose(clf.class_scores(world.X_test_unseen), scores, rtol=1e-12)
    clf.remove_classes([0, 9])
    assert_allclose(clf.class_scores(world.X_test_unseen), scores[:, 1:-1], rtol=1e-12)


def test_few_shot_estimators_have_them_too(world):
    clf = PrototypicalClassifier().fit(world.X_train, world.y_train)
    labels, scores = clf.top_classes(world.X_test_seen, k=2)
    assert_array_equal(labels[:, 0], clf.predict(world.X_test_seen))
    assert (scores[:, 0] >= scores[:, 1]).all()


def test_bad_input(fitted, world):
    with pytest.raises(InvalidInputError, match="k=0"):
        fitted.top_classes(world.X_test_unseen, k=0)
    with pytest.raises(InvalidInputError, match="classes names"):
        fitted.top_classes(world.X_test_unseen, [77])
