"""What is chosen on held-out seen classes, and that nothing else has a part in it."""

import copy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from zsl import Semantics, ZSLError
from zsl.datasets import make_zero_shot
from zsl.estimators.relation import _term
from zsl.estimators.relation._classes import DescribedClasses, Point
from zsl.estimators.relation._folds import HeldOut, areas
from zsl.estimators.relation._settings import JOINT_WEIGHTS
from zsl.estimators.relation._space import Origins, SeenClasses
from zsl.functional.linear.moments import unit_moments


def fit(split, small, **given):
    table = given.pop("semantics", split.semantics)
    return small(semantics=table, random_state=0, **given).fit(split.X_train, split.y_train)


def state(estimator):
    return {name: value.numpy() for name, value in estimator.method_.state_dict().items()}


def test_rows_of_unseen_classes_have_no_part(split, small):
    table = split.semantics.to_frame()
    table.loc[split.unseen_classes] += 100
    found, other = fit(split, small), fit(split, small, semantics=table)
    assert found.selection_ == other.selection_
    for name, value in state(found).items():
        assert_array_equal(value, state(other)[name])


def test_a_fold_learns_nothing_from_its_test_samples_and_held_out_classes():
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(40, 6)).astype(np.float32), np.arange(40) % 5
    table = rng.normal(size=(5, 4))
    train = np.flatnonzero((codes < 4) & (np.arange(40) < 30))
    test = np.setdiff1d(np.arange(40), train)
    found = []
    for shift in (0, 5):
        images, rows = X.copy(), table.copy()
        images[test] += shift
        rows[4] += shift
        origins = Origins.of(images, images.min(axis=0), False, "whiten")
        whole = unit_moments(images, codes, 5, origin=origins.lengths)
        rest = unit_moments(images[test], codes[test], 5, origin=origins.lengths)
        seen = SeenClasses.of_moments(whole - rest, "whiten", origins)
        classes = DescribedClasses.of(seen, rows, (4,), "standard", None)
        found.append((seen, classes.scaler(table[:4])))
    np.testing.assert_allclose(found[0][0].means, found[1][0].means, atol=1e-5)
    assert_array_equal(found[0][1], found[1][1])
    assert found[0][0].numbers.tolist() == [0, 1, 2, 3]


def test_the_chosen_point_has_the_largest_area(split, small):
    selection = fit(split, small, similarity="metric").selection_
    best = max(record["ausuc"] for record in selection["grid"])
    (chosen,) = [r for r in selection["grid"] if all(selection["params"][n] == r[n] for n in r if n != "ausuc")]
    assert chosen["ausuc"] == best
    assert selection["ausuc"] == pytest.approx(best)
    assert len(selection["grid"]) == 2 * 2 * 6


def test_several_penalties_are_chosen_from(split, small):
    selection = fit(split, small, alpha=[0.2, 0.7], kernel="linear", metric="cosine").selection_
    assert [record["alpha"] for record in selection["grid"]] == [0.2, 0.7]
    assert selection["params"]["alpha"] in (0.2, 0.7)
    assert set(selection["alternatives"]["alpha"]) == {"0.2", "0.7"}


def test_area_of_a_point_is_that_of_its_scores(split):
    """The folds score in fewer dimensions; here the scores are made from the map itself."""
    codes = np.unique(split.y_train, return_inverse=True)[1]
    X = split.X_train.astype(np.float32)
    train, test = np.flatnonzero(codes < 5), np.flatnonzero(codes >= 3)
    origins = Origins.of(X, X.min(axis=0), False, "whiten")
    seen = SeenClasses.of_moments(unit_moments(X, codes, 16, train, origins.lengths), "whiten", origins)
    classes = DescribedClasses.of(seen, split.semantics.rows(split.seen_classes), (5,), "center", None)
    fold = HeldOut(classes, seen, np.arange(5, 16), seen.space(X[test]), codes[test], train)
    point = Point(False, "rbf", 0.1, 0.0, "euclidean", (1.0,))
    (mapped,) = classes.mapped([point])
    gaps = np.square(fold.samples[:, None] - mapped[fold.columns]).sum(axis=2)
    (found,) = fold.scores([point])
    np.testing.assert_allclose(found - found[:, :1], -0.5 * (gaps - gaps[:, :1]), atol=1e-5)
    assert areas([fold], [point])[point][0] == pytest.approx(fold.curve(-0.5 * gaps).ausuc, abs=1e-6)


@pytest.mark.parametrize(
    ("world", "least", "most"),
    [({"relevance": 0.0}, 0, 1), ({"noise": 3.0}, 4, np.inf)],
    ids=["useless descriptions", "useless single samples"],
)
def test_prior_strength_follows_what_descriptions_are_worth(small, world, least, most):
    split = make_zero_shot(
        16, 4, n_features=12, n_attributes=5, n_per_class=12, random_state=0, **{"noise": 0.1} | world
    )
    assert least <= fit(split, small, similarity="metric").prior_strength_ <= most


