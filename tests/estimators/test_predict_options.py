"""What `predict` can be asked for beside the best class: rescaling, rejection, a gate in place of the bias."""

import copy

import numpy as np
import pandas as pd
import pytest
from classic import CLASSIC, CLOSED, small
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax

from zsl import ClassKFold, InvalidInputError, load, load_digits_zsl
from zsl.datasets import make_zero_shot
from zsl.estimators import ALEClassifier, ESZSLClassifier, RelationClassifier, RidgePrototypeClassifier
from zsl.evaluation import harmonic_mean, per_class_accuracy
from zsl.functional.scores.rescaling import csls, mutual_proximity

RELATION = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "verbose": False}


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(20, 5, n_features=16, n_attributes=6, n_per_class=10, noise=0.6, random_state=0)


@pytest.fixture(scope="module", params=[*CLOSED, "ALEClassifier", "RelationClassifier"])
def known_once(request, world):
    if request.param == "RelationClassifier":
        estimator = RelationClassifier(semantics=world.semantics, random_state=0, **RELATION)
    else:
        estimator = small(CLASSIC[request.param], semantics=world.semantics, cv=5)
    return estimator.fit(world.X_train, world.y_train)


@pytest.fixture
def known(known_once):
    return copy.deepcopy(known_once)


def images(world):
    return np.concatenate([world.X_test_seen, world.X_test_unseen])


@pytest.mark.parametrize(("rescale", "function"), [("csls", csls), ("mutual_proximity", mutual_proximity)])
def test_rescaled_are_the_calibrated_scores_among_the_classes_asked_for(world, known, rescale, function):
    for classes in (None, world.unseen_classes, known.classes_[[7, 21, 3]]):
        among = known.classes_ if classes is None else classes
        scores = function(known.class_scores(world.X_test_unseen, classes, calibrated=True))
        predicted = known.predict(world.X_test_unseen, classes, rescale=rescale)
        assert_array_equal(predicted, among[scores.argmax(axis=1)])
    plain = known.predict(images(world))
    assert (plain != known.predict(images(world), rescale=rescale)).any()


@pytest.mark.parametrize("rescale", ["csls", "mutual_proximity"])
def test_rescaling_of_one_image_or_one_class(world, known, rescale):
    X = world.X_test_seen
    assert known.predict(X[:1], rescale=rescale)[0] in known.classes_
    assert set(known.predict(X, ["unseen_02"], rescale=rescale)) == {"unseen_02"}


