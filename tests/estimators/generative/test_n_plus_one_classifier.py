"""The classifier with one class more, from the outside: accuracy, reject score, classes that come and go, files."""

import copy

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from zsl import InvalidInputError, NPlusOneClassifier
from zsl.datasets import make_zero_shot

SMALL = {
    "n_steps": 80,
    "batch_size": 32,
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "hidden": 32,
    "n_latent": 4,
    "verbose": False,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(8, 4, n_features=20, n_attributes=8, n_per_class=10, noise=0.3, random_state=0)


@pytest.fixture(scope="module")
def fitted_once(world):
    return NPlusOneClassifier(**SMALL).fit(world.X_train, world.y_train)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


def test_known_classes_are_recognised_and_strange_images_score_higher(world, fitted):
    assert (fitted.predict(world.X_test_seen) == world.y_test_seen).mean() > 0.8
    scores = [fitted.reject_score(X) for X in (world.X_test_seen, world.X_test_unseen)]
    strange = np.repeat([False, True], [len(part) for part in scores])
    found = np.concatenate(scores)
    assert ((found >= 0) & (found <= 1)).all()
    assert roc_auc_score(strange, found) > 0.6  # chance is a half


def test_probabilities_are_those_of_the_network(world, fitted):
    X = world.X_test_seen[:9]
    moved = X - world.X_train.mean(axis=0)
    unit = moved / np.linalg.norm(moved, axis=1, keepdims=True) - fitted._scaler.mean
    rows = torch.as_tensor(np.sqrt(20) * unit / np.linalg.norm(unit, axis=1, keepdims=True))
    chance = fitted.method_(rows).softmax(dim=1).numpy()
    assert_allclose(fitted.reject_score(X), chance[:, -1])
    among = chance[:, :-1] / chance[:, :-1].sum(axis=1, keepdims=True)
    assert_allclose(fitted.predict_proba(X), among)
    assert_allclose(fitted.class_scores(X).max(axis=1), np.log((1 - chance[:, -1]) / chance[:, -1]))


def test_rejection_goes_by_the_reject_score(world, fitted):
    predicted = fitted.predict(world.X_test_seen, reject=0.3)
    rejected, score = predicted == "none", fitted.reject_score(world.X_test_seen)
    assert 0 < rejected.mean() < 0.8
    assert score[rejected].min() >= score[~rejected].max()
    alone = NPlusOneClassifier(**SMALL, cv=None).fit(world.X_train, world.y_train)
    with pytest.raises(InvalidInputError, match="reject"):
        alone.predict(world.X_test_seen, reject=0.3)


def test_added_images_train_again_in_whatever_order(world, fitted):
    other = copy.deepcopy(fitted.set_params(cv=None))  # what is held out has no part in the scores
    fitted.add_classes(world.X_support, world.y_support)
    order = np.random.default_rng(0).permutation(len(world.X_support))
    for rows in np.array_split(order, 2):
        other.add_classes(world.X_support[rows], world.y_support[rows])
    assert_array_equal(other.class_scores(world.X_test_seen), fitted.class_scores(world.X_test_seen))
    assert_array_equal(fitted.unseen_classes_, world.unseen_classes)
    assert (fitted.predict(world.X_test_unseen) == world.y_test_unseen).mean() > 0.5
    fitted.forget_classes().add_classes(world.X_support, world.y_support)
    assert_array_equal(fitted.classes_, world.unseen_classes)


def test_a_training_that_breaks_off_changes_nothing(world, fitted, monkeypatch):
    before = fitted.class_scores(world.X_test_seen)
    real, calls = NPlusOneClassifier._train, []

    def train(self, *given):
        calls.append(given)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(self, *given)

    monkeypatch.setattr(NPlusOneClassifier, "_train", train)
    with pytest.raises(KeyboardInterrupt):
        fitted.add_classes(world.X_support, world.y_support)
    assert_array_equal(fitted.class_scores(world.X_test_seen), before)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("hidden", 0),
        ("n_latent", 1.5),
        ("n_steps", True),
        ("batch_size", 0),
        ("max_samples", 0),
        ("learning_rate", 0.0),
        ("weight_decay", -1.0),
        ("cv", 1),
        ("device", "abacus"),
    ],
)
def test_bad_parameters_are_named(world, parameter, value):
    with pytest.raises(InvalidInputError, match=f"{parameter}=.*wanted"):
        NPlusOneClassifier(**SMALL | {parameter: value}).fit(world.X_train, world.y_train)


def test_a_class_of_one_image_has_no_threshold(world):
    keep = (world.y_train != "seen_00") | (np.arange(len(world.y_train)) == 0)
    estimator = NPlusOneClassifier(**SMALL).fit(world.X_train[keep], world.y_train[keep])
    with pytest.raises(InvalidInputError, match="held out no classes"):
        estimator.predict(world.X_test_seen, reject=0.1)