def test_bias_between_numbers_of_shots_is_interpolated(split, fitted):
    from dataclasses import replace

    fitted._choice = replace(fitted._choice, bias=((0, 4.0), (1, 2.0), (5, 1.0)))
    label = split.unseen_classes[0]
    rows = split.X_support[split.y_support == label]
    found = []
    for shots in (0, 1, 3, 5, 12):
        estimator = copy.deepcopy(fitted)
        if shots:
            estimator.add_classes(rows[:shots], [label] * shots)
        plain, calibrated = (estimator.class_scores(rows[:1], [label], calibrated=c)[0, 0] for c in (False, True))
        found.append(calibrated - plain)
    at_three = 2 - np.log(4 / 2) / np.log(6 / 2)  # on a line in log(1 + K) from 1 to 5
    np.testing.assert_allclose(found, [4, 2, at_three, 1, 1])


def test_blocks_that_say_nothing_lose_their_weight(small):
    split = make_zero_shot(24, 4, n_features=12, n_attributes=5, n_per_class=8, noise=0.1, random_state=0)
    noise = np.random.default_rng(0).normal(size=(28, 20))
    table = split.semantics.beside(Semantics(noise, classes=split.semantics.classes))
    weights = fit(split, small, semantics=table, similarity="metric").selection_["params"]["block_weights"]
    assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert weights[0] > 0.6


def test_no_point_is_tried_twice(split, small):
    """Of two blocks, half the weight of the one is twice that of the other."""
    table = split.semantics.beside(split.semantics)
    grid = fit(split, small, semantics=table, similarity="metric").selection_["grid"]
    assert len({str({name: value for name, value in r.items() if name != "ausuc"}) for r in grid}) == len(grid)


def joint_world(relation, seed=0, n=16):
    """Features around class texts turned by nothing at all, or around random points."""
    rng = np.random.default_rng(seed)
    texts = rng.normal(size=(n + 4, 12))
    centres = texts if relation else rng.normal(size=(n + 4, 12))
    X = np.repeat(centres[:n], 8, axis=0) + 0.5 * rng.normal(size=(8 * n, 12))
    return X, np.repeat(np.arange(n), 8), pd.DataFrame(texts)


@pytest.mark.parametrize("relation", [True, False])
def test_a_joint_space_is_told_from_another(small, relation):
    for seed in range(3):
        X, y, table = joint_world(relation, seed)
        estimator = small(semantics=table, similarity="metric", random_state=0).fit(X, y)
        kernels = {record["kernel"] for record in estimator.selection_["grid"]}
        weights = {record["joint"] for record in estimator.selection_["grid"]}
        assert ("none" in kernels) == relation  # the class text alone, with nothing learned
        assert weights == (set(JOINT_WEIGHTS) if relation else {0.0})


def test_a_joint_space_may_be_forbidden(small):
    X, y, table = joint_world(True)
    estimator = small(semantics=table, joint=False, similarity="metric", random_state=0).fit(X, y)
    assert {record["joint"] for record in estimator.selection_["grid"]} == {0.0}


def test_the_class_text_alone_is_the_cosine_to_it(small, monkeypatch):
    from zsl.estimators.relation import _folds

    only = lambda settings, root, n_blocks, joint: [Point(root, None, 0.1, 1.0, "cosine", (1.0,))]  # noqa: E731
    monkeypatch.setattr(_folds, "grid", only)
    X, y, table = joint_world(True)
    clf = small(semantics=table, similarity="metric", feature_scaling="center", random_state=0).fit(X, y)
    assert clf.selection_["params"]["kernel"] == "none"
    texts = table.to_numpy() - table.to_numpy()[:16].mean(axis=0)
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    texts = texts - texts[:16].mean(axis=0)
    wanted = clf.embed(X) @ (texts / np.linalg.norm(texts, axis=1, keepdims=True)).T
    np.testing.assert_allclose(clf.class_scores(X), wanted, atol=1e-5)


def test_roots_are_never_tried_of_features_that_lie_around_their_mean(split, small):
    selection = fit(split, small, similarity="metric").selection_
    assert selection["params"]["feature_root"] is False
    assert "feature_root" not in selection["alternatives"]


def test_roots_are_tried_of_one_sided_features(split, small):
    clf = small(semantics=split.semantics, similarity="metric", random_state=0)
    selection = clf.fit(np.exp(split.X_train), split.y_train).selection_
    assert set(selection["alternatives"]["feature_root"]) == {"True", "False"}
    best = max(selection["alternatives"]["feature_root"], key=selection["alternatives"]["feature_root"].get)
    assert str(selection["params"]["feature_root"]) == best


def test_a_term_that_does_not_help_is_left_out(split, small, monkeypatch):
    monkeypatch.setattr(
        _term.RelationTerm, "scores", lambda term, samples, classes: np.zeros((len(samples), len(classes)))
    )
    estimator = fit(split, small)
    assert estimator.selection_["params"]["relation_gate"] == 0
    assert estimator.method_.sizes.n_hidden == 0
    assert set(estimator.selection_["alternatives"]["relation_gate"]) == {"0", "0.25", "0.5", "1.0"}


