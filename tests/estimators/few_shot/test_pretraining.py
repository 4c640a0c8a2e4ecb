"""Estimators whose backbone first classifies the training classes."""

import numpy as np
import pytest
from few_shot_images import SMALL, draw_images, tiny

from zsl import (
    InvalidInputError,
    MAMLClassifier,
    MatchingClassifier,
    MemoryAugmentedClassifier,
    MetaLSTMClassifier,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SiameseClassifier,
    load,
)
from zsl.evaluation import measure_episodes

KINDS = [
    MAMLClassifier,
    MatchingClassifier,
    MemoryAugmentedClassifier,
    MetaLSTMClassifier,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SiameseClassifier,
]


def parts(n_each=12, noise=1.0):
    X, y = draw_images(30, n_each, noise=noise)
    return (X[y < 20], y[y < 20]), (X[y >= 20], y[y >= 20])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_begins_with_what_was_learned(kind):
    (X, y), _ = parts()
    names, first = [], {}
    for pretrain in (0, 2):
        own = tiny(maps=kind is RelationNetworkClassifier)
        clf = kind(backbone=own, pretrain=pretrain, **SMALL | {"n_episodes": 1, "learning_rate": 1e-9}).fit(X, y)
        names.append(set(clf.method_.state_dict()))
        first[pretrain] = next(clf.method_.backbone.parameters()).numpy()
    before = next(own.parameters()).detach().numpy()
    assert np.abs(first[0] - before).max() < 1e-6
    assert np.abs(first[2] - before).max() > 1e-3
    assert names[0] == names[1]  # the head is gone


def test_it_helps_on_other_classes():
    (X, y), (X_new, y_new) = parts()
    found = []
    for pretrain in (0, 30):
        clf = PrototypicalClassifier(backbone=tiny(), distance="cosine", pretrain=pretrain, **SMALL).fit(X, y)
        form = {"n_way": 5, "n_shot": 1, "n_query": 5, "n_episodes": 200, "random_state": 0}
        found.append(measure_episodes(clf, X_new, y_new, **form).mean)
    assert found[1] > found[0] + 0.05


def test_its_curve_is_that_of_the_nearest_prototype(tmp_path):
    (X, y), new = parts()
    how = SMALL | {"n_episodes": 1, "learning_rate": 1e-9}
    clf = PrototypicalClassifier(backbone=tiny(), distance="cosine", pretrain=21, **how)
    clf.fit(X, y, validation=new)
    assert [epochs for epochs, _ in clf.pretrain_history_] == [3, 6, 9, 12, 15, 18, 21]
    assert clf.history_ == [[1, pytest.approx(clf.pretrain_history_[-1][1], abs=0.02)]]
    clf.save(tmp_path / "model")
    assert load(tmp_path / "model", encoder=tiny()).pretrain_history_ == clf.pretrain_history_
    plain = PrototypicalClassifier(backbone=tiny(), **how).fit(X, y, validation=new)
    assert plain.pretrain_history_ == []


def test_validation_changes_nothing():
    (X, y), new = parts()
    fits = [
        SiameseClassifier(backbone=tiny(), pretrain=3, **SMALL).fit(X, y, validation=validation).method_.state_dict()
        for validation in (None, new)
    ]
    assert all(np.array_equal(value, fits[1][name]) for name, value in fits[0].items())


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_backbone_there_is_nothing_to_train(kind):
    with pytest.raises(InvalidInputError, match="pretrain=2 without a backbone"):
        kind(pretrain=2, **SMALL).fit(np.zeros((4, 3)), [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pretrain": -1}, "pretrain=-1; wanted a whole number of 0 or more"),
        ({"pretrain": 1.5}, "pretrain=1.5; wanted a whole number"),
        ({"pretrain_rate": 0}, "pretrain_rate=0; wanted a number above 0"),
        ({"augment": "paintings"}, "augment='paintings'; wanted True or False or 'photos'"),
    ],
)
def test_bad_parameters(parameters, message):
    (X, y), _ = parts()
    with pytest.raises(InvalidInputError, match=message):
        PrototypicalClassifier(backbone=tiny(), **SMALL | parameters).fit(X, y)
