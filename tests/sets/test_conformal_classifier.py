"""`ConformalClassifier`: thresholds worked out by hand, coverage, strangers, classes added later, and saving."""

import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import (
    ConformalClassifier,
    InvalidInputError,
    RankClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    SimpleShotClassifier,
    evaluate_gzsl,
    load,
    save,
)
from zsl.datasets import make_zero_shot
from zsl.evaluation import ClassKFold, measure_gzsl, measure_sets, set_coverage

WORLD = make_zero_shot(
    16, 4, n_features=12, n_attributes=6, n_per_class=20, n_test_per_class=25, noise=0.6, random_state=0
)
SEEN, UNSEEN = WORLD.seen_classes, WORLD.unseen_classes


def ridge(semantics=WORLD.semantics, **given):
    return RidgePrototypeClassifier(semantics=semantics, **given)


@pytest.fixture(scope="module")
def fitted():
    return ConformalClassifier(ridge()).fit(WORLD.X_train, WORLD.y_train)


def order_statistic(scores, coverage):
    place = math.ceil(round((len(scores) + 1) * coverage, 9))
    return np.sort(scores)[place - 1] if place <= len(scores) else np.inf


def aps(row, c):
    return sum(q for q in row if q > row[c])


def scores_of_truth(clf, X, y, classes):
    table = clf.predict_proba(X, classes)
    return np.array([aps(row, classes.tolist().index(label)) for row, label in zip(table, y, strict=True)])


def test_thresholds_of_a_fitted_estimator_by_hand():
    clf = ridge().fit(WORLD.X_train, WORLD.y_train)
    X, y = (
        np.concatenate([getattr(WORLD, f"{side}_test_seen"), getattr(WORLD, f"{side}_test_unseen")]) for side in "Xy"
    )
    sets = ConformalClassifier(clf, cv="prefit", coverage=0.6).fit(X, y)
    assert sets.estimator_ is clf
    seen = scores_of_truth(clf, WORLD.X_test_seen, WORLD.y_test_seen, clf.classes_)
    assert sets.thresholds_["seen"] == pytest.approx(order_statistic(seen, 0.6), abs=1e-12)
    # Unseen classes have equally many samples: the quantile at 0.6 * 5 / 4 of all of theirs.
    unseen = np.sort(scores_of_truth(clf, WORLD.X_test_unseen, WORLD.y_test_unseen, clf.classes_))
    assert sets.thresholds_["unseen"] == pytest.approx(unseen[math.ceil(0.75 * len(unseen)) - 1], abs=1e-12)
    limits = np.where(np.isin(clf.classes_, SEEN), sets.thresholds_["seen"], sets.thresholds_["unseen"])
    table = clf.predict_proba(X)
    wanted = [[aps(row, c) <= limits[c] + 1e-12 for c in range(len(row))] for row in table]
    assert_array_equal(sets.predict_set(X), wanted)

    sets.set_params(conditional="class")
    found, y_seen = sets.predict_set(WORLD.X_test_seen), WORLD.y_test_seen
    rows = clf.predict_proba(WORLD.X_test_seen)
    for label in SEEN[:3].tolist():
        column = clf.classes_.tolist().index(label)
        limit = order_statistic(seen[y_seen == label], 0.6)
        assert_array_equal(found[:, column], [aps(row, column) <= limit + 1e-12 for row in rows])


