"""Unlabelled samples: which classes they move, how predictions then depend on samples, and what forgets them."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl import ClassIndex, InvalidInputError, ZeroShotRetriever, load
from zsl.datasets import make_zero_shot
from zsl.evaluation import per_class_accuracy
from zsl.functional.linear.origins import unit_rows


@pytest.fixture(scope="module")
def split():
    """Descriptions that tell half of where classes lie."""
    return make_zero_shot(
        16, 4, n_features=12, n_attributes=5, n_per_class=12, noise=0.3, relevance=0.5, random_state=3
    )


@pytest.fixture(scope="module")
def once(split, small):
    return small(semantics=split.semantics, metric="cosine", similarity="metric", random_state=0).fit(
        split.X_train, split.y_train
    )


@pytest.fixture
def fitted(once):
    return copy.deepcopy(once)


@pytest.fixture
def moved(fitted, split):
    return copy.deepcopy(fitted).add_classes(X_unlabeled=split.X_test_unseen)


def refining(estimator, **changes):
    """Change how samples refine classes."""
    choice = estimator._choice
    estimator._choice = replace(choice, refinement=replace(choice.refinement, **changes))


def test_only_unseen_classes_move(split, fitted, moved):
    ratio = moved.temperature_ / moved.selection_["unlabeled"]["temperature"]
    shift = moved.class_scores(split.X_test_seen) / ratio - fitted.class_scores(split.X_test_seen)
    seen = np.isin(moved.classes_, moved.seen_classes_)
    assert np.abs(shift[:, seen]).max() < 1e-9
    assert np.abs(shift[:, ~seen]).max(axis=0).min() > 1e-4


def test_seen_classes_alone_score_as_ever(split, fitted, moved):
    asked = split.seen_classes
    assert_array_equal(moved.class_scores(split.X_test_seen, asked), fitted.class_scores(split.X_test_seen, asked))


def test_moved_classes_are_those_of_the_formula(split, fitted, moved):
    from zsl.functional.clusters.described_clusters import refined_classes

    how = fitted.selection_["unlabeled"]
    classes = fitted._classes
    represented = fitted._model.represent(classes).numpy()
    rows = refined_classes(
        fitted.embed(split.X_test_unseen),
        represented,
        ~classes.seen,
        np.where(classes.seen, 0.0, how["start_bias"]),
        prior_strength=np.full(20, how["strength"] * max(1, len(split.X_test_unseen) / (40 * 20))),
        scale=how["scale"],
        n_steps=10,
    )
    wanted = fitted.embed(split.X_test_seen) @ unit_rows(rows).T * fitted.temperature_ / how["temperature"]
    assert_allclose(moved.class_scores(split.X_test_seen), wanted, atol=1e-9)


def test_samples_of_the_classes_help(split, fitted, moved):
    before, after = (
        per_class_accuracy(split.y_test_unseen, each.predict(split.X_test_unseen, split.unseen_classes))
        for each in (fitted, moved)
    )
    assert after >= before
    assert after > 0.5


def test_predictions_are_inductive_once_samples_are_kept(split, moved):
    X = split.X_test_seen[:6]
    alone = np.concatenate([moved.class_scores(row[None]) for row in X])
    assert_allclose(alone, moved.class_scores(X), rtol=1e-10, atol=1e-12)


def test_samples_in_parts_are_samples_at_once(split, fitted, moved):
    for part in np.array_split(split.X_test_unseen, 3):
        fitted.add_classes(X_unlabeled=part)
    assert_allclose(fitted.class_scores(split.X_test_seen), moved.class_scores(split.X_test_seen), rtol=1e-9)


def test_classes_of_the_same_call_are_added_too(split, fitted, moved):
    fitted.add_classes(split.X_support, split.y_support, X_unlabeled=split.X_test_unseen)
    moved.add_classes(split.X_support, split.y_support)
    assert_array_equal(fitted.class_scores(split.X_test_seen), moved.class_scores(split.X_test_seen))


def test_no_unseen_class_to_move_leaves_all_as_it_was(split, fitted, moved):
    moved.remove_classes(split.unseen_classes)
    fitted.remove_classes(split.unseen_classes)
    assert_array_equal(moved.class_scores(split.X_test_seen, calibrated=True), fitted.class_scores(split.X_test_seen))


def test_forgetting_the_classes_forgets_the_samples(split, fitted, moved):
    for each in (fitted, moved):
        each.forget_classes().add_classes(split.X_support, split.y_support)
    assert_array_equal(moved.class_scores(split.X_test_seen), fitted.class_scores(split.X_test_seen))


def test_a_refit_forgets_them(split, once, moved):
    moved.fit(split.X_train, split.y_train)
    assert_array_equal(moved.class_scores(split.X_test_seen), once.class_scores(split.X_test_seen))


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "copy", "file"])
def test_copies_keep_them_bit_for_bit(split, moved, tmp_path, way):
    if way == "file":
        moved.save(tmp_path / "model")
    make = {
        "pickle": lambda: pickle.loads(pickle.dumps(moved)),
        "deepcopy": lambda: copy.deepcopy(moved),
        "copy": lambda: copy.copy(moved),
        "file": lambda: load(tmp_path / "model"),
    }
    wanted = moved.predict_proba(split.X_test_seen)
    assert_array_equal(make[way]().predict_proba(split.X_test_seen), wanted)


def test_transductive_prediction_is_that_with_the_samples_kept(split, fitted, moved):
    found = fitted.predict(split.X_test_unseen, transductive=True)
    assert_array_equal(found, moved.predict(split.X_test_unseen))


def test_transductive_prediction_leaves_the_estimator_as_it_was(split, fitted):
    before = fitted.class_scores(split.X_test_unseen, calibrated=True)
    fitted.predict(split.X_test_unseen, transductive=True)
    assert len(fitted._unlabeled) == 0
    assert_array_equal(fitted.class_scores(split.X_test_unseen, calibrated=True), before)


def test_transductive_prediction_adds_to_what_is_kept(split, fitted, moved):
    half = split.X_test_unseen[::2]
    fitted.add_classes(X_unlabeled=half)
    found = fitted.predict(split.X_test_unseen[1::2], transductive=True)
    assert len(fitted._unlabeled) == len(half)
    assert_array_equal(found, moved.predict(split.X_test_unseen[1::2]))


def test_shares_of_the_classes_count(split, moved):
    plain = moved.class_scores(split.X_test_unseen)
    label = split.unseen_classes[0]
    shares = {name: 50.0 if name == label else 1.0 for name in moved.classes_.tolist()}
    moved.set_params(class_prior=shares)
    column = list(moved.classes_).index(label)
    found = moved.class_scores(split.X_test_unseen)
    assert np.abs(found - plain)[:, column].max() > 1e-3


def test_even_shares_are_the_uniform_prior(split, moved):
    plain = moved.class_scores(split.X_test_unseen)
    moved.set_params(class_prior=dict.fromkeys(moved.classes_.tolist(), 2.0))
    assert_allclose(moved.class_scores(split.X_test_unseen), plain, rtol=1e-9)


def test_estimated_shares_follow_the_samples(split, fitted):
    rows = split.X_test_unseen[split.y_test_unseen == split.unseen_classes[0]]
    refining(fitted, scale=2.0)
    fitted.add_classes(X_unlabeled=np.repeat(rows, 5, axis=0))
    plain = fitted.class_scores(rows)
    assert np.abs(fitted.set_params(class_prior="estimated").class_scores(rows) - plain).max() > 1e-3


def test_a_share_that_is_missing_is_named(split, moved):
    shares = {name: 1.0 for name in moved.classes_.tolist() if name != "unseen_01"}
    moved.set_params(class_prior=shares)
    with pytest.raises(InvalidInputError, match=r"class_prior has no share for \['unseen_01'\]; wanted one for each"):
        moved.predict(split.X_test_seen)
    kept = [name for name in moved.classes_.tolist() if name != "unseen_01"]
    assert "unseen_01" not in moved.predict(split.X_test_seen, kept)


@pytest.mark.parametrize("prior", ["even", {"seen_00": -1.0}, None, 3])
def test_a_prior_set_later_is_checked_too(split, moved, prior):
    moved.set_params(class_prior=prior)
    with pytest.raises(InvalidInputError, match=r"class_prior.*wanted"):
        moved.predict(split.X_test_seen)


def test_a_prior_is_stored(split, moved, tmp_path):
    moved.set_params(class_prior={name: 1.0 + ord(name[-1]) for name in moved.classes_.tolist()}, distractor=True)
    moved.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.class_prior == moved.class_prior
    assert_array_equal(loaded.class_scores(split.X_test_seen), moved.class_scores(split.X_test_seen))


def test_a_distractor_takes_samples_that_score_lower(split, fitted):
    plain = fitted.class_scores(split.X_test_unseen)
    refining(fitted, stranger_score=5.0)  # no cosine comes near
    fitted.add_classes(X_unlabeled=split.X_test_unseen)
    shift = {}
    for distractor in (False, True):
        fitted.set_params(distractor=distractor)
        ratio = fitted.temperature_ / fitted._choice.refinement.temperature
        shift[distractor] = np.abs(fitted.class_scores(split.X_test_unseen) / ratio - plain).max()
    assert shift[False] > 0.01
    assert shift[True] < 1e-6


def test_strangers_score_lower_than_nearly_all_samples_of_known_classes(split, fitted):
    own = fitted.class_scores(split.X_train)[
        np.arange(len(split.y_train)), np.searchsorted(fitted.classes_, split.y_train)
    ]
    score = fitted.selection_["unlabeled"]["stranger_score"]
    assert (own > score).mean() > 0.9
    assert (fitted.class_scores(split.X_train) < score).mean() > 0.5


def test_rejection_beside_them_is_refused(split, fitted, moved):
    for call in (lambda: moved.predict(split.X_test_seen, reject=0.1),
                 lambda: fitted.predict(split.X_test_seen, reject=0.1, transductive=True)):  # fmt: skip
        with pytest.raises(InvalidInputError, match=r"reject=0\.1 with unlabelled samples"):
            call()
    assert moved.predict(split.X_test_seen, moved.seen_classes_, reject=0.1).shape == (len(split.X_test_seen),)


def test_best_classes_are_those_of_the_scores(split, moved):
    scores = moved.class_scores(split.X_test_seen, calibrated=True)
    labels, values = moved.top_classes(split.X_test_seen, k=2)
    assert_array_equal(labels[:, 0], moved.predict(split.X_test_seen))
    assert_allclose(values[:, 0], scores.max(axis=1))


def test_images_are_not_ranked_for_a_class_that_is_scored_beside_others(split, fitted, moved):
    assert len(ZeroShotRetriever(fitted).fit(split.X_test_unseen).search("unseen_00", k=2).indices) == 1
    with pytest.raises(InvalidInputError, match="scores classes jointly"):
        ZeroShotRetriever(moved).fit(split.X_test_unseen)


def test_no_index_is_built_of_classes_that_samples_move(split, moved):
    with pytest.raises(InvalidInputError, match="each class on its own"):
        ClassIndex(moved).fit(split.X_test_unseen)


def test_the_choice_is_recorded(fitted):
    found = fitted.selection_["unlabeled"]
    assert found["strength"] in (10.0, 20.0, 50.0, 100.0, 200.0)
    assert found["scale"] in (10.0, 15.0, 20.0, 30.0)
    assert 0 <= found["inductive"] <= 1
    assert 0 <= found["accuracy"] <= 1


def test_classes_known_by_support_alone_keep_their_bias_and_probabilities(split, small):
    clf = (
        small(random_state=0).fit(split.X_train, split.y_train).add_classes(split.X_support[::5], split.y_support[::5])
    )
    how = clf.selection_["unlabeled"]
    assert (how["bias"], how["temperature"]) == (clf.seen_bias_, clf.temperature_)
    before = clf.predict_proba(split.X_test_unseen).max(axis=1).mean()
    clf.add_classes(X_unlabeled=split.X_test_unseen)
    assert clf.predict_proba(split.X_test_unseen).max(axis=1).mean() > before - 0.1
