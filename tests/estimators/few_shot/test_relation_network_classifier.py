"""`RelationNetworkClassifier`: scores by the definition, classes kept as sums, and what it refuses."""

import copy

import numpy as np
import pytest
import torch
from few_shot_images import SMALL, draw_images, tiny
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from zsl import InvalidInputError, RelationNetworkClassifier
from zsl.classes.pooled import PooledSupport
from zsl.evaluation import measure_episodes


@pytest.fixture(scope="module")
def images():
    return draw_images(6, 8)


@pytest.fixture(scope="module")
def vectors(images):
    X, y = images
    return X.reshape(48, -1)[:, :9], y


@pytest.fixture(scope="module")
def fitted_once(images):
    return RelationNetworkClassifier(backbone=tiny(maps=True), **SMALL).fit(*images)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


def test_what_is_fitted(images, fitted):
    X, _ = images
    assert fitted.classes_.tolist() == fitted.seen_classes_.tolist() == list(range(6))
    assert fitted.n_features_in_ == X[0].size
    assert fitted.history_ == []
    assert fitted.embed(X[:3]).shape == (3, 8 * 4 * 4)
    scores = fitted.class_scores(X)
    assert_array_equal(fitted.class_scores(X, calibrated=True), scores)
    assert_array_equal(fitted.decision_function(X), scores)
    assert_array_equal(fitted.predict(X), fitted.classes_[scores.argmax(1)])


@pytest.mark.parametrize("similarity", ["both", "relation"])
def test_scores_by_the_definition(images, similarity):
    """Each pair of an image and a class through the relation module on its own, beside the distance of their maps."""
    X, y = images
    clf = RelationNetworkClassifier(backbone=tiny(maps=True), similarity=similarity, **SMALL).fit(X, y)
    method = clf.method_
    maps = torch.as_tensor(clf.embed(X))
    centres = torch.stack([maps[torch.as_tensor(y == c)].mean(0) for c in range(6)])
    with torch.no_grad():
        for i, c in ((0, 0), (3, 5), (40, 2)):
            wanted = method.relation(maps[None, i : i + 1], centres[None, c : c + 1]).item()
            if similarity == "both":
                wanted -= (method.log_scale.exp() * (maps[i] - centres[c]).square().sum()).item()
            assert clf.class_scores(X[i : i + 1], [c]).item() == pytest.approx(wanted, rel=1e-4, abs=1e-4)


def test_images_are_known_in_blocks(images, fitted, monkeypatch):
    X, y = images
    for module in ("_base", "_tasks"):
        monkeypatch.setattr(f"zsl.estimators.few_shot.{module}.BLOCK", 6)
    other = RelationNetworkClassifier(backbone=tiny(maps=True), **SMALL).fit(X, y)
    assert_allclose(other.class_scores(X), fitted.class_scores(X), rtol=1e-4, atol=1e-4)


def test_one_more_image_moves_the_mean(images, fitted):
    X, _ = images
    sums, counts = fitted._classes.sums.copy(), fitted._classes.counts.copy()
    fitted.add_classes(X[:1], [3])
    assert_allclose(fitted._classes.sums[3], sums[3] + fitted.embed(X[:1])[0], rtol=1e-5)
    assert (fitted._classes.counts - counts).tolist() == [0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"similarity": "metric"}, "similarity='metric'; wanted 'both' or 'relation'"),
        ({"loss": "hinge"}, "loss='hinge'; wanted 'cross_entropy' or 'mse'"),
        ({"precision": "half"}, "precision='half'"),
        ({"n_shot": (1, 0)}, r"n_shot=\(1, 0\)"),
        ({"n_way": 1}, "n_way=1; wanted a whole number of 2"),
        ({"n_query": 0}, "n_query=0"),
        ({"n_episodes": 1.5}, "n_episodes=1.5"),
        ({"learning_rate": -1}, "learning_rate=-1"),
        ({"weight_decay": "none"}, "weight_decay='none'"),
        ({"backbone": "conv9"}, "backbone='conv9'"),
        ({"backbone": "conv4"}, "X has images of 8 × 8 pixels; backbone='conv4' needs 10 or more per side"),
        ({"device": "abacus"}, "device='abacus'"),
    ],
)
def test_parameters_out_of_range(images, given, message):
    clf = RelationNetworkClassifier(**SMALL | {"backbone": tiny(maps=True)} | given)
    before = vars(clf).copy()
    with pytest.raises(InvalidInputError, match=message):
        clf.fit(*images)
    assert vars(clf) == before