def test_a_term_that_helps_is_taken(small, monkeypatch):
    """A made-up term that knows the truth opens the gate as far as it goes."""
    split = make_zero_shot(16, 4, n_features=12, n_attributes=5, n_per_class=12, noise=2.0, random_state=0)
    real = HeldOut.scored
    truth = {}

    def scored(fold, scores):
        truth[len(fold.samples), float(fold.samples[0, 0])] = np.eye(len(fold.columns))[fold.truth]
        return real(fold, scores)

    def scores(term, samples, classes):
        return (
            truth[len(samples), float(samples[0, 0])] if len(classes) == 16 else np.zeros((len(samples), len(classes)))
        )

    monkeypatch.setattr(HeldOut, "scored", scored)
    monkeypatch.setattr(
        "zsl.estimators.relation._choose.shot_curves",
        lambda classes, *rest: [c.fold.curve(truth[len(c.fold.samples), float(c.fold.samples[0, 0])]) for c in classes],
    )
    monkeypatch.setattr(_term.RelationTerm, "scores", scores)
    estimator = fit(split, small)
    assert estimator.selection_["params"]["relation_gate"] == 1.0
    assert estimator.method_.sizes.n_hidden == 8


@pytest.mark.parametrize("cv", [2, None])
def test_both_always_has_a_term(split, small, cv):
    estimator = fit(split, small, similarity="both", cv=cv)
    assert estimator.selection_["params"]["relation_gate"] > 0
    assert estimator.method_.sizes.n_hidden == 8
    assert estimator.method_.weight_out.any()


def test_the_metric_alone_trains_nothing(split, small, monkeypatch):
    monkeypatch.setattr(_term, "train", None)
    assert fit(split, small, similarity="metric").method_.sizes.n_hidden == 0


@pytest.fixture(scope="module")
def plain(split, small):
    return fit(split, small, cv=None, similarity="both", relation_hidden=8)


@pytest.mark.parametrize(
    "parameters",
    [
        {"kernel": "linear"},
        {"alpha": 1.0},
        {"metric": "euclidean"},
        {"similarity": "metric"},
        {"relation_hidden": 4},
        {"n_episodes": 50},
        {"learning_rate": 0.1},
        {"feature_root": True},
        {"feature_scaling": "center"},
        {"semantic_scaling": "standard"},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_each_parameter_has_an_effect(split, plain, small, parameters):
    other = fit(split, small, **{"cv": None, "similarity": "both", "relation_hidden": 8} | parameters)
    difference = other.class_scores(split.X_test_unseen) - plain.class_scores(split.X_test_unseen)
    assert np.abs(difference).max() > 1e-6


def test_training_that_goes_astray_changes_nothing(split, fitted):
    before = fitted.class_scores(split.X_test_unseen)
    fitted.set_params(learning_rate=1e30, cv=None, similarity="both", n_episodes=60)
    with pytest.raises(ZSLError, match=r"loss is .* smaller learning_rate"):
        fitted.fit(split.X_train[:, :7], split.y_train)
    assert fitted.n_features_in_ == 12
    assert_array_equal(fitted.class_scores(split.X_test_unseen), before)


def test_more_than_a_thousand_seen_classes(small):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(1080, 6))
    mixing = rng.normal(size=(6, 8))
    y = np.repeat(np.arange(1060), 3)
    X = table[y] @ mixing + 0.3 * rng.normal(size=(3180, 8))
    clf = small(semantics=pd.DataFrame(table), alpha=0.1, kernel="rbf", metric="cosine", cv=None)
    clf.fit(X, y)
    assert clf.method_.sizes.n_landmarks == 1000
    unseen = np.repeat(np.arange(1060, 1080), 5)
    tested = table[unseen] @ mixing + 0.3 * rng.normal(size=(100, 8))
    assert (clf.predict(tested, clf.unseen_classes_) == unseen).mean() > 0.6
    assert clf.predict(tested[:3]).shape == (3,)


def test_of_very_many_classes_only_some_are_tested_on(split, small, monkeypatch):
    monkeypatch.setattr("zsl.estimators.relation._folds.MOST_CLASSES", 3)
    tested = []
    real = HeldOut.scored
    monkeypatch.setattr(HeldOut, "scored", lambda fold, scores: tested.append(fold) or real(fold, scores))
    clf = fit(split, small, similarity="metric")
    for fold in tested:
        held = np.unique(fold.codes[fold.is_held])
        assert (len(held), len(np.unique(fold.codes)), len(fold.columns)) == (3, 6, 16)
    assert tested
    predicted = clf.predict(split.X_test_unseen, split.unseen_classes)
    assert (predicted == split.y_test_unseen).mean() > 0.9


def test_a_fold_has_few_samples_of_each_class():
    from zsl.estimators.relation._folds import some_of_each

    codes = np.repeat(np.arange(4), [500, 300, 50, 2])
    train, test = np.flatnonzero(codes < 2)[::2], np.setdiff1d(np.arange(852), np.flatnonzero(codes < 2)[::2])
    kept = some_of_each(codes, train, test)
    assert np.bincount(codes[kept]).tolist() == [20, 20, 50, 2]
    assert set(kept) <= set(test)
