"""Memory-augmented networks as an estimator: labels, images, what is passed on, what it learns, wrong parameters."""

import copy
import pickle

import numpy as np
import pytest
import torch
from few_shot_images import draw_images, tiny
from numpy.testing import assert_allclose, assert_array_equal

from zsl import MemoryAugmentedClassifier
from zsl.estimators.few_shot import _episode_training
from zsl.evaluation.episodes import measure_episodes
from zsl.evaluation.presentations import measure_presentations
from zsl.exceptions import InvalidInputError

SMALL = {
    "n_way": 3,
    "n_query": 3,
    "n_episodes": 2,
    "n_tasks": 2,
    "n_slots": 8,
    "slot_width": 6,
    "n_reads": 2,
    "n_hidden": 10,
    "verbose": False,
    "random_state": 0,
}
CENTRES = np.random.default_rng(0).normal(size=(6, 5))
Y = np.repeat(np.arange(6), 8)
X = 3 + 2 * CENTRES[Y] + 0.5 * np.random.default_rng(1).normal(size=(48, 5))


def fit(X=X, y=Y, **options):
    return MemoryAugmentedClassifier(**SMALL | options).fit(X, y)


def test_vectors_are_standardised_by_those_of_training():
    clf = fit()
    assert_allclose(clf.method_.mean, X.mean(0), rtol=1e-6)
    assert_allclose(clf.method_.scale, np.sqrt(X.var(0).mean()), rtol=1e-6)
    moved = fit(100 + 7 * X)
    assert_allclose(moved.class_scores(100 + 7 * X[:5]), clf.class_scores(X[:5]), atol=1e-4)


@pytest.mark.parametrize("labels", ["strings", "one_hot"])
def test_scores_are_those_of_the_method(labels):
    clf = fit(labels=labels).forget_classes().add_classes(X[Y < 3][::4], Y[Y < 3][::4])
    given = [torch.as_tensor(part)[None] for part in (X[Y < 3][::4], Y[Y < 3][::4], X[:7])]
    assert_allclose(clf.class_scores(X[:7]), clf.method_.scores(*given, 3)[0], rtol=1e-12)
    assert_allclose(np.exp(clf.class_scores(X[:7])).sum(1), 1)
    odds = np.exp(clf.class_scores(X[:7]) / clf.temperature_)
    assert_allclose(clf.predict_proba(X[:7]), odds / odds.sum(axis=1, keepdims=True))


def test_one_hot_labels_for_no_more_classes_than_an_episode_had():
    clf = fit(labels="one_hot")
    with pytest.raises(InvalidInputError, match=r"6 classes, but there are only 3 one_hot labels of the training"):
        clf.predict(X)
    assert set(clf.predict(X, [1, 4, 5])) <= {1, 4, 5}
    assert set(fit(labels="strings").predict(X)) <= set(range(6))


def test_what_is_passed_on(monkeypatch):
    caught = []
    monkeypatch.setattr(
        _episode_training, "train_few_shot", lambda method, *rest, **_: caught.append((method, rest[2]))
    )
    fit(n_tasks=7, n_splits=3, n_reads=3, labels="one_hot", n_way=4)
    ((method, how),) = caught
    assert (how.n_tasks, how.n_splits, how.n_way, how.n_shot, how.n_query) == (7, 3, 4, (1,), 3)
    assert (method.n_slots, method.slot_width, method.n_reads, method.n_hidden) == (8, 6, 3, 10)
    assert (method.n_places, method.n_letters) == (1, 4)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_images(precision):
    images, y = draw_images(5, 8)
    clf = fit(images, y, backbone=tiny(), precision=precision, n_splits=2, augment=True)
    start = fit(images, y, backbone=tiny(), precision=precision, n_splits=2, augment=True, n_episodes=1)
    assert clf.method_.scale == 1
    for name, value in clf.method_.named_parameters():
        assert torch.isfinite(value).all()
        assert not torch.equal(value, dict(start.method_.named_parameters())[name])
    assert clf.class_scores(images[:3]).shape == (3, 5)


def test_it_learns_and_pickles():
    """Two classes that it never saw, one image each: as in training, two opposite corners of a cube."""
    rng = np.random.default_rng(0)
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, 16).T
    y = np.repeat(np.arange(16), 20)
    X, pair = corners[y] + 0.2 * rng.normal(size=(len(y), 4)), np.minimum(y, 15 - y)
    held = pair == 5
    clf = MemoryAugmentedClassifier(
        **SMALL
        | {"n_way": 2, "n_query": 2, "n_tasks": 32, "n_episodes": 200, "learning_rate": 0.02}
        | {"labels": "one_hot", "slot_width": 8, "n_reads": 1, "n_hidden": 24}
    ).fit(X[~held], y[~held], groups=pair[~held])
    options = {"n_way": 2, "n_episodes": 200}
    assert measure_episodes(clf, X[held], y[held], n_query=5, **options).mean > 0.9
    by_time = measure_presentations(clf, X[held], y[held], n_presentations=3, **options).mean
    assert by_time[0] < 0.85  # the first of two has to be guessed
    assert by_time[1:].min() > 0.9
    clf.forget_classes().add_classes(X[held][::20], ["a", "b"])
    again = pickle.loads(pickle.dumps(clf))
    assert_array_equal(again.class_scores(X[:9]), clf.class_scores(X[:9]))
    assert_array_equal(copy.deepcopy(clf).class_scores(X[:9]), clf.class_scores(X[:9]))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"n_slots": 0}, "n_slots=0; wanted a whole number"),
        ({"slot_width": 1.5}, "slot_width=1.5; wanted a whole number"),
        ({"n_reads": True}, "n_reads=True; wanted a whole number"),
        ({"n_hidden": "a"}, "n_hidden='a'; wanted a whole number"),
        ({"n_reads": 9}, "n_slots=8; wanted 9 or more, one per read"),
        ({"labels": "words"}, "labels='words'; wanted 'one_hot' or 'strings'"),
        ({"n_tasks": 0}, "n_tasks=0; wanted a whole number"),
    ],
)
def test_wrong_parameters(options, text):
    with pytest.raises(InvalidInputError, match=text):
        fit(**options)
