"""Blocks of semantics, such as sentences beside attributes, are scaled each for itself by the seen classes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl import ESZSLClassifier, FeatureGeneratingClassifier, RelationClassifier, Semantics, load
from zsl.datasets import make_zero_shot
from zsl.selection.scaling import Scaler

FAST = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "verbose": False}
KINDS = {
    "closed form": lambda table: ESZSLClassifier(semantics=table),
    "relation": lambda table: RelationClassifier(semantics=table, random_state=0, **FAST),
}


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(10, 3, n_features=16, n_attributes=6, noise=0.2, random_state=0)


@pytest.mark.parametrize("scaling", ["none", "center", "standard"])
def test_each_block_has_the_same_length_on_average(scaling):
    rows = np.random.default_rng(0).normal(3, 2, (20, 7)) * [1, 1, 1, 500, 500, 0.01, 0.01]
    scaled = Scaler.fit("semantic_scaling", scaling, rows, blocks=(3, 2, 2))(rows)
    for part in np.split(scaled, [3, 5], axis=1):
        assert np.square(part).sum(axis=1).mean() == pytest.approx(1)
    alone = Scaler.fit("semantic_scaling", scaling, rows[:, :3], blocks=(3,))(rows[:, :3])
    assert_allclose(scaled[:, :3] / scaled[0, 0], alone / alone[0, 0])


def test_a_block_that_does_not_vary_stays():
    rows = np.array([[1.0, 2, 5], [3, 1, 5]])
    assert_array_equal(Scaler.fit("semantic_scaling", "center", rows, blocks=(2, 1))(rows)[:, 2], [0, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_unit_of_a_block_changes_nothing(kind, world, tmp_path):
    first, second = np.split(world.semantics.vectors, 2, axis=1)
    labels = world.semantics.classes

    def fitted(unit):
        table = Semantics(first, classes=labels).beside(Semantics(unit * second, classes=labels))
        return KINDS[kind](table).fit(world.X_train, world.y_train)

    small, large = fitted(1), fitted(1024)
    assert_allclose(
        small.class_scores(world.X_test_unseen), large.class_scores(world.X_test_unseen), rtol=1e-6, atol=1e-8
    )
    small.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(loaded.class_scores(world.X_test_unseen), small.class_scores(world.X_test_unseen))
    assert loaded._table.blocks == (3, 3)


def test_generators_scale_them_too(world):
    table = Semantics(world.semantics.vectors * [1, 1, 9, 9, 9, 9], classes=world.semantics.classes, blocks=(2, 4))
    made = FeatureGeneratingClassifier(semantics=table, n_steps=2, cv=None, verbose=False, random_state=0)
    scaler = made.fit(world.X_train, world.y_train)._space.semantic_scaler
    for part in np.split(scaler(table.rows(world.seen_classes)), [2], axis=1):
        assert np.square(part).sum(axis=1).mean() == pytest.approx(1)


def test_they_are_scaled_by_seen_classes_alone(world):
    table = Semantics(world.semantics.vectors, classes=world.semantics.classes, blocks=(2, 4))
    changed = table.vectors.copy()
    unseen = np.isin(table.classes, world.unseen_classes)
    changed[unseen] *= 100
    fits = [
        ESZSLClassifier(semantics=Semantics(rows, classes=table.classes, blocks=(2, 4))).fit(
            world.X_train, world.y_train
        )
        for rows in (table.vectors, changed)
    ]
    asked = world.seen_classes
    assert_array_equal(*(clf.class_scores(world.X_test_seen, asked) for clf in fits))
