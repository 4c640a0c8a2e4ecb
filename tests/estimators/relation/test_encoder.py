"""An encoder of the user's: a copy is trained, stored and asked for."""

import copy

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from zsl import InvalidInputError, load
from zsl.evaluation import per_class_accuracy


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, 8))


@pytest.fixture(scope="module")
def once(split, small, encoder):
    clf = small(semantics=split.semantics, encoder=encoder, similarity="metric", n_episodes=30, random_state=0)
    return clf.fit(split.X_train, split.y_train)


@pytest.fixture
def fitted(once):
    return copy.deepcopy(once)


def test_a_copy_is_trained(split, small, encoder):
    before = copy.deepcopy(encoder.state_dict())
    clf = small(semantics=split.semantics, encoder=encoder, cv=None, random_state=0).fit(split.X_train, split.y_train)
    own = clf._model.space.encoder.state_dict()
    for name, value in encoder.state_dict().items():
        assert torch.equal(value, before[name])
        assert not torch.allclose(own[name].float(), value)


def test_it_is_no_longer_trained_and_in_evaluation_mode(fitted):
    own = fitted._model.space.encoder
    assert not own.training
    assert not any(parameter.requires_grad for parameter in own.parameters())


def test_classes_are_compared_in_its_space(split, fitted):
    found = fitted.embed(split.X_test_seen)
    assert found.shape == (len(split.X_test_seen), 8)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-9)
    assert fitted.method_.sizes.n_features == 8


def test_unseen_classes_are_predicted(split, fitted):
    predicted = fitted.predict(split.X_test_unseen, split.unseen_classes)
    assert per_class_accuracy(split.y_test_unseen, predicted) > 0.5


def test_a_stored_one_scores_the_same(split, fitted, encoder, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=encoder)
    assert_array_equal(loaded.class_scores(split.X_test_unseen), fitted.class_scores(split.X_test_unseen))


def test_few_shot_classes_alone(split, small, encoder):
    clf = small(encoder=encoder, random_state=0).fit(split.X_train, split.y_train)
    clf.add_classes(split.X_support, split.y_support)
    predicted = clf.predict(split.X_test_unseen, clf.unseen_classes_)
    known = np.isin(split.y_test_unseen, clf.unseen_classes_)
    assert per_class_accuracy(split.y_test_unseen[known], predicted[known]) > 0.5


def test_an_encoder_that_gives_no_rows_is_named(split, small):
    clf = small(semantics=split.semantics, encoder=nn.Unflatten(1, (3, 4)))
    with pytest.raises(InvalidInputError, match=r"encoder gives \(1, 3, 4\) for one sample; wanted one row"):
        clf.fit(split.X_train, split.y_train)