def test_more_is_rejected_at_a_higher_rate(world, known):
    shares = [(known.predict(images(world), reject=rate) == "none").mean() for rate in (0, 0.05, 0.2, 0.5, 0.9)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[-1] > 0.5


@pytest.mark.parametrize(
    "kind", ["ESZSLClassifier", "RidgePrototypeClassifier", "SAEClassifier", "SynCClassifier", "RelationClassifier"]
)
def test_about_the_rate_is_rejected_of_known_classes(kind):
    """On average over data sets, with the images of seen and unseen classes in the proportion of the folds."""
    shares = []
    for seed in range(3):
        world = make_zero_shot(20, 5, n_features=16, n_attributes=6, n_per_class=10, noise=0.6, random_state=seed)
        estimator = CLASSIC[kind]() if kind in CLASSIC else RelationClassifier(random_state=0, **RELATION)
        estimator.set_params(semantics=world.semantics).fit(world.X_train, world.y_train)
        shares.append([(estimator.predict(images(world), reject=rate) == "none").mean() for rate in (0.05, 0.2)])
    assert_allclose(np.mean(shares, axis=0), [0.05, 0.2], atol=0.1)


def test_images_of_no_known_class_are_rejected_more(world, known):
    """Their directions are those of no class, however long they are."""
    ours, theirs, margin = images(world), np.random.default_rng(0).normal(size=(300, 16)) * 100, 0.2
    if isinstance(known, RelationClassifier):  # six attributes leave it too little room to tell
        digits = load_digits_zsl()
        known = RelationClassifier(semantics=digits.semantics, random_state=0, **RELATION)
        known.fit(digits.X_train, digits.y_train)
        ours, theirs, margin = images(digits), np.random.default_rng(0).normal(size=(300, 64)) * 100, 0.1
    label = "none" if known.classes_.dtype.kind == "U" else -1
    shares = [(known.predict(X, reject=0.2) == label).mean() for X in (ours, theirs)]
    assert shares[1] > shares[0] + margin


def test_what_is_not_rejected_is_predicted_as_ever(world, known):
    X = images(world)
    for rescale in (None, "csls"):
        plain = known.predict(X, rescale=rescale)
        found = known.predict(X, rescale=rescale, reject=0.3)
        kept = found != "none"
        assert_array_equal(found[kept], plain[kept])
        assert 0 < kept.mean() < 1


def test_rejection_goes_by_the_best_calibrated_score(world, known):
    X = images(world)
    best = known.class_scores(X, calibrated=True).max(axis=1)
    rejected = known.predict(X, reject=0.4) == "none"
    assert best[rejected].max() < best[~rejected].min()


def test_rejection_survives_saving(world, known, tmp_path):
    known.save(tmp_path / "model")
    X = images(world)
    assert_array_equal(load(tmp_path / "model").predict(X, reject=0.3), known.predict(X, reject=0.3))


def numbered(world, estimator, kind):
    """Fit with classes numbered instead of named."""
    table = world.semantics.to_frame()
    names = table.index.to_numpy()
    table.index = pd.Index(np.arange(len(names)).astype(kind))
    y = np.searchsorted(names, world.y_train).astype(kind)
    return estimator.set_params(semantics=table).fit(world.X_train, y)


@pytest.mark.parametrize("kind", ["int64", "uint8"])
def test_labels_of_the_rejected_among_numbers(world, kind):
    estimator = numbered(world, RidgePrototypeClassifier(), kind)
    X = images(world)
    found = estimator.predict(X, reject=0.5)
    assert found.dtype.kind == "i"
    assert set(found.tolist()) <= {-1, *range(25)}
    assert 0.2 < (found == -1).mean() < 0.8
    own = estimator.predict(X, reject=0.5, reject_label=100)
    assert_array_equal(own == 100, found == -1)
    assert_array_equal(own[own != 100], found[found != -1])


def test_labels_of_the_rejected_among_strings(world, known):
    X = images(world)
    found = known.predict(X, reject=0.5)
    label = "none of the classes that are known here"
    own = known.predict(X, reject=0.5, reject_label=label)
    assert set(own.tolist()) <= {label, *known.classes_.tolist()}
    assert_array_equal(own == label, found == "none")
    assert known.classes_.dtype == known.predict(X).dtype


def test_label_of_the_rejected_among_objects(world):
    estimator = RidgePrototypeClassifier(semantics=world.semantics).fit(world.X_train, world.y_train.astype(object))
    found = estimator.predict(images(world), reject=0.5, reject_label="none of the classes that are known here")
    assert found.dtype == object
    assert "none of the classes that are known here" in found.tolist()


@pytest.mark.parametrize("label", ["none", -1])
def test_label_of_another_kind_is_refused(world, label):
    """It would turn every prediction into another kind: 8 into "8"."""
    if isinstance(label, str):
        estimator = numbered(world, RidgePrototypeClassifier(), "int64")
    else:
        estimator = RidgePrototypeClassifier(semantics=world.semantics).fit(world.X_train, world.y_train)
    with pytest.raises(InvalidInputError, match="reject_label"):
        estimator.predict(images(world), reject=0.5, reject_label=label)


@pytest.mark.parametrize("kind", [ESZSLClassifier, ALEClassifier, RelationClassifier])
def test_rejection_wants_classes_that_were_held_out(world, kind):
    given = RELATION | {"cv": None} if kind is RelationClassifier else {}
    estimator = kind(**given) if given else small(kind, cv=None)
    estimator.set_params(semantics=world.semantics).fit(world.X_train, world.y_train)
    with pytest.raises(InvalidInputError, match=r"cv=None.*held out no classes"):
        estimator.predict(world.X_test_seen, reject=0.1)
    if not given:
        estimator.set_params(semantics=None, cv=5).fit(world.X_train, world.y_train)
        with pytest.raises(InvalidInputError, match=r"held out no classes with cv=5"):
            estimator.predict(world.X_test_seen, reject=0.1)


@pytest.fixture(scope="module", params=["ESZSLClassifier", "SAEClassifier", "ALEClassifier", "DAPClassifier"])
def gated_once(request, world):
    estimator = small(CLASSIC[request.param], semantics=world.semantics, balance="gate", cv=5)
    return estimator.fit(world.X_train, world.y_train)


@pytest.fixture
def gated(gated_once):
    return copy.deepcopy(gated_once)


def test_gate_gives_probabilities_that_labels_agree_with(world, gated):
    X = images(world)
    for classes in (None, gated.classes_[::3], world.unseen_classes, world.seen_classes, ["unseen_01"]):
        probabilities = gated.predict_proba(X, classes)
        assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
        assert (probabilities >= 0).all()
        among = gated.classes_ if classes is None else np.asarray(classes)
        assert_array_equal(gated.predict(X, classes), among[probabilities.argmax(axis=1)])
    assert_allclose(np.exp(gated.decision_function(X)), gated.predict_proba(X), rtol=1e-9)


def test_gate_changes_nothing_within_one_side(world, gated):
    """Each expert is a softmax at a temperature, so the order of the scores stays."""
    X = images(world)
    for classes in (world.seen_classes, world.unseen_classes):
        scores = gated.class_scores(X, classes)
        logarithms = gated.class_scores(X, classes, calibrated=True)
        temperature = gated._selection.gate.temperatures[0 if "seen_00" in classes else 1]
        assert_allclose(logarithms, log_softmax(scores / temperature, axis=1), rtol=1e-9)


def test_gate_balances_both_sides(world, gated):
    """It is about as good as the bias, and no worse than nothing at all."""

    def balanced(predict):
        both = (world.X_test_seen, world.y_test_seen), (world.X_test_unseen, world.y_test_unseen)
        return harmonic_mean(*(per_class_accuracy(y, predict(X)) for X, y in both))

    raw = balanced(lambda X: gated.classes_[gated.class_scores(X).argmax(axis=1)])
    assert balanced(gated.predict) > raw - 0.05
    assert balanced(gated.predict) > 0.2


def test_gate_with_classes_that_come_and_go(world, gated, tmp_path):
    gated.add_classes(world.X_support, world.y_support)
    gated.add_classes(world.X_support[:3], ["pictured"] * 3).remove_classes(["seen_03", "unseen_01"])
    probabilities = gated.predict_proba(world.X_test_unseen)
    assert probabilities.shape[1] == len(gated.classes_) == 24
    assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    gated.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.balance == "gate"
    assert_allclose(loaded.predict_proba(world.X_test_unseen), probabilities, rtol=1e-12)
    assert_array_equal(loaded.predict(images(world), reject=0.3), gated.predict(images(world), reject=0.3))
    gated.remove_classes(gated.unseen_classes_)
    assert_allclose(gated.predict_proba(world.X_test_unseen).sum(axis=1), 1, rtol=1e-12)


def test_gate_rejects_more_at_a_higher_rate(world, gated):
    shares = [(gated.predict(images(world), reject=rate) == "none").mean() for rate in (0, 0.2, 0.5, 0.9)]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] > 0.5