def test_unlabelled_images_are_not_kept(images, fitted):
    X, _ = images
    before = fitted._classes
    assert fitted.add_classes(X_unlabeled=X)._classes is before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"groups": np.arange(48)}, "groups puts samples of one class in"),
        ({"groups": np.zeros(47)}, r"groups has shape \(47,\)"),
        ({"groups": np.repeat(np.arange(6), 8)}, "two classes in each of the groups"),
        ({"validation": 3}, "validation is a int"),
        ({"validation": (np.zeros((4, 2, 8, 9)), [0, 0, 1, 1])}, "validation has images of shape"),
        ({"validation": (np.zeros((4, 2, 8, 8)), [0, 0, 1, 2])}, "validation has 3 classes, the smallest of 1"),
    ],
)
def test_groups_and_validation_that_cannot_be_used(images, fitted, given, message):
    before = vars(fitted).copy()
    with pytest.raises(InvalidInputError, match=message):
        fitted.fit(*images, **given)
    assert vars(fitted).keys() == before.keys()
    assert all(vars(fitted)[key] is before[key] for key in before)


def test_groups_and_history(images):
    X, y = images
    clf = RelationNetworkClassifier(backbone=tiny(maps=True), **SMALL | {"n_episodes": 20})
    clf.fit(X[y < 4], y[y < 4], groups=(y < 2)[y < 4], validation=(X[y > 3], y[y > 3]))
    assert [done for done, _ in clf.history_] == list(range(2, 21, 2))


def test_one_image_a_class_is_too_few(images):
    X, _ = images
    with pytest.raises(InvalidInputError, match="y has fewer than two classes with the 2 samples"):
        RelationNetworkClassifier(backbone=tiny(maps=True), **SMALL).fit(X[:4], list("abcd"))


@pytest.mark.parametrize("given", [{"precision": "bfloat16"}, {"augment": True}, {"loss": "mse"}])
def test_other_ways_of_training(images, fitted, given):
    X, y = images
    other = RelationNetworkClassifier(backbone=tiny(maps=True), **SMALL | given).fit(X, y)
    assert np.isfinite(other.class_scores(X)).all()
    assert not np.array_equal(other.class_scores(X), fitted.class_scores(X))


@pytest.mark.parametrize(
    ("backbone", "shape"),
    [
        (tiny(maps=True), (8, 4, 4)),
        (nn.Sequential(nn.Flatten(), nn.Linear(128, 7)), (7, 1, 1)),
        ("conv4", (64, 2, 2)),
        ("resnet12", (640, 1, 1)),
    ],
)
def test_maps_of_backbones(images, backbone, shape):
    X, y = images
    if isinstance(backbone, str):
        X = X.repeat(2, 2).repeat(2, 3)
    clf = RelationNetworkClassifier(backbone=backbone, **SMALL | {"n_episodes": 1}).fit(X[:24], y[:24])
    assert clf.method_.relation.map_shape == shape
    assert clf.predict(X).shape == (48,)


def test_grey_images_and_bytes():
    X, y = draw_images(4, 6)
    grey = np.clip(127 + 40 * X[:, 0], 0, 255).astype(np.uint8)
    clf = RelationNetworkClassifier(backbone=tiny(1, maps=True), **SMALL).fit(grey, y)
    assert_array_equal(clf.class_scores(grey[:, None].astype(int)), clf.class_scores(grey))
    for bad, message in ((grey.astype(int) - 300, "X holds"), (X, "X has images of shape"), (grey > 9, "X holds bool")):
        with pytest.raises(InvalidInputError, match=message):
            clf.predict(bad)


