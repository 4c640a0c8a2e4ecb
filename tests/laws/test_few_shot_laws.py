"""What every estimator that knows classes by support images obeys, on vectors and on images."""

import copy
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from torch import nn

from zsl import InvalidInputError, load
from zsl.estimators import (
    MAMLClassifier,
    MatchingClassifier,
    MemoryAugmentedClassifier,
    MetaLSTMClassifier,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SiameseClassifier,
    few_shot_methods,
)

SMALL = {
    "n_way": 4,
    "n_shot": 1,
    "n_query": 3,
    "n_unlabeled": 2,
    "n_tasks": 2,
    "n_episodes": 6,
    "learning_rate": 0.01,
    "verbose": False,
    "random_state": 0,
}
MEMORY = {"n_slots": 16, "slot_width": 6, "n_reads": 2, "n_hidden": 12}
TRAINED = {
    "Siamese": (SiameseClassifier, {}),
    "Siamese, contrastive": (SiameseClassifier, {"loss": "contrastive"}),
    "Matching": (MatchingClassifier, {}),
    "Matching, full context": (MatchingClassifier, {"full_context": True}),
    "Prototypical": (PrototypicalClassifier, {}),
    "Prototypical, cosine": (PrototypicalClassifier, {"distance": "cosine"}),
    "Prototypical, soft k-means": (PrototypicalClassifier, {"refinement": "soft_kmeans"}),
    "Prototypical, distractor": (PrototypicalClassifier, {"refinement": "distractor", "n_distractors": 1}),
    "Prototypical, masked": (PrototypicalClassifier, {"refinement": "masked"}),
    "Relation": (RelationNetworkClassifier, {}),
    "Relation, paper": (RelationNetworkClassifier, {"similarity": "relation", "loss": "mse"}),
    "MAML": (MAMLClassifier, {"inner_steps": 2}),
    "MAML, first order": (MAMLClassifier, {"inner_steps": 2, "algorithm": "first_order"}),
    "MAML, head only": (MAMLClassifier, {"inner_steps": 2, "algorithm": "anil"}),
    "Memory-augmented": (MemoryAugmentedClassifier, MEMORY),
    "Memory-augmented, one-hot": (MemoryAugmentedClassifier, MEMORY | {"labels": "one_hot", "n_way": 12}),
    "Meta-LSTM": (MetaLSTMClassifier, {"inner_steps": 2, "lstm_width": 4}),
}
OTHERS = {
    name.removesuffix("Classifier"): (kind, {})
    for name, kind in few_shot_methods().items()
    if kind not in {kind for kind, _ in TRAINED.values()}
}
TRANSDUCTIVE = {"BDCSPN", "LaplacianShot"}


def tiny(*, maps=False):
    """A backbone for images of 8 × 8 pixels; biases before a normalisation would get no gradient."""
    generator = torch.Generator().manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 5, 3, padding=1, bias=False),
        nn.BatchNorm2d(5),
        nn.MaxPool2d(2),
        *([] if maps else [nn.Flatten()]),
    )
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return net