def test_thresholds_of_unseen_classes_by_hand():
    """Two folds of eight classes play the four unseen ones, so that no unseen class has to compete."""
    cv = ClassKFold(2, seen_test_size=0, random_state=3)
    sets = ConformalClassifier(ridge(), cv=cv, coverage=0.8).fit(WORLD.X_train, WORLD.y_train)
    held_out = np.ones(len(WORLD.y_train), dtype=bool)
    for row in sets_training_rows(sets):
        held_out[row] = False
    assert held_out.sum() == 16 * 4
    every, alone = [], []
    for train, test in cv.split(WORLD.y_train, WORLD.y_train):
        train = train[~held_out[train]]
        part = ridge().fit(WORLD.X_train[train], WORLD.y_train[train])
        new = np.setdiff1d(SEEN, WORLD.y_train[train])
        every.append(scores_of_truth(part, WORLD.X_train[test], WORLD.y_train[test], SEEN))
        alone.append(scores_of_truth(part, WORLD.X_train[test], WORLD.y_train[test], new))
    scores = np.sort(np.concatenate(every))  # equally many samples of each of the 16 classes
    place = math.ceil(0.8 * 17 / 16 * len(scores)) - 1
    assert sets.thresholds_["unseen"] == pytest.approx(scores[place], abs=1e-9)
    limit = np.sort(np.concatenate(alone))[place]
    rows = sets.predict_proba(WORLD.X_test_unseen, UNSEEN)
    wanted = [[aps(row, c) <= limit + 1e-9 for c in range(4)] for row in rows]
    assert_array_equal(sets.predict_set(WORLD.X_test_unseen, UNSEEN), wanted)


def sets_training_rows(sets):
    """The rows that the estimator was fitted on: those by which a fit gives the same probabilities are drawn again."""
    rng = np.random.RandomState(0)
    rng.randint(2**31 - 1)
    for label in SEEN:
        rows = rng.permutation(np.flatnonzero(WORLD.y_train == label))
        yield rows[4:]


@pytest.mark.parametrize("score", ["aps", "raps", "lac"])
def test_coverage_of_seen_classes_is_that_asked_for(score):
    shares, n = [], 40
    for seed in range(n):
        world = make_zero_shot(
            6, 2, n_features=8, n_attributes=4, n_per_class=15, n_test_per_class=40, noise=1.2, random_state=seed
        )
        sets = ConformalClassifier(ridge(world.semantics, cv=None), conformity_score=score, cv=None, random_state=seed)
        sets.set_params(calibration_size=0.4).fit(world.X_train, world.y_train)
        found = sets.predict_set(world.X_test_seen, world.seen_classes)
        shares.append(set_coverage(world.y_test_seen, found, classes=world.seen_classes))
    error = 3 * np.std(shares) / np.sqrt(n)
    assert 0.9 - error < np.mean(shares) < 0.9 + 1 / 36 + error


def test_more_coverage_takes_more_classes(fitted):
    X = WORLD.X_test_unseen
    small, large = (fitted.predict_set(X, coverage=level) for level in (0.5, 0.9))
    assert (small <= large).all()
    assert small.sum() < large.sum()
    assert_array_equal(large, fitted.predict_set(X))


def test_labels_of_sets_are_listed_the_likeliest_first(fitted):
    X = WORLD.X_test_unseen[:20]
    table, matrix = fitted.predict_proba(X), fitted.predict_set(X)
    for row, inside, labels in zip(table, matrix, fitted.predict_set(X, as_labels=True), strict=True):
        assert_array_equal(np.sort(labels), fitted.classes_[inside])
        assert (np.diff(row[np.searchsorted(fitted.classes_, labels)]) <= 0).all()
    assert [labels[0] for labels in fitted.predict_set(X, as_labels=True)] == fitted.predict(X).tolist()


def test_a_sample_does_not_depend_on_the_others(fitted):
    X, order = WORLD.X_test_seen[:40], np.random.default_rng(0).permutation(40)
    assert_array_equal(fitted.predict_set(X)[order], fitted.predict_set(X[order]))
    columns = [3, 0, 17, 9]
    chosen = fitted.classes_[columns]
    back = fitted.predict_set(X, np.sort(chosen))[:, np.argsort(np.argsort(chosen))]
    assert_array_equal(fitted.predict_set(X, chosen), back)


def test_settings_of_sets_may_change_after_fit(fitted):
    own = clone(fitted).set_params(conformity_score="lac", conditional="none").fit(WORLD.X_train, WORLD.y_train)
    before = fitted.get_params(deep=False)
    try:
        fitted.set_params(conformity_score="lac", conditional="none")
        assert_array_equal(fitted.predict_set(WORLD.X_test_seen), own.predict_set(WORLD.X_test_seen))
        assert len(set(fitted.thresholds_.values())) == 1
    finally:
        fitted.set_params(**before)