def test_gate_takes_the_same_choice_as_stacking(world, gated):
    other = copy.deepcopy(gated).set_params(balance="stacking").fit(world.X_train, world.y_train)
    assert other.selection_ == gated.selection_
    X = world.X_test_unseen
    assert_array_equal(other.class_scores(X), gated.class_scores(X))
    assert not np.allclose(other.predict_proba(X), gated.predict_proba(X))


def test_gate_without_held_out_classes_is_the_plain_score(world):
    estimator = ESZSLClassifier(semantics=world.semantics, balance="gate", cv=None).fit(world.X_train, world.y_train)
    X = world.X_test_unseen
    assert_array_equal(estimator.class_scores(X, calibrated=True), estimator.class_scores(X))


@pytest.mark.parametrize("kind", [ESZSLClassifier, ALEClassifier])
def test_gate_is_fitted_where_nothing_else_is_left_open(world, kind):
    fixed = {"alpha_features": 1.0, "alpha_semantics": 1.0} if kind is ESZSLClassifier else {"early_stopping": False}
    given = {"semantics": world.semantics, "seen_bias": 0.0} | fixed
    gate, bias = (
        small(kind, balance=balance, **given).fit(world.X_train, world.y_train) for balance in ("gate", "stacking")
    )
    X = world.X_test_unseen
    assert not np.allclose(gate.predict_proba(X), bias.predict_proba(X))


