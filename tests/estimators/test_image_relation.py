"""`RelationClassifier` with a backbone: a relation network on images, whose classes are known by images alone."""

import copy

import numpy as np
import pytest
import torch
from few_shot_images import SMALL, draw_images, tiny
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from zsl import InvalidInputError, RelationClassifier, evaluate_episodes
from zsl.estimators import _episode_training
from zsl.exceptions import SemanticsError

QUICK = SMALL | {"n_query": 12}


@pytest.fixture(scope="module")
def images():
    return draw_images(6, 8)


@pytest.fixture(scope="module")
def vectors(images):
    X, y = images
    return X.reshape(48, -1)[:, :9], y


@pytest.fixture(scope="module")
def fitted_once(images):
    return RelationClassifier(backbone=tiny(maps=True), **QUICK).fit(*images)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


def test_what_is_fitted(images, fitted):
    X, _ = images
    assert fitted.classes_.tolist() == fitted.seen_classes_.tolist() == list(range(6))
    assert fitted.n_features_in_ == X[0].size
    assert fitted.n_episodes_ == 4
    assert fitted.history_ == []
    assert fitted.embed(X[:3]).shape == (3, 8 * 4 * 4)
    scores = fitted.class_scores(X)
    assert_array_equal(fitted.class_scores(X, calibrated=True), scores)  # nothing is taken off the seen classes
    assert_array_equal(fitted.decision_function(X), scores)
    assert_array_equal(fitted.predict(X), fitted.classes_[scores.argmax(1)])


@pytest.mark.parametrize("similarity", ["both", "relation"])
def test_scores_by_the_definition(images, similarity):
    """Each pair of an image and a class through the relation module on its own, beside the distance of their maps."""
    X, y = images
    clf = RelationClassifier(backbone=tiny(maps=True), similarity=similarity, **QUICK).fit(X, y)
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
    monkeypatch.setattr("zsl.estimators._image_relation._BLOCK", 7)
    monkeypatch.setattr("zsl.estimators._episode_training._BLOCK", 5)
    other = RelationClassifier(backbone=tiny(maps=True), **QUICK).fit(X, y)
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
        ({"semantics": {c: [1.0, c] for c in range(6)}}, "semantics was given beside a backbone"),
        ({"encoder": nn.Identity()}, "encoder was given beside a backbone"),
        ({"similarity": "metric"}, "similarity='metric' with a backbone; wanted 'both' or 'relation'"),
        ({"loss": "hinge"}, "loss='hinge'"),
        ({"precision": "half"}, "precision='half'"),
        ({"episode_mix": {-1: 1.0}}, "episode_mix={-1: 1.0}"),
        ({"n_way": 1}, "n_way=1; wanted a whole number of 2"),
        ({"n_query": 0}, "n_query=0"),
        ({"n_episodes": 1.5}, "n_episodes=1.5"),
        ({"learning_rate": -1}, "learning_rate=-1"),
        ({"weight_decay": "none"}, "weight_decay='none'"),
        ({"backbone": "conv9"}, "backbone='conv9'"),
        ({"backbone": "conv4"}, "X has images of 8 × 8 pixels; backbone='conv4' wants 10 or more a side"),
        ({"device": "abacus"}, "device='abacus'"),
    ],
)
def test_parameters_out_of_range(images, given, message):
    clf = RelationClassifier(**QUICK | {"backbone": tiny(maps=True)} | given)
    before = vars(clf).copy()
    with pytest.raises(InvalidInputError, match=message):
        clf.fit(*images)
    assert vars(clf) == before


def test_labels_that_do_not_fit(images):
    X, y = images
    with pytest.raises(InvalidInputError, match="X has 48 images and y 47 labels"):
        RelationClassifier(backbone=tiny(maps=True), **QUICK).fit(X, y[1:])


def test_what_needs_semantics(images, fitted):
    X, _ = images
    with pytest.raises(SemanticsError, match="fitted without any"):
        fitted.add_classes(semantics={9: [0.0, 1.0]})
    with pytest.raises(InvalidInputError, match="explain needs semantics"):
        fitted.explain(X[0])
    with pytest.raises(InvalidInputError, match="fit held out no classes"):
        fitted.predict(X, reject=0.1)


@pytest.mark.parametrize("given", [{"groups": np.zeros(48)}, {"validation": (np.zeros((2, 9)), [0, 1])}])
def test_what_needs_a_backbone(vectors, given):
    clf = RelationClassifier(**QUICK)
    with pytest.raises(InvalidInputError, match="groups or validation was given without a backbone"):
        clf.fit(*vectors, **given)
    assert not hasattr(clf, "_episode_options")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"groups": np.arange(48)}, "groups puts images of one class in"),
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
    clf = RelationClassifier(backbone=tiny(maps=True), **QUICK | {"n_episodes": 20})
    clf.fit(X[y < 4], y[y < 4], groups=(y < 2)[y < 4], validation=(X[y > 3], y[y > 3]))
    assert [done for done, _ in clf.history_] == list(range(2, 21, 2))
    assert not hasattr(clf, "_episode_options")


