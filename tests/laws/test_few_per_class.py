"""Laws of few samples per class: as many classes as samples, or nearly, are no reason for a warning of others."""

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import SharedGaussianClassifier
from zsl.datasets import make_zero_shot
from zsl.estimators.catalog import CATALOG
from zsl.evaluation import evaluate_gzsl, measure_episodes, per_class_accuracy

ENTRIES = {entry.name: entry for entry in CATALOG if entry.knows or entry.name == "AttributePredictor"}


@cache
def split():
    """One sample of each of 24 classes; episodes need some with more, so that three of them have three."""
    whole = make_zero_shot(24, 6, n_features=12, n_attributes=12, n_per_class=3, n_test_per_class=2, random_state=0)
    of_class = [np.flatnonzero(whole.y_train == label) for label in whole.seen_classes]
    kept = np.concatenate([places[: 3 if number < 3 else 1] for number, places in enumerate(of_class)])
    return replace(whole, X_train=whole.X_train[kept], y_train=whole.y_train[kept])


def made(name, **more):
    entry, data = ENTRIES[name], split()
    estimator = entry.load()(**entry.small)
    given = {"semantics": data.semantics, "random_state": 0, "verbose": False} | more
    return estimator.set_params(**{key: value for key, value in given.items() if key in estimator.get_params()})


def labels(kind):
    """The labels of the split as strings, as numbers, and as strings in an array of objects."""
    data = split()
    names = data.semantics.classes.tolist()
    if kind == "numbers":
        return np.array([names.index(label) for label in data.y_train.tolist()])
    return data.y_train.astype(object) if kind == "objects" else data.y_train


@pytest.mark.parametrize("name", ENTRIES)
def test_nothing_warns(name):
    data = split()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator = made(name).fit(data.X_train, data.y_train)
        estimator.predict(data.X_test_seen)
        if not ENTRIES[name].knows:
            return
        estimator.predict_proba(data.X_test_seen)
        estimator.score(data.X_test_seen, data.y_test_seen)
        estimator.add_classes(data.X_test_unseen, data.y_test_unseen)
        estimator.add_classes(data.X_test_unseen[::2], data.y_test_unseen[::2])
        estimator.predict(data.X_test_unseen)


@pytest.mark.parametrize("kind", ["numbers", "objects"])
def test_nothing_warns_of_other_labels(kind):
    data = split()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = SharedGaussianClassifier().fit(data.X_train, labels(kind))
        fitted.add_classes(data.X_train, labels(kind))
        assert fitted.score(data.X_train, labels(kind)) > 0.9


@pytest.mark.parametrize("name", ["ESZSLClassifier", "RelationClassifier", "RidgePrototypeClassifier"])
def test_measuring_warns_of_nothing(name):
    data = split()
    _, first = np.unique(data.y_train, return_index=True)
    data = replace(data, X_train=data.X_train[first], y_train=data.y_train[first])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate_gzsl(made(name), data)
        evaluate_gzsl(make_pipeline(StandardScaler(), made(name)), data)


def test_episodes_and_metrics_warn_of_nothing():
    data = split()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = SharedGaussianClassifier().fit(data.X_train, data.y_train)
        measure_episodes(fitted, data.X_test_unseen, data.y_test_unseen, n_way=5, n_shot=1, n_query=1, n_episodes=5)
        seen = data.seen_classes
        assert per_class_accuracy(seen, seen) == 1
        halves = [(np.arange(len(data.X_train)),) * 2]
        assert cross_val_score(SharedGaussianClassifier(), data.X_train, data.y_train, cv=halves)[0] > 0.9
