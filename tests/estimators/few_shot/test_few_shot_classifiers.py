"""Estimators that know classes by support images: labels, unlabelled images, episodes, and what they learn."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from few_shot_images import SMALL, draw_images, tiny
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import NearestCentroid
from torch import nn

from zsl import (
    InvalidInputError,
    MatchingClassifier,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SiameseClassifier,
)
from zsl.estimators.few_shot import _episode_training

REFINEMENTS = ["soft_kmeans", "distractor", "masked"]
EPISODIC = {
    "Siamese": SiameseClassifier,
    "Matching": MatchingClassifier,
    "Prototypical": PrototypicalClassifier,
    "Relation": RelationNetworkClassifier,
}


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(6, 5))
    y = np.repeat(np.arange(6), 8)
    return centres[y] + rng.normal(size=(48, 5)), y


@pytest.fixture(scope="module")
def pictures():
    return draw_images(6, 8)


@pytest.mark.parametrize("labels", ["integers", "strings", "booleans"])
def test_prototypes_of_vectors_are_nearest_centroids(vectors, labels):
    X, y = vectors
    y = {"integers": y, "strings": np.array(list("abcdef"))[y], "booleans": y > 2}[labels]
    ours, theirs = PrototypicalClassifier().fit(X[::2], y[::2]), NearestCentroid().fit(X[::2], y[::2])
    predicted = ours.predict(X)
    assert_array_equal(predicted, theirs.predict(X))
    assert predicted.dtype == y.dtype
    distances = np.square(X[:, None] - theirs.centroids_[None]).sum(2)
    assert_allclose(ours.class_scores(X), -distances, rtol=1e-10, atol=1e-10)
    assert_allclose(ours.predict_proba(X).sum(1), 1)


@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_images_without_a_label_refine(vectors, refinement):
    X, y = vectors
    hidden = np.where(np.arange(48) % 8 < 4, y, -1)
    small = SMALL | {"n_unlabeled": 1, "n_query": 1}
    clf = PrototypicalClassifier(refinement=refinement, **small).fit(X, hidden)
    known = hidden >= 0
    plain = PrototypicalClassifier(refinement=refinement, **small).fit(X[known], y[known])
    assert clf.classes_.tolist() == list(range(6))
    scores = clf.class_scores(X)
    assert np.abs(scores - plain.class_scores(X)).max() > 0.01
    later = copy.deepcopy(plain).add_classes(X_unlabeled=X[~known])
    assert_allclose(later.class_scores(X), scores, rtol=1e-10, atol=1e-10)
    mixed = plain.add_classes(X[~known], hidden[~known])  # nothing but -1
    assert_allclose(mixed.class_scores(X), scores, rtol=1e-10, atol=1e-10)


def test_soft_k_means_by_hand():
    """The image at 1 belongs to the classes at 0 and 4 in shares of 1 to exp(-8)."""
    clf = PrototypicalClassifier(refinement="soft_kmeans").fit([[0.0], [4.0], [1.0]], [0, 1, -1])
    share = 1 / (1 + np.exp(-8))
    centres = np.array([share / (1 + share), (4 + 1 - share) / (2 - share)])
    assert_allclose(clf.class_scores([[2.0]]), -np.square(2 - centres)[None])


def test_new_classes_and_unlabelled_images_in_one_call(vectors):
    X, y = vectors
    seen = y < 4
    clf = PrototypicalClassifier(refinement="soft_kmeans").fit(X[seen], y[seen])
    given, labels = X[~seen], np.where(np.arange(16) % 8 < 3, y[~seen], -1)
    other = copy.deepcopy(clf).add_classes(given[labels >= 0], labels[labels >= 0], X_unlabeled=given[labels < 0])
    clf.add_classes(given, labels)
    assert clf.classes_.tolist() == list(range(6))
    assert_array_equal(clf.class_scores(X), other.class_scores(X))


def test_minus_one_is_a_label_without_a_refinement(vectors):
    X, y = vectors
    clf = PrototypicalClassifier().fit(X, y - 1)
    assert clf.classes_.tolist() == [-1, 0, 1, 2, 3, 4]
    clf = PrototypicalClassifier().fit(X, y).add_classes(X[:2], [-1, -1])
    assert -1 in clf.classes_
    before = clf.class_scores(X)
    assert_array_equal(clf.add_classes(X_unlabeled=X[:5]).class_scores(X), before)


def test_the_label_minus_one_as_a_string(vectors):
    X, y = vectors
    clf = PrototypicalClassifier(refinement="soft_kmeans").fit(X, (y - 1).astype(str))
    assert "-1" in clf.classes_
    clf.add_classes(X[:3], [-1, -1, -1])  # images without a label can join classes of any kind
    assert clf.classes_.tolist() == ["-1", "0", "1", "2", "3", "4"]


@pytest.mark.parametrize("y", [[-1, -1, -1, 0], [-1] * 4])
def test_labels_of_too_few_classes(y):
    with pytest.raises(InvalidInputError, match=r"y has one class or none, \[0?\]; wanted two"):
        PrototypicalClassifier(refinement="masked").fit(np.eye(4), y)


def test_forgetting_forgets_unlabelled_images(vectors):
    X, y = vectors
    clf = PrototypicalClassifier(refinement="soft_kmeans").fit(X, np.where(y < 4, y, -1)).forget_classes()
    fresh = PrototypicalClassifier().fit(X, y).forget_classes()
    for each in (clf, fresh):
        each.add_classes(X[::2], y[::2])
    assert_array_equal(clf.class_scores(X), fresh.class_scores(X))
    clf.forget_classes().add_classes(X_unlabeled=X[::3]).add_classes(X[::2], y[::2])
    assert not np.array_equal(clf.class_scores(X), fresh.class_scores(X))


@pytest.fixture
def episodes(monkeypatch):
    """Catch what is trained on instead of training."""
    caught = []

    def catch(method, images, labels, how, *, groups, **_):
        caught.append((how, labels.bincount(minlength=1).tolist(), groups))

    monkeypatch.setattr(_episode_training, "train_few_shot", catch)
    return caught


def caught(episodes, counts, groups=None, **given):
    y = np.repeat(np.arange(len(counts)), counts)
    groups = None if groups is None else np.asarray(groups)[y]
    X = np.random.default_rng(0).normal(size=(len(y), 3))
    kind = PrototypicalClassifier if "refinement" in given else MatchingClassifier
    clf = kind(**given).fit(X, y, groups=groups)
    assert clf.classes_.tolist() == list(range(len(counts)))  # all are known, whether trained on or not
    how, used, group = episodes.pop()
    return how, used, None if group is None else group.tolist()


def test_small_classes_take_no_part(episodes):
    how, used, group = caught(episodes, [6, 5, 9, 6], n_shot=1, n_query=5, n_way=20)
    assert (how.n_way, how.n_shot, how.n_query) == (3, (1,), 5)
    assert used == [6, 0, 9, 6]
    assert group is None


@pytest.mark.parametrize(
    ("counts", "n_shot", "n_query", "shots", "queries", "used"),
    [
        ([9, 4, 3], 1, 5, (1,), 3, [9, 4]),
        ([9, 4, 4], (1, 5), 5, (1, 3), 1, [9, 4, 4]),
        ([2, 2, 1, 1], (5,), 5, (1,), 1, [2, 2]),
        ([3, 1, 2], 2, 2, (1,), 1, [3, 0, 2]),
    ],
)
def test_shots_and_queries_are_lowered(episodes, counts, n_shot, n_query, shots, queries, used):
    how, found, _ = caught(episodes, counts, n_shot=n_shot, n_query=n_query)
    assert (how.n_shot, how.n_query) == (shots, queries)
    assert found == used
    assert how.n_way == sum(count > 0 for count in used)


@pytest.mark.parametrize(
    ("counts", "shots", "queries", "free", "distractors", "way"),
    [
        ([11, 12, 13], (1,), 5, 5, 1, 2),
        ([8, 8, 8, 8], (1,), 5, 2, 2, 2),
        ([4, 4, 4], (1,), 2, 1, 1, 2),
        ([3, 3], (1,), 1, 1, 0, 2),
    ],
)
def test_unlabelled_images_and_distractors_are_lowered(episodes, counts, shots, queries, free, distractors, way):
    how, _, _ = caught(episodes, counts, refinement="masked", n_unlabeled=5, n_distractors=2)
    assert (how.n_shot, how.n_query, how.n_unlabeled) == (shots, queries, free)
    assert (how.n_way, how.n_distractors) == (way, distractors)


@pytest.mark.parametrize("kind", [SiameseClassifier, MatchingClassifier, RelationNetworkClassifier])
def test_one_image_a_class_is_too_few_to_learn(kind):
    message = "y has fewer than two classes with the 2 samples or more that a training episode needs"
    with pytest.raises(InvalidInputError, match=message):
        kind(**SMALL).fit(np.eye(6), [0, 0, 0, 1, 2, 3])
    with pytest.raises(InvalidInputError, match="two classes with the 3 samples"):
        PrototypicalClassifier(refinement="masked", **SMALL).fit(np.eye(6), [0, 0, 0, 1, 1, 3])


def test_one_image_a_class_is_enough_without_training():
    clf = PrototypicalClassifier().fit(np.eye(4), list("abcd"))
    assert clf.predict(np.eye(4)).tolist() == list("abcd")
    assert clf.history_ == []


def test_classes_of_an_episode_share_a_group(episodes):
    how, used, group = caught(episodes, [6] * 7, groups=list("bbabaca"), n_way=20)
    assert how.n_way == 3
    assert used == [6] * 7
    assert group == [1, 1, 0, 1, 0, 2, 0]
    how, used, _ = caught(episodes, [6, 6, 2, 6, 2, 6, 6], groups=list("bbabaca"), n_way=2)
    assert how.n_way == 2
    assert used == [6, 6, 0, 6, 0, 6, 6]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.zeros(47), r"groups has shape \(47,\) and X 48 samples; wanted one group per sample"),
        (np.zeros((48, 1)), r"groups has shape \(48, 1\)"),
        ("greek", r"groups has shape \(\)"),
        (
            np.where(np.arange(48) == 9, 7, 3),
            r"groups puts samples of one class in \[3, 7\]; wanted one group per class",
        ),
        (np.repeat(np.arange(6), 8), "y has fewer than two classes in each of the groups with the 4 samples"),
    ],
)
def test_groups_that_cannot_be_used(vectors, groups, message):
    X, y = vectors
    with pytest.raises(InvalidInputError, match=message):
        MatchingClassifier(**SMALL).fit(X, y, groups=groups)


def test_groups_are_checked_where_nothing_is_trained(vectors):
    X, y = vectors
    with pytest.raises(InvalidInputError, match="groups puts"):
        PrototypicalClassifier().fit(X, y, groups=np.arange(48))


def test_groups_go_with_the_labelled_images(vectors):
    X, y = vectors
    hidden = np.where(np.arange(48) % 8 < 4, y, -1)
    groups = np.where(hidden < 0, "nothing", np.where(y < 3, "a", "b"))
    PrototypicalClassifier(refinement="masked", **SMALL).fit(X, hidden, groups=groups)


@pytest.mark.parametrize("kind", ["vectors", "frame", "pictures"])
def test_validation_classes_are_watched(request, kind):
    X, y = request.getfixturevalue("pictures" if kind == "pictures" else "vectors")
    if kind == "frame":
        X = pd.DataFrame(X, columns=list("abcde"))
    seen = y < 3
    clf = MatchingClassifier(backbone=tiny() if kind == "pictures" else None, **SMALL | {"n_episodes": 20})
    plain = copy.deepcopy(clf).fit(X[seen], y[seen])
    assert plain.history_ == []
    clf.fit(X[seen], y[seen], validation=(X[~seen], y[~seen]))
    assert [done for done, _ in clf.history_] == list(range(2, 21, 2))
    assert all(0 <= accuracy <= 1 for _, accuracy in clf.history_)
    for name, value in plain.method_.state_dict().items():  # watching changes nothing
        assert torch.equal(clf.method_.state_dict()[name], value)


def test_what_validation_says(vectors):
    """Classes far apart are told apart from the first step on."""
    X, y = vectors
    far = np.repeat([[100.0, 0, 0, 0, 0], [0, 100, 0, 0, 0], [0, 0, 100, 0, 0]], 2, axis=0)
    clf = MatchingClassifier(**SMALL | {"n_episodes": 3}).fit(X, y, validation=(far, list("aabbcc")))
    assert clf.history_ == [[1, 1.0], [2, 1.0], [3, 1.0]]


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (np.zeros((4, 5)), "validation is a ndarray; wanted a pair"),
        ((np.zeros((4, 5)),), "validation is a tuple; wanted a pair"),
        ((np.zeros((4, 6)), [0, 0, 1, 1]), "validation: X has 6 features"),
        ((np.full((4, 5), np.nan), [0, 0, 1, 1]), "validation holds NaN in row 0, column 0"),
        ((np.zeros((4, 5)), [0, 0, 1]), "validation has 4 samples and 3 labels"),
        ((np.zeros((4, 5)), [0, 0, 0, 0]), "validation has 1 classes, the smallest of 4 samples"),
        ((np.zeros((4, 5)), [0, 0, 0, 1]), "validation has 2 classes, the smallest of 1 samples"),
    ],
)
def test_validation_that_cannot_be_used(vectors, validation, message):
    X, y = vectors
    for clf in (MatchingClassifier(**SMALL), PrototypicalClassifier(**SMALL)):
        with pytest.raises(InvalidInputError, match=message):
            clf.fit(X, y, validation=validation)
        assert not hasattr(clf, "classes_")


def test_validation_images_of_another_shape(pictures):
    X, y = pictures
    with pytest.raises(InvalidInputError, match=r"^validation has images of shape"):
        SiameseClassifier(backbone=tiny(), **SMALL).fit(X, y, validation=(X[:, :1], y))


@pytest.mark.parametrize("kind", EPISODIC)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_way": 1}, "n_way=1; wanted a whole number of 2"),
        ({"n_way": 2.0}, "n_way=2.0"),
        ({"n_shot": 0}, "n_shot=0; wanted a whole number of 1"),
        ({"n_shot": ()}, r"n_shot=\(\)"),
        ({"n_shot": (1, 0)}, r"n_shot=\(1, 0\)"),
        ({"n_shot": True}, "n_shot=True"),
        ({"n_query": 0}, "n_query=0"),
        ({"n_episodes": 0}, "n_episodes=0"),
        ({"n_splits": 0}, "n_splits=0"),
        ({"learning_rate": 0}, "learning_rate=0; wanted a number above 0"),
        ({"learning_rate": np.inf}, "learning_rate=inf"),
        ({"weight_decay": -1}, "weight_decay=-1"),
        ({"precision": "float16"}, "precision='float16'; wanted 'float32', 'bfloat16' or 'auto'"),
        ({"augment": True}, "augment=True without a backbone"),
        ({"augment": "photos"}, "augment='photos' without a backbone"),
        ({"device": "abacus"}, "device='abacus'"),
    ],
)
def test_parameters_out_of_range(vectors, kind, given, message):
    with pytest.raises(InvalidInputError, match=message):
        EPISODIC[kind](**SMALL | given).fit(*vectors)


@pytest.mark.parametrize(
    ("clf", "message"),
    [
        (SiameseClassifier(loss="mse"), "loss='mse'; wanted 'cross_entropy' or 'contrastive'"),
        (PrototypicalClassifier(refinement="hard"), "refinement='hard'; wanted"),
        (PrototypicalClassifier(distance="l1"), "distance='l1'; wanted"),
        (PrototypicalClassifier(distance="cosine", refinement="masked"), "distance='cosine' with a refinement"),
        (PrototypicalClassifier(n_unlabeled=0), "n_unlabeled=0; wanted a whole number of 1"),
        (PrototypicalClassifier(n_distractors=-1), "n_distractors=-1; wanted a whole number of 0"),
    ],
)
def test_own_parameters_out_of_range(vectors, clf, message):
    with pytest.raises(InvalidInputError, match=message):
        clf.fit(*vectors)


@pytest.mark.parametrize("given", [{"precision": "bfloat16"}, {"augment": True}, {"n_shot": [1, 2]}])
@pytest.mark.parametrize(
    "kind", [SiameseClassifier, MatchingClassifier, lambda **more: MatchingClassifier(full_context=True, **more)]
)
def test_other_ways_of_training(pictures, kind, given):
    X, y = pictures
    plain, other = (kind(backbone=tiny(), **SMALL | more).fit(X, y) for more in ({}, given))
    scores = other.class_scores(X)
    assert scores.dtype == np.float64
    assert np.isfinite(scores).all()
    assert not np.array_equal(scores, plain.class_scores(X))
    assert all(value.dtype == torch.float32 for value in other.method_.parameters())


def test_augmented_bytes_stay_in_their_unit(pictures):
    """Training on bytes that are turned and shifted would be of no use if they were 255 times too large."""
    X, y = pictures
    X = np.clip(127 + 40 * X, 0, 255).astype(np.uint8)
    given = SMALL | {"n_episodes": 1, "augment": True, "learning_rate": 1e-9}
    images, shares = (SiameseClassifier(backbone=tiny(), **given) for _ in range(2))
    images.fit(X, y)
    shares.fit((X / 255).astype(np.float32), y)
    name = "backbone.own.1.running_mean"
    assert_allclose(images.method_.state_dict()[name], shares.method_.state_dict()[name], rtol=1e-4, atol=1e-6)


def test_dropout_in_a_backbone_of_ones_own(pictures):
    """The same seed gives the same model, and the global state of torch is left alone."""
    X, y = pictures
    fitted = []
    clf = SiameseClassifier(backbone=tiny(more=[nn.Dropout(0.5)]), **SMALL)
    for seed in (1, 2):
        torch.manual_seed(seed)
        fitted.append(copy.deepcopy(clf).fit(X, y))
        after = torch.rand(3)
        torch.manual_seed(seed)
        assert torch.equal(after, torch.rand(3))
    assert_array_equal(fitted[0].class_scores(X), fitted[1].class_scores(X))


@pytest.mark.parametrize("kinds", [(object, str), (str, object), (object, object), ("U1", "U9")])
def test_labels_of_other_kinds_of_strings(vectors, kinds):
    X, y = vectors
    names = np.array(list("abcdef"))[y]
    more = np.array(["c, new", "a, new"], dtype=kinds[1])
    clf = PrototypicalClassifier().fit(X, names.astype(kinds[0])).add_classes(X[:2], more)
    assert clf.classes_.tolist() == ["a", "a, new", "b", "c", "c, new", "d", "e", "f"]
    assert clf.classes_.dtype.kind == ("O" if kinds[0] is object else "U")
    assert clf.predict(X[:2]).tolist() == ["c, new", "a, new"]


def test_images_are_embedded_and_scored_in_blocks(pictures, monkeypatch):
    X, y = pictures
    clf = SiameseClassifier(backbone=tiny(), **SMALL).fit(X, y)
    scores = clf.class_scores(X)
    for module in ("_base", "_tasks"):
        monkeypatch.setattr(f"zsl.estimators.few_shot.{module}.BLOCK", 5)
    assert_allclose(clf.class_scores(X), scores, rtol=1e-4, atol=1e-4)


def test_images_without_a_label_have_no_part_in_training(pictures):
    X, y = pictures
    X = X.repeat(2, 2).repeat(2, 3)
    small = SMALL | {"n_unlabeled": 1, "n_query": 1}
    hidden = np.where(np.arange(len(y)) % 8 < 4, y, -1)
    clf = PrototypicalClassifier(refinement="masked", backbone="conv4", **small)
    one = copy.deepcopy(clf).fit(X, hidden).method_.state_dict()
    other = clf.fit(X[hidden >= 0], y[hidden >= 0]).method_.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_vectors_after_images_and_back(vectors, pictures):
    clf = SiameseClassifier(backbone=tiny(), **SMALL).fit(*pictures)
    assert clf.n_features_in_ == 128
    clf.set_params(backbone=None).fit(*vectors)
    assert clf.n_features_in_ == 5
    assert clf.predict(vectors[0][:2]).shape == (2,)
    clf.set_params(backbone=tiny()).fit(*pictures)
    assert clf.predict(pictures[0][:2]).shape == (2,)


LEARNERS = {
    "Siamese": (SiameseClassifier, {}, 100),
    "Siamese, contrastive": (SiameseClassifier, {"loss": "contrastive"}, 400),
    "Matching": (MatchingClassifier, {}, 60),
    "Matching, full context": (MatchingClassifier, {"full_context": True}, 70),
    "Prototypical": (PrototypicalClassifier, {}, 150),
    "Prototypical, masked": (PrototypicalClassifier, {"refinement": "masked", "n_unlabeled": 2}, 400),
    "Relation": (RelationNetworkClassifier, {"n_query": 3}, 60),
    "Relation, paper": (RelationNetworkClassifier, {"n_query": 3, "similarity": "relation"}, 100),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if "," in name else []) for name in LEARNERS]
)
def test_learning_to_compare(name):
    """One image of each of ten new classes is enough once training has shown which of two channels says anything."""
    kind, given, n_episodes = LEARNERS[name]
    X, y = draw_images(30, 8)
    seen, support = y < 20, np.arange(len(y)) % 8 == 0
    accuracy = []
    for n in (1, n_episodes):
        backbone = tiny(maps=kind is RelationNetworkClassifier)
        clf = kind(backbone=backbone, n_way=10, n_episodes=n, random_state=0, verbose=False, **given)
        clf.fit(X[seen], y[seen]).forget_classes().add_classes(X[~seen & support], y[~seen & support])
        queries = ~seen & ~support
        accuracy.append((clf.predict(X[queries]) == y[queries]).mean())
    assert accuracy[0] < 0.6
    assert accuracy[1] > 0.9