def test_transductive_predictions_change_with_the_batch(images):
    X, y = images
    clf = RelationNetworkClassifier(backbone=tiny(maps=True), transductive=True, **SMALL).fit(X, y)
    weights = {name: value.clone() for name, value in clf.method_.state_dict().items()}
    scores = clf.class_scores(X)
    assert np.abs(clf.class_scores(X[:5]) - scores[:5]).max() > 0.01
    assert "transductive=True" in repr(clf)
    assert measure_episodes(clf, X, y, n_query=3, n_episodes=2).transductive
    assert "transductive" in repr(measure_episodes(clf, X, y, n_query=3, n_episodes=2))
    order = np.random.default_rng(0).permutation(len(X))
    assert_allclose(clf.class_scores(X[order]), scores[order], rtol=1e-3, atol=1e-3)
    for name, value in clf.method_.state_dict().items():  # predicting leaves the stored statistics alone
        assert torch.equal(value, weights[name])
    assert not any(module.training for module in clf.method_.modules())


def test_inductive_and_transductive_ones_are_trained_alike(images):
    X, y = images
    one, other = (
        RelationNetworkClassifier(backbone=tiny(maps=True), transductive=which, **SMALL).fit(X, y).method_.state_dict()
        for which in (False, True)
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("similarity", ["both", "relation"])
def test_vectors_are_maps_of_one_pixel(vectors, similarity, loss):
    X, y = vectors
    given = {"similarity": similarity, "loss": loss}
    clf = RelationNetworkClassifier(**SMALL, **given).fit(X, y)
    assert clf.method_.relation.map_shape == (9, 1, 1)
    assert_array_equal(clf.embed(X), X)
    scores = clf.class_scores(X)
    identity = RelationNetworkClassifier(backbone=nn.Flatten(), **SMALL, **given).fit(X[:, :, None, None], y)
    assert_allclose(identity.class_scores(X[:, :, None, None]), scores, rtol=1e-3, atol=1e-3)


def test_vectors_after_images(images, vectors):
    clf = RelationNetworkClassifier(backbone=tiny(maps=True), **SMALL).fit(*images).set_params(backbone=None)
    fresh = RelationNetworkClassifier(**SMALL).fit(*vectors)
    assert_array_equal(clf.fit(*vectors).class_scores(vectors[0]), fresh.class_scores(vectors[0]))


def test_one_pair_has_no_statistics(vectors):
    X, y = vectors
    clf = RelationNetworkClassifier(transductive=True, **SMALL).fit(X, y)
    assert clf.class_scores(X[:1], [0, 1]).shape == (1, 2)
    assert clf.class_scores(X[:2], [0]).shape == (2, 1)
    with pytest.raises(InvalidInputError, match="one image to compare with one class; transductive=True needs two"):
        clf.class_scores(X[:1], [0])


def test_classes_are_kept_as_sums(images, fitted):
    """As many numbers as classes have, however many images those were of."""
    X, y = images
    assert isinstance(fitted._classes, PooledSupport)
    assert fitted._classes.sums.shape == (6, 8 * 4 * 4)
    before = {name: getattr(fitted._classes, name).copy() for name in ("labels", "seen", "sums", "counts")}
    first = fitted._classes
    fitted.add_classes(X[:9], np.repeat([-3, 2, 9], 3))
    for name, value in before.items():  # a copy of the estimator may hold the earlier value
        assert_array_equal(getattr(first, name), value)
    assert fitted._classes.counts.tolist() == [3, 8, 8, 11, 8, 8, 8, 3]
    assert fitted._classes.seen.tolist() == [False, *[True] * 6, False]
    wanted = np.concatenate([X[y == 2], X[3:6]])
    assert_allclose(fitted._classes.support[3], fitted.embed(wanted).mean(0, dtype=float), rtol=1e-5, atol=1e-6)
