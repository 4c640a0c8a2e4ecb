"""Given weights of blocks of semantics take the place of chosen ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from zsl import InvalidInputError, Semantics, load


@pytest.fixture(scope="module")
def table(split):
    noise = np.random.default_rng(0).normal(size=(len(split.semantics), 3))
    return split.semantics.beside(Semantics(noise, classes=split.semantics.classes))


def fit(split, small, table, weights, **given):
    clf = small(semantics=table, block_weights=weights, similarity="metric", random_state=0, **given)
    return clf.fit(split.X_train, split.y_train)


@pytest.mark.parametrize("cv", [2, None])
def test_they_are_used_with_the_sum_one(split, small, table, cv):
    clf = fit(split, small, table, (3, 1), cv=cv)
    assert clf.selection_["params"]["block_weights"] == [0.75, 0.25]
    assert all(record["block_weights"] == [0.75, 0.25] for record in clf.selection_["grid"])


def test_equal_ones_are_not_chosen_from(split, small, table):
    grid = fit(split, small, table, "equal").selection_["grid"]
    assert {tuple(record["block_weights"]) for record in grid} == {(0.5, 0.5)}


def test_chosen_ones_are_tried_beside_equal_ones(split, small, table):
    grid = fit(split, small, table, "auto").selection_["grid"]
    assert {(0.5, 0.5), (0.0, 1.0), (1.0, 0.0)} < {tuple(record["block_weights"]) for record in grid}


def test_a_block_of_weight_nought_might_as_well_be_missing(split, small, table):
    clf = fit(split, small, table, (1, 0), kernel="rbf", alpha=0.1)
    alone = fit(split, small, split.semantics, "auto", kernel="rbf", alpha=0.1)
    assert_allclose(clf.class_scores(split.X_test_unseen), alone.class_scores(split.X_test_unseen), atol=1e-9)


def test_they_are_stored(split, small, table, tmp_path):
    fit(split, small, table, (3.0, 1.0)).save(tmp_path / "model")
    assert tuple(load(tmp_path / "model").block_weights) == (3.0, 1.0)


@pytest.mark.parametrize(
    "weights", [(1.0,), (1.0, 1.0, 1.0), (1.0, -1.0), (0.0, 0.0), (1.0, np.nan), (1.0, "two"), "even", 1.0, None, ()]
)
def test_others_are_named(split, small, table, weights):
    with pytest.raises(InvalidInputError, match=r"block_weights.*wanted"):
        fit(split, small, table, weights)