def make_world(*shape):
    """Seven seen and three new classes around random centres, labelled by strings, and images without a label."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, *shape))
    names = np.array([f"c{place}" for place in range(10)])

    def draw(classes, n_each):
        codes = np.repeat(classes, n_each)
        order = rng.permutation(len(codes))
        return (centres[codes] + 0.5 * rng.normal(size=(len(codes), *shape)))[order], names[codes][order]

    return draw(range(7), 8), draw(range(4, 10), 2), draw(range(10), 3)[0], draw(range(10), 2)[0]


@dataclass
class Case:
    """A kind of estimator, and data for it."""

    kind: Any
    given: dict
    images: bool
    backbone: Any

    def __post_init__(self):
        (self.X, self.y), (self.X_new, self.y_new), self.queries, self.pool = (
            make_world(1, *[16 if self.backbone == "conv4" else 8] * 2) if self.images else make_world(10)
        )
        self.tolerance = 1e-4 if self.images else 1e-10
        self.bad = self.X_new[:2].copy()
        self.bad[0, 0] = np.nan

    def make(self, **more):
        taken = self.kind().get_params()
        given = SMALL | ({"backbone": self.backbone} if self.images else {}) | self.given | more
        return self.kind(**{name: value for name, value in given.items() if name in taken})

    def fit(self, **more):
        return self.make(**more).fit(self.X, self.y)

    def load(self, path):
        return load(path, encoder=self.backbone if isinstance(self.backbone, nn.Module) else None)

    def near(self, actual, wanted):
        scale = np.abs(wanted).max()
        assert_allclose(actual, wanted, rtol=self.tolerance, atol=self.tolerance * scale)


CASES = {
    **{name: (kind, given, False, None) for name, (kind, given) in (TRAINED | OTHERS).items()},
    **{f"{name}, images": (kind, given, True, tiny()) for name, (kind, given) in TRAINED.items()},
    **{
        f"{name}, images": (kind, given, True, tiny())
        for name, (kind, given) in OTHERS.items()
        if "backbone" in kind().get_params()
    },
    "Prototypical, Conv4": (PrototypicalClassifier, {}, True, "conv4"),
    "Relation, Conv4": (RelationNetworkClassifier, {}, True, "conv4"),
    **{f"{name}, maps": (*TRAINED[name], True, tiny(maps=True)) for name in ("Relation", "Relation, paper")},
}
INDUCTIVE = [name for name in CASES if name.split(",")[0] not in TRANSDUCTIVE]
MORE = {"Relation, transductive": (RelationNetworkClassifier, {"transductive": True}, True, tiny(maps=True))}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return Case(*(CASES | MORE)[request.param])


@pytest.fixture(scope="module")
def fitted_once(case):
    return case.fit().add_classes(X_unlabeled=case.pool)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


def test_permuting_classes_permutes_scores(case, fitted):
    order = np.random.default_rng(0).permutation(len(fitted.classes_))
    scores = fitted.class_scores(case.queries)
    case.near(fitted.class_scores(case.queries, fitted.classes_[order]), scores[:, order])


def test_permuting_the_support_changes_nothing(case, fitted):
    order = np.random.default_rng(0).permutation(len(case.X_new))
    other = copy.deepcopy(fitted).add_classes(case.X_new[order], case.y_new[order])
    fitted.add_classes(case.X_new, case.y_new)
    case.near(other.class_scores(case.queries), fitted.class_scores(case.queries))


def test_support_in_parts_is_support_at_once(case, fitted):
    other = copy.deepcopy(fitted)
    for X, y in zip(np.array_split(case.X_new, 3), np.array_split(case.y_new, 3), strict=True):
        other.add_classes(X, y)
    fitted.add_classes(case.X_new, case.y_new)
    assert_array_equal(other.classes_, fitted.classes_)
    case.near(other.class_scores(case.queries), fitted.class_scores(case.queries))


@pytest.mark.parametrize("case", INDUCTIVE, indirect=True)
def test_a_query_does_not_depend_on_its_neighbours(case, fitted):
    scores = fitted.class_scores(case.queries)
    case.near(np.concatenate([fitted.class_scores(query[None]) for query in case.queries[:5]]), scores[:5])
    twice = fitted.class_scores(np.repeat(case.queries[:4], 2, axis=0))
    case.near(twice[::2], twice[1::2])


@pytest.mark.parametrize("case", [name for name in CASES if name not in INDUCTIVE] + list(MORE), indirect=True)
def test_a_transductive_query_depends_on_its_neighbours(case, fitted):
    scores = fitted.class_scores(case.queries)
    alone = np.concatenate([fitted.class_scores(query[None]) for query in case.queries[:5]])
    assert np.abs(alone - scores[:5]).max() > 1e-3 * np.abs(scores).max()


def test_the_same_seed_gives_the_same_model(case, fitted_once):
    def weights(**more):
        return case.fit(**more).method_.state_dict()

    first, again = weights(), weights()
    assert all(torch.equal(first[name], again[name]) for name in first)
    if "random_state" in case.make().get_params() and any(True for _ in fitted_once.method_.parameters()):
        other = weights(random_state=1)
        assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("kind", ["strings", "integers"])
def test_relabelling_classes_relabels_predictions(case, kind):
    def renamed(labels):
        numbers = np.array([int(label[1:]) for label in labels.tolist()])
        return np.char.add("class ", numbers.astype(str)) if kind == "strings" else 10 + 3 * numbers

    one, other = case.fit(), case.make().fit(case.X, renamed(case.y))
    for estimator, labels in ((one, case.y_new), (other, renamed(case.y_new))):
        estimator.add_classes(case.X_new, labels)
    assert_array_equal(other.predict(case.queries), renamed(one.predict(case.queries)))
    assert_array_equal(other.unseen_classes_, renamed(one.unseen_classes_))


def test_a_saved_model_is_the_same_bit_for_bit(case, fitted, tmp_path):
    fitted.add_classes(case.X_new, case.y_new).save(tmp_path / "model")
    loaded = case.load(tmp_path / "model")
    assert_array_equal(loaded.class_scores(case.queries), fitted.class_scores(case.queries))
    assert_array_equal(loaded.predict_proba(case.queries), fitted.predict_proba(case.queries))
    for each in (loaded, fitted):
        each.add_classes(case.queries[:2], ["new", "new"])
    assert_array_equal(loaded.class_scores(case.queries), fitted.class_scores(case.queries))


def test_pickles_and_clones(case, fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.class_scores(case.queries), fitted.class_scores(case.queries))
    unfitted = clone(fitted)
    assert not hasattr(unfitted, "classes_")
    assert_array_equal(unfitted.fit(case.X, case.y).class_scores(case.queries), case.fit().class_scores(case.queries))


def test_gradients_reach_every_parameter(case):
    """Without weight decay, only a gradient moves a parameter; a single step moves all but those behind a zero."""
    if "n_episodes" not in case.make().get_params():
        return  # nothing is trained
    start, later = (dict(case.fit(n_episodes=n, weight_decay=0.0).method_.named_parameters()) for n in (1, 8))
    still = [name for name, value in later.items() if torch.equal(value, start[name])]
    assert not still


def test_remaining_classes_score_as_before(case, fitted):
    rest = [label for label in fitted.classes_ if label not in ("c1", "c4")]
    among = fitted.class_scores(case.queries, rest)
    fitted.remove_classes(["c1", "c4"])
    assert fitted.classes_.tolist() == rest
    assert_array_equal(fitted.class_scores(case.queries), among)
    with pytest.raises(InvalidInputError, match="labels names \\['c1'\\]"):
        fitted.remove_classes("c1")
    with pytest.raises(InvalidInputError, match="labels names all"):
        fitted.remove_classes(rest)
    assert fitted.classes_.tolist() == rest


def test_a_removed_class_comes_back_as_new(case, fitted):
    fitted.remove_classes("c2").add_classes(case.X_new[:1], ["c2"])
    assert "c2" in fitted.classes_
    assert fitted.unseen_classes_.tolist() == ["c2"]


def test_classes_added_after_forgetting_are_the_only_ones(case, fitted):
    fitted.forget_classes()
    assert len(fitted.classes_) == len(fitted.seen_classes_) == 0
    with pytest.raises(InvalidInputError, match="No classes are known"):
        fitted.predict(case.queries)
    fitted.add_classes(case.X_new, case.y_new)
    assert fitted.classes_.tolist() == np.unique(case.y_new).tolist()
    assert len(fitted.seen_classes_) == 0
    other = case.fit()
    other.remove_classes(np.setdiff1d(case.y, case.y_new))  # those that share a name with new ones have to stay
    shared = other.classes_
    other.add_classes(case.X_new[:1], ["z"]).remove_classes(shared).add_classes(case.X_new, case.y_new)
    other.remove_classes("z")
    case.near(fitted.class_scores(case.queries), other.class_scores(case.queries))


def unchanged(estimator, before):
    """Whether an estimator holds the very same objects as before."""
    return vars(estimator).keys() == before.keys() and all(vars(estimator)[key] is before[key] for key in before)


def bad_images(case):
    wide = (*case.X.shape[1:-1], case.X.shape[-1] + 1)
    return {
        "empty": (case.X[:0], "X |0 sample"),
        "NaN": (case.bad, "X "),
        "infinite": (np.where(np.isnan(case.bad), np.inf, case.bad), "X "),
        "wide": (np.zeros((2, *wide)), "X has"),
        "flat": (np.zeros(5), "X has shape|2D array"),
        "words": (np.full((2, *case.X.shape[1:]), "a"), "X |could not convert"),
    }


@pytest.mark.parametrize("kind", ["empty", "NaN", "infinite", "wide", "flat", "words"])
def test_bad_images_are_named_and_change_nothing(case, fitted, kind):
    X, message = bad_images(case)[kind]
    before = vars(fitted).copy()
    for call in (fitted.predict, fitted.embed):
        with pytest.raises(ValueError, match=message):
            call(X)
    with pytest.raises(ValueError, match=message):
        fitted.add_classes(X, ["a"] * len(X))
    with pytest.raises(InvalidInputError, match="X_unlabeled"):
        fitted.add_classes(case.X_new[:1], ["a"], X_unlabeled=X)
    if kind != "wide":
        with pytest.raises(ValueError, match=message):
            fitted.fit(X, ["a", "b"][: len(X)])
    assert unchanged(fitted, before)


def test_failing_additions_change_nothing(case, fitted):
    before = vars(fitted).copy()
    for X, y, message in (
        (None, None, "add_classes was given n"),
        (case.X_new, None, "X and y go together"),
        (None, case.y_new, "X and y go together"),
        (case.X_new, case.y_new[:-1], "X has 12 .* and y 11 labels"),
        (case.X_new[:2], [1, 2], "y has the label 1; wanted strings only"),
        (case.X_new[:2], [0.5, 1.5], "[Uu]nknown label type|y has the label"),
        (case.X_new[:2], [["a", "b"], ["c", "d"]], "y should be a 1d array"),
    ):
        with pytest.raises(ValueError, match=message):
            fitted.add_classes(X, y)
        assert unchanged(fitted, before)


def test_failing_fits_change_nothing(case, fitted):
    before = vars(fitted).copy()
    for X, y, message in (
        (case.X, np.full(len(case.X), "a"), "y has one class"),
        (case.X, case.y[:-1], "56.*55|inconsistent numbers"),
        (case.X, np.linspace(0, 1, len(case.X)), "[Uu]nknown label type"),
    ):
        with pytest.raises(ValueError, match=message):
            fitted.fit(X, y)
        assert unchanged(fitted, before)