def test_random_shares_meet_the_coverage_where_the_best_class_has_more():
    world = make_zero_shot(10, 2, n_per_class=60, n_test_per_class=200, noise=0.25, random_state=0)
    sets = ConformalClassifier(ridge(world.semantics), coverage=0.8, cv=None, calibration_size=0.5)
    sets.fit(world.X_train, world.y_train)

    def covered():
        found = sets.predict_set(world.X_test_seen, world.seen_classes)
        return set_coverage(world.y_test_seen, found, classes=world.seen_classes)

    assert covered() > 0.9
    sets.set_params(randomized=True)
    assert abs(covered() - 0.8) < 0.06
    assert covered() == covered()


def test_the_best_class_may_always_be_included(fitted):
    before = fitted.get_params(deep=False)
    try:
        fitted.set_params(conformity_score="lac", coverage=0.2)
        sets, best = fitted.predict_set(WORLD.X_test_seen), fitted.predict_proba(WORLD.X_test_seen).argmax(axis=1)
        assert not sets.any(axis=1).all()
        fitted.set_params(include_best=True)
        sets[np.arange(len(sets)), best] = True
        assert_array_equal(fitted.predict_set(WORLD.X_test_seen), sets)
    finally:
        fitted.set_params(**before)


def test_sets_of_strangers_are_empty_and_coverage_stays():
    world = make_zero_shot(20, 2, n_features=40, n_attributes=6, n_per_class=20, noise=0.2, random_state=0)
    sets = ConformalClassifier(ridge(world.semantics), cv=4).fit(world.X_train, world.y_train)
    strangers = np.random.default_rng(0).normal(size=world.X_test_seen.shape) * world.X_train.std()
    assert sets.predict_set(strangers).any(axis=1).all()
    sets.set_params(reject=0.05)
    found = sets.predict_set(world.X_test_seen)
    assert (~sets.predict_set(strangers).any(axis=1)).mean() > 0.8
    assert (~found.any(axis=1)).mean() < 0.08
    assert set_coverage(world.y_test_seen, found, classes=sets.classes_) > 0.87


def test_unseen_classes_are_covered(fitted):
    table = measure_sets(fitted, WORLD)
    assert table.loc["seen", "coverage"] > 0.85
    assert table.loc["unseen", "coverage"] > 0.75  # four classes, and no guarantee
    assert table.loc["unseen alone", "size"] < table.loc["unseen", "size"]


def test_classes_that_come_later_have_the_threshold_of_unseen_ones():
    sets = ConformalClassifier(ridge(WORLD.semantics.select(SEEN))).fit(WORLD.X_train, WORLD.y_train)
    assert sets.unseen_classes_.tolist() == []
    sets.add_classes(semantics=WORLD.semantics.select(UNSEEN))
    assert_array_equal(sets.unseen_classes_, UNSEEN)
    found = sets.predict_set(WORLD.X_test_unseen)
    limit = sets.thresholds_["unseen"]
    rows, column = sets.predict_proba(WORLD.X_test_unseen), sets.classes_.tolist().index(UNSEEN[0])
    assert_array_equal(found[:, column], [aps(row, column) <= limit + 1e-12 for row in rows])
    sets.remove_classes(UNSEEN[1:])
    assert sets.predict_set(WORLD.X_test_unseen).shape[1] == 17


def test_few_shot_estimators_are_calibrated_with_shots():
    sets = ConformalClassifier(SimpleShotClassifier(), n_shots=3).fit(WORLD.X_train, WORLD.y_train)
    shots = np.concatenate([np.flatnonzero(WORLD.y_test_unseen == label)[:3] for label in UNSEEN])
    sets.add_classes(WORLD.X_test_unseen[shots], WORLD.y_test_unseen[shots])
    found = sets.predict_set(np.delete(WORLD.X_test_unseen, shots, axis=0))
    truth = np.delete(WORLD.y_test_unseen, shots)
    assert set_coverage(truth, found, classes=sets.classes_) > 0.75
    with pytest.raises(InvalidInputError, match="n_shots=20"):
        ConformalClassifier(SimpleShotClassifier(), n_shots=20).fit(WORLD.X_train, WORLD.y_train)