@pytest.mark.parametrize("balance", ["stacking", "gate"])
def test_folds_without_seen_images_are_refused(world, balance):
    """Without them there is nothing to balance the held-out classes against."""
    cv = ClassKFold(4, seen_test_size=0, random_state=0)
    estimator = ESZSLClassifier(semantics=world.semantics, balance=balance, cv=cv)
    with pytest.raises(InvalidInputError, match="cv"):
        estimator.fit(world.X_train, world.y_train)


@pytest.mark.parametrize("kind", ["int64", "uint64", "float64", "object"])
def test_the_label_of_the_rejected_is_no_known_class(world, kind):
    """-1 may be a class, as "none" may: a sample of it and one of no class would look alike."""
    table = world.semantics.to_frame()
    names = table.index.to_numpy()
    numbers = np.arange(len(names)).astype(np.int64) - (kind != "uint64")
    own = (
        numbers.astype(kind) if kind != "object" else np.where(numbers < 0, "none", numbers.astype(str)).astype(object)
    )
    estimator = RidgePrototypeClassifier(semantics=table.set_axis(own)).fit(
        world.X_train, own[np.searchsorted(names, world.y_train)]
    )
    X, other = images(world), "other" if kind == "object" else 99
    if kind != "uint64":
        default = "'none'" if kind == "object" else "-1"
        with pytest.raises(InvalidInputError, match=f"reject_label=None stands for {default}, which is a known class"):
            estimator.predict(X, reject=0.5)
    with pytest.raises(InvalidInputError, match=r"reject_label=.*, which is a known class; wanted another label"):
        estimator.predict(X, reject=0.5, reject_label=own[1:2].tolist()[0])
    with pytest.raises(InvalidInputError, match="which is a known class"):
        estimator.predict(X, estimator.classes_[-2:], reject=0.5, reject_label=own[3])
    found = estimator.predict(X, reject=0.5, reject_label=other)
    assert 0.2 < (found == other).mean() < 0.8
    assert found.dtype.kind == estimator.classes_.dtype.kind
    assert_array_equal(estimator.predict(X, reject_label=own[1]), estimator.predict(X))  # nothing is rejected


def test_large_labels_beside_that_of_the_rejected(world):
    table = world.semantics.to_frame()
    names = table.index.to_numpy()
    own = np.arange(len(names)).astype(np.uint64) + np.uint64(2**63)
    estimator = RidgePrototypeClassifier(semantics=table.set_axis(own))
    estimator.fit(world.X_train, own[np.searchsorted(names, world.y_train)])
    with pytest.raises(InvalidInputError, match="no type of 64 bits holds both exactly"):
        estimator.predict(images(world), reject=0.5)
    found = estimator.predict(images(world), reject=0.5, reject_label=0)
    assert found.dtype == np.uint64
    assert set(found.tolist()) <= {0, *own.tolist()}
