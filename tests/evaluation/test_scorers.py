"""Scorers: against plain formulas, in searches and pipelines, and with what must not compete."""

import numpy as np
import pandas as pd
import pytest
from nearest_prototype import NearestPrototype, gaussian_split
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl.evaluation import (
    ClassKFold,
    ausuc_score,
    harmonic_mean,
    harmonic_score,
    per_class_accuracy,
    seen_score,
    seen_unseen_curve,
    t1_score,
    unseen_score,
)
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

SCORERS = {
    "t1": t1_score,
    "seen": seen_score,
    "unseen": unseen_score,
    "harmonic": harmonic_score,
    "ausuc": ausuc_score,
}


def line(bias=0.0):
    """Prototypes on a line: seen "a" at 0 and "b" at 10; of the table, "c" at 4, "d" at 6, and "never" at 8."""
    table = Semantics([[0], [10], [4], [6], [8]], classes=["a", "b", "c", "d", "never"])
    estimator = NearestPrototype(semantics=table, alpha=0, seen_bias=bias)
    return estimator.fit([[0.0], [0.0], [10.0], [10.0]], ["a", "a", "b", "b"])


X_LINE = np.array([[0.0], [3.0], [9.0], [4.0], [1.0], [8.0], [5.5]])
Y_LINE = np.array(["a", "a", "b", "c", "c", "d", "d"])


@pytest.fixture(scope="module")
def split():
    return gaussian_split(10, 3, n_per_class=20, noise=0.7)


@pytest.fixture(scope="module")
def fold(split):
    """A fold of the seen classes: fitted estimator, and test images of classes that it saw and that it didn't."""
    train, test = next(ClassKFold(4, random_state=1).split(split.X_train, split.y_train))
    estimator = NearestPrototype(semantics=split.semantics, seen_bias=2.0)
    return estimator.fit(split.X_train[train], split.y_train[train]), split.X_train[test], split.y_train[test]


def test_scores_worked_by_hand():
    # Predicted among a, b, c, d: a, c, b, c, a, d, d. The image at 8 is as near to "b" as to "d", so the bias decides.
    estimator = line(bias=0.1)
    assert t1_score(estimator, X_LINE, Y_LINE) == 1.0
    assert seen_score(estimator, X_LINE, Y_LINE) == pytest.approx((1 / 2 + 1) / 2)
    assert unseen_score(estimator, X_LINE, Y_LINE) == pytest.approx((1 / 2 + 1) / 2)
    assert harmonic_score(estimator, X_LINE, Y_LINE) == pytest.approx(0.75)


def test_rows_of_the_table_that_are_not_in_y_never_compete():
    # The image at 8 lies on "never", which is in the class table.
    assert line().predict(np.array([[8.0]])).tolist() == ["never"]
    assert unseen_score(line(bias=0.1), X_LINE[3:6], Y_LINE[3:6]) == pytest.approx((1 / 2 + 1) / 2)
    assert t1_score(line(), X_LINE[5:], Y_LINE[5:]) == 1.0


def test_t1_chooses_among_the_unseen_labels_of_y_only():
    assert t1_score(line(), [[0.0], [7.0]], ["c", "d"]) == 1.0
    assert t1_score(line(), [[7.0]], ["c"]) == 1.0
    assert t1_score(line(), [[7.0], [7.0]], ["c", "d"]) == 0.5


def test_scores_equal_plain_formulas(fold):
    estimator, X, y = fold
    unseen = np.setdiff1d(y, estimator.seen_classes_)
    classes = np.union1d(estimator.seen_classes_, unseen)
    is_seen = ~np.isin(y, unseen)
    predicted = estimator.predict(X, classes=classes)
    seen_accuracy = per_class_accuracy(y[is_seen], predicted[is_seen])
    unseen_accuracy = per_class_accuracy(y[~is_seen], predicted[~is_seen])
    assert 0 < unseen_accuracy < 1
    assert seen_score(estimator, X, y) == seen_accuracy
    assert unseen_score(estimator, X, y) == unseen_accuracy
    assert harmonic_score(estimator, X, y) == harmonic_mean(seen_accuracy, unseen_accuracy)
    assert t1_score(estimator, X, y) == per_class_accuracy(y[~is_seen], estimator.predict(X[~is_seen], classes=unseen))
    scores = estimator.class_scores(X, classes)
    curve = seen_unseen_curve(
        y[is_seen], scores[is_seen], y[~is_seen], scores[~is_seen], classes=classes, seen_classes=np.unique(y[is_seen])
    )
    assert ausuc_score(estimator, X, y) == curve.ausuc


def test_area_does_not_depend_on_the_bias_and_the_accuracies_do(fold):
    estimator, X, y = fold
    biased = NearestPrototype(semantics=estimator.semantics, seen_bias=1e6)
    train_X = np.stack([estimator._sums[label] for label in estimator.seen_classes_.tolist()])
    biased.fit(train_X, estimator.seen_classes_)
    assert ausuc_score(biased, X, y) == ausuc_score(estimator, X, y)
    assert seen_score(biased, X, y) == 0
    assert unseen_score(biased, X, y) == t1_score(estimator, X, y)
    assert harmonic_score(biased, X, y) == 0