def test_without_shots_a_few_shot_estimator_has_no_threshold_of_new_classes():
    sets = ConformalClassifier(SimpleShotClassifier()).fit(WORLD.X_train, WORLD.y_train)
    assert sets.predict_set(WORLD.X_test_seen).shape[1] == 16
    sets.add_classes(WORLD.X_test_unseen, WORLD.y_test_unseen)
    with pytest.raises(InvalidInputError, match="n_shots=0"):
        sets.predict_set(WORLD.X_test_seen)
    assert sets.predict_set(WORLD.X_test_seen, SEEN).shape[1] == 16


@pytest.mark.parametrize("size", [0.0, 0.2])
def test_folds_alone_calibrate_seen_classes_too(size):
    sets = ConformalClassifier(ridge(), calibration_size=size, cv=4)
    sets.fit(WORLD.X_train, WORLD.y_train)
    assert measure_sets(sets, WORLD).loc["seen", "coverage"] > 0.84
    alone = ridge().fit(WORLD.X_train, WORLD.y_train)
    same = np.array_equal(alone.predict_proba(WORLD.X_test_seen), sets.predict_proba(WORLD.X_test_seen))
    assert same == (size == 0)


def test_pipelines_searches_and_frames():
    frame = pd.DataFrame(WORLD.X_train, columns=[f"f{i}" for i in range(12)])
    test = pd.DataFrame(WORLD.X_test_seen, columns=frame.columns)
    pipe = make_pipeline(StandardScaler(), ridge())
    sets = ConformalClassifier(pipe, cv=2).fit(frame, WORLD.y_train)
    assert sets.predict_set(test).shape == (len(test), 20)
    assert_array_equal(sets.predict(test), sets.estimator_[-1].predict(sets.estimator_[0].transform(test)))
    search = GridSearchCV(ridge(cv=None), {"alpha": [0.1, 1.0]}, cv=ClassKFold(2))
    found = ConformalClassifier(search, cv=2).fit(WORLD.X_train, WORLD.y_train)
    assert type(found.estimator_) is RidgePrototypeClassifier
    assert_array_equal(found.predict_set(WORLD.X_test_seen[:2]).shape, (2, 20))


def test_it_is_evaluated_as_the_estimator_is():
    sets = ConformalClassifier(ridge(), calibration_size=0, cv=2)
    assert evaluate_gzsl(sets, WORLD).to_dict()["ausuc"] == evaluate_gzsl(ridge(), WORLD).to_dict()["ausuc"]


