"""The estimators that train a network of their own in each episode: parameters, learning, images."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from torch import nn

from zsl import InvalidInputError, MAMLClassifier, MetaLSTMClassifier, PrototypicalClassifier
from zsl.evaluation import measure_episodes
from zsl.nn.support_norm import SupportNorm

SMALL = {"n_way": 4, "n_shot": 2, "n_query": 3, "n_tasks": 2, "n_episodes": 4, "verbose": False, "random_state": 0}


def lines(n_classes, n_each, seed=0):
    """Classes that differ in a pattern of signs, under scales that mean nothing."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], size=(n_classes, 24))
    codes = np.repeat(np.arange(n_classes), n_each)
    noise = rng.normal(size=(len(codes), 24))
    scales = np.logspace(-2, 2, 24)
    return scales * (signs[codes] + 1.2 * noise), codes


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (MAMLClassifier, {"algorithm": "reptile"}, "algorithm='reptile'; wanted 'maml', 'first_order' or 'anil'"),
        (MAMLClassifier, {"inner_steps": 1}, "inner_steps=1 with algorithm='maml'; wanted a whole number of 2"),
        (MAMLClassifier, {"inner_steps": 0, "algorithm": "anil"}, "inner_steps=0; wanted a whole number of 1"),
        (MAMLClassifier, {"inner_test_steps": 0}, "inner_test_steps=0"),
        (MAMLClassifier, {"inner_rate": 0.0}, "inner_rate=0.0; wanted a number above 0"),
        (MAMLClassifier, {"hidden": (3, 0)}, r"hidden=\(3, 0\); wanted a whole number"),
        (MAMLClassifier, {"n_tasks": 0}, "n_tasks=0"),
        (MetaLSTMClassifier, {"inner_steps": 0}, "inner_steps=0"),
        (MetaLSTMClassifier, {"inner_rate": 1.0}, "inner_rate=1.0; wanted a number above 0 and below 1"),
        (MetaLSTMClassifier, {"lstm_width": 1.5}, "lstm_width=1.5"),
        (MetaLSTMClassifier, {"hidden": "a"}, "hidden='a'"),
    ],
)
def test_parameters_out_of_range_are_named(kind, given, message):
    X, y = lines(6, 6)
    with pytest.raises(InvalidInputError, match=message):
        kind(**SMALL | given).fit(X, y)


@pytest.mark.parametrize("kind", [MAMLClassifier, MetaLSTMClassifier])
def test_vectors_are_standardised_by_the_training_images(kind):
    X, y = lines(6, 6)
    clf = kind(**SMALL).fit(X, y)
    assert_allclose(clf.method_.backbone.mean.numpy(), X.mean(0), rtol=1e-5, atol=1e-5)
    assert_allclose(clf.method_.backbone.deviation.numpy(), X.std(0), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (MAMLClassifier, {}),
        (MAMLClassifier, {"algorithm": "first_order"}),
        (MAMLClassifier, {"algorithm": "anil", "n_splits": 3}),
        (MetaLSTMClassifier, {"learning_rate": 0.003, "inner_rate": 0.3, "inner_steps": 3, "hidden": (16,)}),
    ],
)
def test_it_learns_to_learn(kind, given):
    """Training makes one-shot accuracy on new classes better, and better than raw prototypes."""
    X, y = lines(60, 10)
    seen, new = y < 40, y >= 40
    accuracy, options = {}, {"n_query": 5, "n_episodes": 80}
    for n_episodes in (1, 150):  # after one step, it is where it started
        clf = kind(**SMALL | {"n_episodes": n_episodes, "learning_rate": 0.01, "hidden": (32,)} | given)
        clf.fit(X[seen], y[seen])
        accuracy[n_episodes] = measure_episodes(clf, X[new], y[new], **options).mean
    raw = PrototypicalClassifier().fit(X[seen], y[seen])
    assert accuracy[150] > accuracy[1] + 0.01
    assert accuracy[150] > measure_episodes(raw, X[new], y[new], **options).mean


def test_steps_in_prediction_are_set_apart():
    X, y = lines(6, 8)
    clf = MAMLClassifier(**SMALL | {"inner_test_steps": 5}).fit(X, y)
    assert (clf.method_.n_steps, clf.method_.n_test_steps) == (3, 5)
    five = clf.class_scores(X[:3])
    clf.method_.n_test_steps = 1
    assert np.abs(clf.class_scores(X[:3])).max() < np.abs(five).max()


def test_a_body_of_images_is_normalised_by_the_support_where_it_is_adapted():
    rng = np.random.default_rng(0)
    images, y = rng.integers(256, size=(40, 1, 16, 16), dtype=np.uint8), np.repeat(np.arange(5), 8)
    for algorithm, kind in (("maml", SupportNorm), ("anil", nn.BatchNorm2d)):
        clf = MAMLClassifier(backbone="conv4", inner_steps=2, algorithm=algorithm, **SMALL).fit(images, y)
        found = {type(layer) for layer in clf.method_.modules()} & {SupportNorm, nn.BatchNorm2d}
        assert found == {kind}
        assert clf.embed(images).shape == (40, 256 if algorithm == "maml" else 64)
