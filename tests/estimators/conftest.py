"""A small split and an estimator fitted on it, which tests copy before they change it."""

import copy

import pytest

from zsl import RelationClassifier
from zsl.datasets import make_zero_shot

SMALL = {
    "n_episodes": 5,
    "cv": 2,
    "relation_hidden": 8,
    "learning_rate": 0.01,
    "verbose": False,
}


@pytest.fixture(scope="session")
def small():
    """Make estimators that fit in well under a second."""
    return lambda **parameters: RelationClassifier(**SMALL | parameters)


@pytest.fixture(scope="session")
def split():
    return make_zero_shot(16, 4, n_features=12, n_attributes=5, n_per_class=12, noise=0.1, random_state=0)


@pytest.fixture(scope="session")
def _fitted(split, small):
    return small(semantics=split.semantics, random_state=0).fit(split.X_train, split.y_train)


@pytest.fixture
def fitted(_fitted):
    return copy.deepcopy(_fitted)


@pytest.fixture(scope="session")
def _few_shot(split, small):
    return small(random_state=0).fit(split.X_train, split.y_train)


@pytest.fixture
def few_shot(_few_shot):
    return copy.deepcopy(_few_shot)