@pytest.mark.parametrize("piped", [False, True])
def test_saved_and_loaded(piped, tmp_path):
    own = make_pipeline(StandardScaler(), ridge()) if piped else ridge()
    sets = ConformalClassifier(own, cv=2, reject=0.02, conformity_score="raps", conditional="class", coverage=0.7)
    with pytest.raises(NotFittedError):
        save(sets, tmp_path / "m")
    sets.fit(WORLD.X_train, WORLD.y_train)
    save(sets, tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert type(loaded) is ConformalClassifier
    for classes in (None, SEEN, UNSEEN):
        assert_array_equal(loaded.predict_set(WORLD.X_test_seen, classes), sets.predict_set(WORLD.X_test_seen, classes))
    loaded.add_classes(WORLD.X_test_unseen[:1], WORLD.y_test_unseen[:1])
    save(loaded, tmp_path / "m")
    assert_array_equal(load(tmp_path / "m").predict_set(WORLD.X_test_unseen), loaded.predict_set(WORLD.X_test_unseen))


def test_the_same_seed_gives_the_same_sets():
    one, two, other = (
        ConformalClassifier(ridge(), cv=2, random_state=seed).fit(WORLD.X_train, WORLD.y_train) for seed in (0, 0, 1)
    )
    assert one.thresholds_ == two.thresholds_ != other.thresholds_


@pytest.mark.parametrize(
    "given",
    [
        {"coverage": 1.0},
        {"coverage": "a"},
        {"conformity_score": "apss"},
        {"conditional": "classes"},
        {"reject": 0.1},
        {"reject": -0.1},
        {"penalty": -1},
        {"n_free": 1.5},
        {"n_shots": -1},
        {"calibration_size": 1.0},
        {"cv": 1},
        {"cv": "fit"},
        {"cv": None, "calibration_size": 0},
        {"randomized": 1},
        {"include_best": "yes"},
        {"random_state": "a"},
        {"estimator": RidgePrototypeClassifier},
    ],
)
def test_bad_parameters_are_named_and_change_nothing(given, fitted):
    before, good = fitted.predict_set(WORLD.X_test_seen), fitted.get_params(deep=False)
    try:
        fitted.set_params(**given)
        for call in (fitted.fit, lambda X, y: fitted.predict_set(X)):
            if "random_state" not in given or call == fitted.fit:
                with pytest.raises(InvalidInputError, match=next(iter(given))):
                    call(WORLD.X_train, WORLD.y_train)
    finally:
        fitted.set_params(**good)
    assert_array_equal(fitted.predict_set(WORLD.X_test_seen), before)


def test_bad_samples_are_named(fitted):
    X, y = WORLD.X_train, WORLD.y_train
    unfitted = ConformalClassifier(ridge())
    with pytest.raises(NotFittedError):
        unfitted.predict_set(X)
    for samples, labels, named in (
        (X[:-1], y, "X has 319 samples and y 320"),
        (3, y, "X is of type int"),
        ("texts", y, "X is of type str"),
        (X, None, "y"),
        (X[:1], y[:1], "y has one class"),
        (np.full_like(X, np.nan), y, "X"),
        (X[::20], y[::20], "y has one sample per class"),
    ):
        with pytest.raises(InvalidInputError, match=named):
            unfitted.fit(samples, labels)
    for options, named in (
        ({"classes": ["no"]}, "classes"),
        ({"coverage": 2}, "coverage"),
        ({"as_labels": 1}, "as_labels"),
    ):
        with pytest.raises(InvalidInputError, match=named):
            fitted.predict_set(X, **options)
    with pytest.raises(InvalidInputError, match="X"):
        fitted.predict_set(X[:, :3])
    with pytest.raises(InvalidInputError, match="doesn't know"):
        ConformalClassifier(fitted.estimator_, cv="prefit").fit(X[:1], np.array(["strange"]))
    with pytest.raises(InvalidInputError, match="seen classes"):
        ConformalClassifier(fitted.estimator_, cv="prefit").fit(WORLD.X_test_unseen, WORLD.y_test_unseen)


def test_the_flagship_without_semantics_by_shots():
    sets = ConformalClassifier(RelationClassifier(random_state=0, verbose=False), n_shots=2, cv=2)
    sets.fit(WORLD.X_train, WORLD.y_train)
    sets.add_classes(WORLD.X_test_unseen[:1], WORLD.y_test_unseen[:1])
    assert sets.predict_set(WORLD.X_test_unseen).shape[1] == 17


def test_score_and_searches(fitted):
    X, y = WORLD.X_test_seen, WORLD.y_test_seen
    assert fitted.score(X, y) == (fitted.predict(X) == y).mean()
    search = GridSearchCV(ConformalClassifier(ridge(cv=None), cv=2), {"estimator__alpha": [1.0, 10.0]}, cv=2)
    assert search.fit(WORLD.X_train, WORLD.y_train).best_score_ > 0.5


def test_it_may_be_wrapped_itself(fitted):
    outer = ConformalClassifier(fitted, cv="prefit").fit(WORLD.X_test_seen, WORLD.y_test_seen)
    assert outer.predict_set(WORLD.X_test_seen, SEEN[:3]).shape == (len(WORLD.X_test_seen), 3)


def test_a_side_without_calibration_has_no_threshold():
    sets = ConformalClassifier(ridge(cv=None), cv=None).fit(WORLD.X_train, WORLD.y_train)
    assert np.isfinite(sets.thresholds_["seen"])
    assert np.isnan(sets.thresholds_["unseen"])
    with pytest.raises(InvalidInputError, match="coverage"):
        sets.set_params(coverage=2).thresholds_  # noqa: B018


def test_what_the_estimator_does_not_take():
    sets = ConformalClassifier(SimpleShotClassifier(), n_shots=1, cv=2).fit(WORLD.X_train, WORLD.y_train)
    with pytest.raises(InvalidInputError, match=r"semantics was given.*doesn't take it; wanted X and y"):
        sets.add_classes(semantics=WORLD.semantics.select(UNSEEN))


def test_a_class_that_comes_again_is_an_unseen_one():
    clf = ConformalClassifier(ridge(), cv=3, conditional="class", coverage=0.8).fit(WORLD.X_train, WORLD.y_train)
    again, other = SEEN[0], UNSEEN[0]
    row = WORLD.semantics.select([other]).to_frame().set_axis([again])
    clf.remove_classes([again, other]).add_classes(semantics=row)
    assert again in clf.unseen_classes_
    only = clf.classes_[np.isin(clf.classes_, [again, *UNSEEN[1:]])]
    plain = ConformalClassifier(ridge(), cv=3, conditional="class", coverage=0.8).fit(WORLD.X_train, WORLD.y_train)
    plain.remove_classes([again, other]).add_classes(semantics=row.set_axis(["zz_new"]))
    same = np.array([label if label != again else "zz_new" for label in only.tolist()])
    X = WORLD.X_test_unseen
    assert_array_equal(clf.predict_set(X, only), plain.predict_set(X, same))
    few = ConformalClassifier(SimpleShotClassifier(cv=None), cv=3, n_shots=2).fit(WORLD.X_train, WORLD.y_train)
    few.remove_classes([again])
    few.add_classes(WORLD.X_train[:2], [again, again])
    assert again in few.unseen_classes_
    assert (clf.calibrated_classes_ == SEEN).all()
    without = ConformalClassifier(ridge(), cv=None).fit(WORLD.X_train, WORLD.y_train)
    without.remove_classes([*UNSEEN, again]).add_classes(semantics=row)
    with pytest.raises(InvalidInputError, match=f"'{again}' is no class that was calibrated"):
        without.predict_set(X)


def test_the_estimator_that_was_given_keeps_its_classes():
    own = ridge().fit(WORLD.X_train[::2], WORLD.y_train[::2])
    before, (X, y) = own.classes_, (WORLD.X_train[1::2], WORLD.y_train[1::2])
    sets = ConformalClassifier(own, cv="prefit").fit(X, y)
    with pytest.raises(InvalidInputError, match="wanted samples of unseen classes in fit, too; or classes="):
        sets.predict_set(X)
    sets.remove_classes(SEEN[:1])
    assert_array_equal(own.classes_, before)
    assert SEEN[0] not in sets.classes_
    inside = RankClassifier(ConformalClassifier(ridge(), cv=3), taxonomy=dict.fromkeys(before, "all"), cv=3)
    inside.fit(WORLD.X_train, WORLD.y_train)
    with pytest.raises(InvalidInputError, match="no place for 1 of the classes"):
        inside.add_classes(semantics=WORLD.semantics.select(UNSEEN[:1]).to_frame().set_axis(["new"]))
    assert_array_equal(inside.classes_, before)
    assert_array_equal(inside.estimator_.classes_, before)
    inside.predict_rank(X[:2])


def test_wrappers_go_inside_each_other_and_show_the_bias():
    tree = dict.fromkeys(WORLD.semantics.classes.tolist(), "all")
    ranks = RankClassifier(ridge(), taxonomy=tree, cv=3)
    sets = ConformalClassifier(ranks, cv=3).fit(WORLD.X_train, WORLD.y_train)
    assert sets.predict_set(WORLD.X_test_unseen).shape == (len(WORLD.X_test_unseen), len(sets.classes_))
    plain = ridge().fit(WORLD.X_train, WORLD.y_train)
    wrapped = ranks.fit(WORLD.X_train, WORLD.y_train)
    assert measure_gzsl(wrapped, WORLD).seen_bias == measure_gzsl(plain, WORLD).seen_bias
    prefit = ConformalClassifier(plain, cv="prefit").fit(WORLD.X_test_seen, WORLD.y_test_seen)
    assert measure_gzsl(prefit, WORLD).seen_bias == plain.seen_bias_
