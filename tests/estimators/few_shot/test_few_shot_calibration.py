"""Few-shot probabilities mean what they say, and `reject` rejects as many as it says, whatever the estimator."""

import copy

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit
from sklearn.base import clone

from zsl import (
    InvalidInputError,
    MemoryAugmentedClassifier,
    ModelFileError,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SimpleShotClassifier,
    few_shot_methods,
    load,
)
from zsl.estimators.catalog import BY_NAME
from zsl.evaluation import ClassKFold

FROZEN = (
    "BDCSPNClassifier",
    "LaplacianShotClassifier",
    "SharedGaussianClassifier",
    "SimpleShotClassifier",
    "TipAdapterClassifier",
)


def drawn(n_classes, n_each, seed):
    """Features of classes that overlap."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_classes, 16))
    y = np.repeat(np.arange(n_classes), n_each)
    return centres[y] + 1.2 * rng.normal(size=(len(y), 16)), y


X, Y = drawn(25, 30, 0)


def quick(name, **more):
    return BY_NAME[name].load()(**BY_NAME[name].small | more)


@pytest.fixture(scope="module")
def models():
    return {name: quick(name, **({"cv": 2} if name in FROZEN else {})).fit(X, Y) for name in few_shot_methods()}


def episodes(clf, n_way, n_shot, n=8):
    """Probabilities, truth, and which queries were rejected, over episodes of classes that are new."""
    tables, truth, rejected = [], [], []
    for seed in range(n):
        Z, z = drawn(n_way, n_shot + 15, 1 + seed)
        support = np.tile(np.arange(n_shot + 15) < n_shot, n_way)
        one = copy.deepcopy(clf).forget_classes().add_classes(Z[support], z[support])
        tables.append(one.predict_proba(Z[~support]))
        truth.append(z[~support])
        if one._measured().has_thresholds:
            rejected.append((one.predict(Z[~support], reject=0.1) == -1).mean())
    return np.concatenate(tables), np.concatenate(truth), float(np.mean(rejected or [np.nan]))


@pytest.mark.parametrize("name", sorted(few_shot_methods()))
def test_confidence_is_near_accuracy_for_new_classes(models, name):
    for n_way, n_shot in ((5, 1), (5, 5), (10, 5)):
        table, truth, rejected = episodes(models[name], n_way, n_shot)
        accuracy, confidence = (table.argmax(axis=1) == truth).mean(), table.max(axis=1).mean()
        assert abs(accuracy - confidence) < 0.15, (n_way, n_shot)
        if name in FROZEN:
            assert 0.02 < rejected < 0.3, (n_way, n_shot)


@pytest.mark.parametrize("name", sorted(few_shot_methods()))
def test_labels_and_scores_are_those_without_calibration(models, name):
    clf = models[name]
    assert clf.temperature_ != 1.0
    plain = copy.deepcopy(clf)
    del plain._calibration
    assert_array_equal(plain.predict(X[:40]), clf.predict(X[:40]))
    assert_array_equal(plain.class_scores(X[:40]), clf.class_scores(X[:40]))
    if name in FROZEN:
        assert_array_equal(quick(name, cv=None).fit(X, Y).class_scores(X[:40]), clf.class_scores(X[:40]))


def test_the_temperature_follows_the_known_classes(models):
    clf = copy.deepcopy(models["SimpleShotClassifier"])
    measured = clf._calibration
    assert clf.temperature_ == measured.temperature(25, 30)
    clf.forget_classes().add_classes(X[::30], Y[::30])
    assert clf.temperature_ == measured.temperature(25, 1)
    clf.add_classes(X[1:2], Y[1:2])
    assert_allclose(clf.temperature_, measured.temperature(25, 25 / (24 + 1 / 2)))
    few = clf.predict_proba(X[:5], classes=[0, 1])
    wanted = np.exp(clf.class_scores(X[:5], [0, 1]) / measured.temperature(2, 2 / (1 + 1 / 2)))
    assert_allclose(few, wanted / wanted.sum(axis=1, keepdims=True))


def test_it_is_saved_and_may_be_missing(models, tmp_path):
    for name in ("BDCSPNClassifier", "PrototypicalClassifier"):
        clf = models[name]
        clf.save(tmp_path / name)
        again = load(tmp_path / name)
        assert again._calibration == clf._calibration
        assert_array_equal(again.predict_proba(X[:20]), clf.predict_proba(X[:20]))
        assert_array_equal(again.predict(X[:20], reject=0.2), clf.predict(X[:20], reject=0.2))
        edit(tmp_path / name, lambda header: header["state"].pop("_calibration"))
        plain = load(tmp_path / name)
        assert plain.temperature_ == 1.0
        assert_array_equal(plain.predict(X[:20]), clf.predict(X[:20]))
        with pytest.raises(InvalidInputError, match="reject was given"):
            plain.predict(X[:20], reject=0.2)


def test_a_file_whose_parts_dont_go_together_is_refused(models, tmp_path):
    models["SimpleShotClassifier"].save(tmp_path / "model")

    def negative(header):
        header["state"]["_calibration"]["$ShotCalibration"]["shots"]["$tuple"][0] = -1

    edit(tmp_path / "model", negative)
    with pytest.raises(ModelFileError, match="ShotCalibration don't fit together"):
        load(tmp_path / "model")


def test_classes_that_were_not_trained_on_are_needed_to_reject():
    few = X[Y < 3], Y[Y < 3]
    with pytest.raises(InvalidInputError, match="held out no classes with cv=5; wanted four seen classes or more"):
        SimpleShotClassifier().fit(*few).predict(X[:3], reject=0.05)
    with pytest.raises(InvalidInputError, match="held out no classes with cv=None; wanted cv=5"):
        SimpleShotClassifier(cv=None).fit(X, Y).predict(X[:3], reject=0.05)
    net = quick("SiameseClassifier")
    with pytest.raises(
        InvalidInputError, match=r"cv=None; wanted validation=\(X, y\) of other classes in fit, or cv=5"
    ):
        net.fit(X, Y).predict(X[:3], reject=0.05)
    watched = clone(net).fit(X[Y < 15], Y[Y < 15], validation=(X[Y > 14], Y[Y > 14]))
    assert watched.predict(X[:3], reject=0.05).shape == (3,)
    apart = clone(net).set_params(cv=ClassKFold(2)).fit(X, Y)
    assert apart.predict(X[:3], reject=0.05).shape == (3,)
    for name, weight in net.method_.state_dict().items():
        assert torch.equal(weight, apart.method_.state_dict()[name]), "the trainings of folds leave the weights alone"


def test_small_classes_take_no_part():
    kept = np.flatnonzero((Y > 5) | (np.arange(len(Y)) % 30 == 0))  # six classes of one sample
    clf = SimpleShotClassifier().fit(X[kept], Y[kept])
    assert clf._measured().has_thresholds
    alone = SimpleShotClassifier().fit(X[::30], Y[::30])
    assert alone.temperature_ == 1.0


def test_networks_on_images_and_few_places():
    images, labels = np.random.default_rng(0).integers(256, size=(40, 8, 8), dtype=np.uint8), np.repeat(range(8), 5)
    for kind in (PrototypicalClassifier, RelationNetworkClassifier):
        more = {"transductive": True} if kind is RelationNetworkClassifier else {}
        clf = kind(backbone="conv4_strided", n_episodes=3, n_way=3, random_state=0, verbose=False, **more)
        assert clf.fit(images, labels)._measured().shots == (1, 2)
    mann = MemoryAugmentedClassifier(labels="one_hot", n_way=4, n_episodes=3, n_slots=8, n_hidden=8, random_state=0)
    assert set(mann.fit(X[Y < 6], Y[Y < 6])._measured().ways) == {(4, 4)}