@pytest.mark.parametrize("name", SCORERS)
def test_order_and_container_of_the_images_do_not_matter(fold, name):
    estimator, X, y = fold
    score, order = SCORERS[name], np.random.default_rng(0).permutation(len(y))
    assert score(estimator, X[order], y[order]) == pytest.approx(score(estimator, X, y))
    assert score(estimator, X.tolist(), pd.Series(y)) == pytest.approx(score(estimator, X, y))


@pytest.mark.parametrize("name", SCORERS)
def test_pipeline_scores_as_its_last_step_does_on_transformed_images(split, name):
    train, test = next(ClassKFold(4, random_state=1).split(split.X_train, split.y_train))
    X, y, X_test, y_test = split.X_train[train], split.y_train[train], split.X_train[test], split.y_train[test]
    pipeline = make_pipeline(StandardScaler(), "passthrough", NearestPrototype(semantics=split.semantics)).fit(X, y)
    scaler = StandardScaler().fit(X)
    alone = NearestPrototype(semantics=split.semantics).fit(scaler.transform(X), y)
    wanted = SCORERS[name](alone, scaler.transform(X_test), y_test)
    assert 0 < wanted < 1
    assert SCORERS[name](pipeline, X_test, y_test) == wanted
    assert SCORERS[name](make_pipeline(pipeline), X_test, y_test) == wanted


def test_pipeline_of_data_frames_keeps_the_names_of_columns(split):
    frame = pd.DataFrame(split.X_train).add_prefix("pixel")
    scaler = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaler, NearestPrototype(semantics=split.semantics))
    folds = ClassKFold(3, random_state=0)
    of_frame = cross_val_score(pipeline, frame, split.y_train, cv=folds, scoring=t1_score, error_score="raise")
    of_array = cross_val_score(pipeline, split.X_train, split.y_train, cv=folds, scoring=t1_score, error_score="raise")
    assert of_frame.tolist() == of_array.tolist()


@pytest.mark.parametrize("name", SCORERS)
def test_cross_validation_over_classes(split, name):
    scores = cross_val_score(
        NearestPrototype(semantics=split.semantics),
        split.X_train,
        split.y_train,
        cv=ClassKFold(3, random_state=0),
        scoring=SCORERS[name],
        error_score="raise",
    )
    assert scores.shape == (3,)
    assert ((scores > 0) & (scores <= 1)).all()


def test_several_scorers_at_once(split):
    found = cross_validate(
        NearestPrototype(semantics=split.semantics),
        split.X_train,
        split.y_train,
        cv=ClassKFold(3, random_state=0),
        scoring=SCORERS,
        error_score="raise",
    )
    for seen, unseen, harmonic in zip(found["test_seen"], found["test_unseen"], found["test_harmonic"], strict=True):
        assert harmonic == harmonic_mean(seen, unseen)
    assert (found["test_t1"] >= found["test_unseen"]).all()


def test_search_chooses_the_bias_that_helps(split):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), NearestPrototype(semantics=split.semantics)),
        {"nearestprototype__seen_bias": [-1e6, 1.0, 1e6]},
        cv=ClassKFold(3, random_state=0),
        scoring=harmonic_score,
        error_score="raise",
    ).fit(split.X_train, split.y_train)
    assert search.best_params_ == {"nearestprototype__seen_bias": 1.0}
    assert search.cv_results_["mean_test_score"][[0, 2]].tolist() == [0, 0]
    assert t1_score(search, split.X_test_unseen, split.y_test_unseen) == t1_score(
        search.best_estimator_, split.X_test_unseen, split.y_test_unseen
    )


@pytest.mark.parametrize("name", ["seen", "harmonic", "ausuc"])
def test_seen_images_are_asked_for_where_they_are_needed(name):
    with pytest.raises(InvalidInputError, match="y has no labels of classes with training samples"):
        SCORERS[name](line(), X_LINE[3:], Y_LINE[3:])


@pytest.mark.parametrize("name", SCORERS)
def test_unseen_classes_are_asked_for(name):
    with pytest.raises(InvalidInputError, match="y has only labels of classes with training samples"):
        SCORERS[name](line(), X_LINE[:3], Y_LINE[:3])


def test_t1_and_unseen_score_need_no_seen_images():
    assert t1_score(line(), X_LINE[3:], Y_LINE[3:]) == 1.0
    assert unseen_score(line(bias=0.1), X_LINE[3:], Y_LINE[3:]) == 0.75


@pytest.mark.parametrize("name", SCORERS)
def test_labels_that_the_estimator_does_not_know_are_named(name):
    with pytest.raises(InvalidInputError, match=r"y has 2 class.* the estimator doesn't know, \['emu', 'fox'\]"):
        SCORERS[name](line(), [[0.0], [1.0], [2.0]], ["a", "fox", "emu"])


def test_a_long_list_of_unknown_labels_is_cut():
    with pytest.raises(InvalidInputError, match=r"9 class.*'x4'\] and others"):
        t1_score(line(), np.zeros((9, 1)), [f"x{number}" for number in range(9)])


def test_other_estimators_are_refused_by_name():
    plain = KNeighborsClassifier(1).fit([[0.0], [1.0]], ["a", "b"])
    with pytest.raises(InvalidInputError, match="KNeighborsClassifier, which has no seen_classes_, class_scores"):
        t1_score(make_pipeline(StandardScaler(), plain).fit([[0.0], [1.0]], ["a", "b"]), [[0.0]], ["a"])
    with pytest.raises(NotFittedError):
        t1_score(NearestPrototype(), [[0.0]], ["a"])
