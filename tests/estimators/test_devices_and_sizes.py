"""Devices that aren't there, and classes that are too many, are refused with a reason."""

import numpy as np
import pandas as pd
import pytest
import torch

from zsl import ALEClassifier, FeatureGeneratingClassifier, InvalidInputError, MAMLClassifier, MetaLSTMClassifier
from zsl.estimators.generative import _light
from zsl.methods.learners import learner

RNG = np.random.default_rng(0)
QUICK = {"device": "cpu", "verbose": False, "random_state": 0}


def many(n_classes, n_each, width=5):
    """Samples of many classes."""
    return RNG.normal(size=(n_classes * n_each, width)), np.repeat(np.arange(n_classes), n_each)


@pytest.mark.parametrize("device", ["cuda:99", "meta", *([] if torch.cuda.is_available() else ["cuda", "cuda:0"])])
@pytest.mark.parametrize("cls", [ALEClassifier, MAMLClassifier])
def test_a_device_that_is_not_here_is_refused(cls, device):
    X, y = many(4, 3)
    with pytest.raises(InvalidInputError, match=f"device='{device}'; wanted one that"):
        cls(device=device).fit(X, y)


@pytest.mark.parametrize("cls", [MAMLClassifier, MetaLSTMClassifier])
def test_a_head_of_too_many_classes_is_refused(cls):
    X, y = many(10_000, 1)
    clf = cls(n_episodes=1, n_way=3, n_query=1, hidden=(4,), **QUICK).fit(np.tile(X[:4], (3, 1)), np.tile(y[:4], 3))
    clf.add_classes(X[4:], y[4:])
    with pytest.raises(InvalidInputError, match=r"of 10000 classes.*67108864 are the most.*fewer `classes`"):
        clf.predict(X[:2])
    assert clf.predict(X[:2], classes=np.arange(9_990, 10_000)).min() >= 9_990


@pytest.mark.parametrize("cls", [MAMLClassifier, MetaLSTMClassifier])
def test_the_bound_is_on_logits(cls, monkeypatch):
    X, y = many(4, 3)
    clf = cls(n_episodes=1, n_way=3, n_query=1, hidden=(4,), **QUICK).fit(X, y)
    monkeypatch.setattr(learner, "_MOST_NUMBERS", (12 + 5) * 4)
    clf.predict(X[:5])
    with pytest.raises(InvalidInputError, match="72 logits, and 68 are the most"):
        clf.predict(X[:6])


def test_a_final_classifier_of_too_many_classes_is_refused():
    X, y = many(10_000, 2)
    table = pd.DataFrame(RNG.normal(size=(10_000, 3)), index=np.arange(10_000))
    clf = FeatureGeneratingClassifier(semantics=table, n_steps=1, hidden=4, **QUICK)
    with pytest.raises(InvalidInputError, match=r"of 10000 classes.*134217728 scores at most.*lower n_generated"):
        clf.fit(X, y)
    assert not hasattr(clf, "classes_")


def test_the_final_classifier_may_have_as_many_rows_as_were_counted(monkeypatch):
    X, y = many(5, 3)
    table = pd.DataFrame(RNG.normal(size=(7, 3)), index=np.arange(7))
    clf = FeatureGeneratingClassifier(semantics=table, n_steps=1, hidden=4, n_generated=10, cv=None, **QUICK).fit(X, y)
    rows = len(clf._space.samples(clf._classes)[0])
    monkeypatch.setattr(_light, "MOST_SCORES", rows * 7)
    clf.predict(X[:2])
    clf.remove_classes(6).add_classes(X[:2], [6, 6])  # real samples in place of generated ones
    clf.predict(X[:2])
    monkeypatch.setattr(_light, "MOST_SCORES", rows * 7 - 1)
    with pytest.raises(InvalidInputError, match=f"on {rows} real and generated samples of 7 classes"):
        FeatureGeneratingClassifier(semantics=table, n_steps=1, hidden=4, n_generated=10, cv=None, **QUICK).fit(
            X, y
        ).predict(X[:2])