@pytest.mark.parametrize(
    ("mix", "shots"),
    [
        (((0, 0.7), (1, 0.15), (5, 0.15)), (1, 5)),
        ({1: 1, 2: 3}, (1, 2, 2, 2)),
        (((0, 1.0),), (1,)),
        ({1: 1000.0, 5: 1.0}, (1,) * 20 + (5,)),
        ({1: 0.0, 2: 1.0}, (2,)),
    ],
)
def test_the_mix_of_shots_becomes_a_sequence(images, monkeypatch, mix, shots):
    caught = []
    monkeypatch.setattr(_episode_training, "train_few_shot", lambda *given, **_: caught.append(given[3]))
    clf = RelationClassifier(backbone=tiny(maps=True), **QUICK | {"n_way": 3, "n_query": 8}, episode_mix=mix)
    clf.fit(*images)
    assert caught[0].n_shot == shots
    assert (caught[0].n_way, caught[0].n_query, caught[0].n_episodes) == (3, 2, 4)


def test_queries_are_one_at_least(images, monkeypatch):
    caught = []
    monkeypatch.setattr(_episode_training, "train_few_shot", lambda *given, **_: caught.append(given[3]))
    RelationClassifier(backbone=tiny(maps=True), **QUICK | {"n_way": 6, "n_query": 5}).fit(*images)
    assert caught[0].n_query == 1


def test_one_image_a_class_is_too_few(images):
    X, _ = images
    with pytest.raises(InvalidInputError, match="y has fewer than two classes with the 2 images"):
        RelationClassifier(backbone=tiny(maps=True), **QUICK).fit(X[:4], list("abcd"))


@pytest.mark.parametrize("given", [{"precision": "bfloat16"}, {"augment": True}, {"loss": "mse"}])
def test_other_ways_of_training(images, fitted, given):
    X, y = images
    other = RelationClassifier(backbone=tiny(maps=True), **QUICK | given).fit(X, y)
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
    clf = RelationClassifier(backbone=backbone, **QUICK | {"n_episodes": 1}).fit(X[:24], y[:24])
    assert clf.method_.relation.map_shape == shape
    assert clf.predict(X).shape == (48,)


def test_grey_images_and_bytes():
    X, y = draw_images(4, 6)
    grey = np.clip(127 + 40 * X[:, 0], 0, 255).astype(np.uint8)
    clf = RelationClassifier(backbone=tiny(1, maps=True), **QUICK).fit(grey, y)
    assert_array_equal(clf.class_scores(grey[:, None].astype(int)), clf.class_scores(grey))
    for bad, message in ((grey.astype(int) - 300, "X holds"), (X, "X has images of shape"), (grey > 9, "X holds bool")):
        with pytest.raises(InvalidInputError, match=message):
            clf.predict(bad)


def test_transductive_predictions_change_with_the_batch(images):
    X, y = images
    clf = RelationClassifier(backbone=tiny(maps=True), transductive=True, **QUICK).fit(X, y)
    weights = {name: value.clone() for name, value in clf.method_.state_dict().items()}
    scores = clf.class_scores(X)
    assert np.abs(clf.class_scores(X[:5]) - scores[:5]).max() > 0.01
    assert "transductive=True" in repr(clf)
    assert evaluate_episodes(clf, X, y, n_query=3, n_episodes=2).transductive
    assert "transductive" in repr(evaluate_episodes(clf, X, y, n_query=3, n_episodes=2))
    order = np.random.default_rng(0).permutation(len(X))
    assert_allclose(clf.class_scores(X[order]), scores[order], rtol=1e-3, atol=1e-3)
    for name, value in clf.method_.state_dict().items():  # predicting leaves the stored statistics alone
        assert torch.equal(value, weights[name])
    assert not any(module.training for module in clf.method_.modules())


def test_inductive_and_transductive_ones_are_trained_alike(images):
    X, y = images
    one, other = (
        RelationClassifier(backbone=tiny(maps=True), transductive=which, **QUICK).fit(X, y).method_.state_dict()
        for which in (False, True)
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_nothing_of_an_earlier_fit_is_left(images, vectors):
    more = {"mapper_hidden": (4,), "relation_hidden": (4,), "n_folds": 1}
    clf = RelationClassifier(**QUICK | more).fit(*vectors)
    assert clf.predict(vectors[0], reject=0.1).shape == (48,)
    clf.set_params(backbone=tiny(maps=True)).fit(*images)
    with pytest.raises(InvalidInputError, match="fit held out no classes"):
        clf.predict(images[0], reject=0.1)
    clf.set_params(backbone=None).fit(*vectors)
    assert not hasattr(clf, "method_")
    assert not hasattr(clf, "history_")
    fresh = RelationClassifier(**QUICK | more).fit(*vectors)
    for each in (clf, fresh):
        assert evaluate_episodes(each, *vectors, n_query=3, n_episodes=2).accuracies.shape == (2,)
    assert_array_equal(clf.class_scores(vectors[0]), fresh.class_scores(vectors[0]))
