"""Answers by rank: right as often as asked, with all that a user may do to the classifier."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit, edit_tensors
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from zsl import (
    InvalidInputError,
    ModelFileError,
    RankClassifier,
    RidgePrototypeClassifier,
    SimpleShotClassifier,
    ZeroShotPipeline,
    load,
    save,
)
from zsl.datasets import make_zero_shot
from zsl.evaluation import ClassKFold, measure_gzsl, rank_metrics
from zsl.taxonomy import Taxonomy

WORLD = make_zero_shot(12, 4, n_features=10, n_attributes=6, n_per_class=20, n_test_per_class=20, random_state=0)
X, y = WORLD.X_train, WORLD.y_train
TREE = Taxonomy.from_semantics(WORLD.semantics, n_groups=(2, 5))
NEW_X = np.concatenate([WORLD.X_test_seen, WORLD.X_test_unseen])
NEW_Y = np.concatenate([WORLD.y_test_seen, WORLD.y_test_unseen])


def made(semantics=WORLD.semantics, **options):
    return RankClassifier(
        RidgePrototypeClassifier(semantics=semantics, cv=None), **{"taxonomy": TREE, "cv": 3} | options
    )


FITTED = RankClassifier(RidgePrototypeClassifier(semantics=WORLD.semantics), taxonomy=TREE, cv=3).fit(X, y)


def test_answers_are_right_about_as_often_as_asked():
    for confidence in (0.6, 0.8, 0.9):
        found = rank_metrics(NEW_Y, FITTED.predict_rank(NEW_X, confidence), taxonomy=TREE)
        assert found.accuracy >= confidence - 0.05
    assert found.specificity < rank_metrics(NEW_Y, FITTED.predict_rank(NEW_X, 0.6), taxonomy=TREE).specificity


def test_a_higher_confidence_climbs_the_same_path():
    labels, values = FITTED.predict_path(NEW_X)
    assert (np.diff(values, axis=1)[~np.isnan(values[:, 1:])] <= 0).all()
    depths = []
    for confidence in (0.5, 0.7, 0.9, 0.99):
        frame = FITTED.predict_rank(NEW_X, confidence, as_frame=True)
        rows = np.arange(len(frame)), frame["depth"].to_numpy()
        assert_array_equal(frame["label"].to_numpy(dtype=object), labels[rows])
        assert_array_equal(frame["probability"], values[rows])
        assert_array_equal(frame["label"], FITTED.predict_rank(NEW_X, confidence))
        depths.append(rows[1])
    assert (np.diff(depths, axis=0) <= 0).all()


def test_probabilities_of_nodes_are_sums():
    frame = FITTED.predict_node_proba(NEW_X[:5])
    proba = FITTED.estimator_.predict_proba(NEW_X[:5])
    for node in TREE.nodes.tolist():
        own = np.isin(FITTED.classes_, TREE.leaves_of(node))
        assert_allclose(frame[node], proba[:, own].sum(axis=1), atol=1e-12)
    assert_array_equal(FITTED.predict_proba(NEW_X), FITTED.estimator_.predict_proba(NEW_X))
    assert_array_equal(FITTED.predict(NEW_X), FITTED.estimator_.predict(NEW_X))


def test_held_out_evidence_is_what_a_loop_finds():
    """With adjusted probabilities as they are, the floor is that of fitting each fold by hand."""
    found = made(unseen_share=1.0, cv=ClassKFold(3, seen_test_size=0, random_state=0)).fit(X, y)
    evidence, wrong = found.evidence_, []
    seen = WORLD.seen_classes
    for train, test in ClassKFold(3, seen_test_size=0, random_state=0).split(X, y):
        own = clone(found.estimator).fit(X[train], y[train])
        proba = own.predict_proba(X[test], classes=seen)
        for row, label in zip(proba, y[test].tolist(), strict=True):
            node, value = TREE.root, -1.0
            line = [label, *TREE.ancestors(label)]
            path = []
            while TREE.children(node):
                shares = {
                    child: row[np.isin(seen, TREE.leaves_of(child))].sum()
                    for child in TREE.children(node)
                    if np.isin(seen, TREE.leaves_of(child)).any()
                }
                node = max(shares, key=shares.get)
                below = np.isin(seen, TREE.leaves_of(node)).sum()
                specificity = 1 - np.log(below) / np.log(len(seen))
                share = np.clip(shares[node], 1e-12, 1 - 1e-12)
                logit = evidence.slope * np.log(share / (1 - share)) - evidence.loss * specificity + evidence.offset
                path.append((node, 1 / (1 + np.exp(-logit))))
            for place, (node, _) in enumerate(path):
                if node not in line:
                    value = max(q for _, q in path[place:])
                    break
            wrong.append(value)
    wrong = np.sort(wrong)
    for confidence in (0.5, 0.8, 0.9):
        k = int(np.ceil(confidence * (len(wrong) + 1)))
        assert evidence.floor(confidence) == pytest.approx(wrong[k - 1], abs=1e-6)


def test_strangers_get_groups():
    known = WORLD.semantics.select(WORLD.seen_classes)
    plain, wary = (made(known, stranger_share=share).fit(X, y) for share in (0.0, 0.6))
    leaves = [np.isin(clf.predict_rank(WORLD.X_test_unseen, 0.8), TREE.classes).mean() for clf in (plain, wary)]
    assert leaves[1] < leaves[0]
    found = [
        rank_metrics(WORLD.y_test_unseen, clf.predict_rank(WORLD.X_test_unseen, 0.8), taxonomy=TREE)
        for clf in (plain, wary)
    ]
    assert found[1].accuracy > found[0].accuracy


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), RidgePrototypeClassifier(semantics=WORLD.semantics, cv=None)),
        ZeroShotPipeline(
            [("s", StandardScaler()), ("c", RidgePrototypeClassifier(semantics=WORLD.semantics, cv=None))]
        ),
        GridSearchCV(RidgePrototypeClassifier(semantics=WORLD.semantics, cv=None), {"alpha": [0.1, 1.0]}, cv=2),
        SimpleShotClassifier(cv=None),
        LogisticRegression(),
    ],
    ids=["pipeline", "own pipeline", "search", "few-shot", "scikit-learn"],
)
def test_what_may_be_wrapped(estimator):
    found = RankClassifier(estimator, taxonomy=TREE, cv=2).fit(X, y)
    right = rank_metrics(WORLD.y_test_seen, found.predict_rank(WORLD.X_test_seen, 0.8), taxonomy=TREE).accuracy
    assert right >= 0.72


def test_a_fitted_estimator():
    own = RidgePrototypeClassifier(semantics=WORLD.semantics, cv=None).fit(X[::2], y[::2])
    found = RankClassifier(own, taxonomy=TREE, cv="prefit").fit(X[1::2], y[1::2])
    assert found.estimator_ is own
    assert rank_metrics(WORLD.y_test_seen, found.predict_rank(WORLD.X_test_seen), taxonomy=TREE).accuracy > 0.85
    with pytest.raises(NotFittedError):
        RankClassifier(clone(own), taxonomy=TREE, cv="prefit").fit(X, y)
    with pytest.raises(InvalidInputError, match="cv='prefit' holds out no samples of unseen or stranger classes"):
        RankClassifier(own, taxonomy=TREE, cv="prefit", unseen_share=1.0, stranger_share=0.5).fit(X, y)


def test_among_some_classes_it_answers_as_its_estimator():
    own, some = FITTED.estimator_, WORLD.unseen_classes
    assert_array_equal(FITTED.predict(NEW_X, some), own.predict(NEW_X, some))
    assert_array_equal(FITTED.predict_proba(NEW_X, some), own.predict_proba(NEW_X, some))
    assert_array_equal(FITTED.class_scores(NEW_X, calibrated=True), own.class_scores(NEW_X, calibrated=True))
    assert measure_gzsl(FITTED, WORLD).harmonic_mean == measure_gzsl(own, WORLD).harmonic_mean
    plain = RankClassifier(LogisticRegression(), taxonomy=TREE, cv=2).fit(X, y)
    assert not hasattr(plain, "class_scores")
    for method in (plain.predict, plain.predict_proba):
        with pytest.raises(InvalidInputError, match=r"classes=.*LogisticRegression, which knows no other than all"):
            method(X[:2], plain.classes_[:2])


def test_classes_come_and_go():
    some = WORLD.unseen_classes[:2]
    grown = made(WORLD.semantics.drop(some), taxonomy=TREE.select(WORLD.semantics.drop(some).classes)).fit(X, y)
    before, tree = grown.predict_rank(NEW_X), grown.taxonomy_
    parents = {label: TREE.parent(label) for label in some.tolist()}
    rows = WORLD.semantics.select(some)
    for bad, message in (
        ({}, "taxonomy has no place for 2 of the classes"),
        ({"parent": "nowhere"}, "parent='nowhere' for"),
        ({"parent": {some[0]: parents[some[0]]}}, "no place for 1 of"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            grown.add_classes(semantics=rows, **bad)
        assert grown.taxonomy_ is tree
        assert_array_equal(grown.predict_rank(NEW_X), before)
    assert grown.add_classes(semantics=rows, parent=parents) is grown
    assert set(some) <= set(grown.classes_.tolist())
    assert [grown.taxonomy_.parent(label) for label in some.tolist()] == list(parents.values())
    assert set(some.tolist()) & set(grown.predict_rank(NEW_X, 0.1).tolist())
    grown.remove_classes(some)
    assert_array_equal(grown.predict_rank(NEW_X), before)
    with pytest.raises(InvalidInputError, match="not known"):
        grown.remove_classes(["zebra"] if y.dtype.kind in "UO" else [-99])
    with pytest.raises(InvalidInputError, match="LogisticRegression, which has no add_classes"):
        RankClassifier(LogisticRegression(), taxonomy=TREE, cv=2).fit(X, y).add_classes(X[:1], y[:1])


def test_classes_of_a_pipeline_come_and_go():
    some = WORLD.unseen_classes[:1]
    pipe = make_pipeline(StandardScaler(), RidgePrototypeClassifier(semantics=WORLD.semantics.drop(some), cv=None))
    grown = RankClassifier(pipe, taxonomy=TREE, cv=2).fit(X, y)
    old = grown.estimator_
    grown.add_classes(semantics=WORLD.semantics.select(some))
    assert some[0] in grown.classes_
    assert some[0] not in old.classes_


def test_it_is_saved(tmp_path):
    for number, clf in enumerate(
        (FITTED, RankClassifier(make_pipeline(StandardScaler(), made().estimator), taxonomy=TREE))
    ):
        clf = clf if hasattr(clf, "estimator_") else clf.fit(X, y)
        save(clf, tmp_path / str(number))
        again = load(tmp_path / str(number))
        assert type(again) is RankClassifier
        assert_array_equal(again.predict_rank(NEW_X, 0.8), clf.predict_rank(NEW_X, 0.8))
        assert_array_equal(again.predict_path(NEW_X)[1], clf.predict_path(NEW_X)[1])
        assert again.taxonomy_ == TREE
    again = pickle.loads(pickle.dumps(FITTED))
    assert_array_equal(again.predict_rank(NEW_X), FITTED.predict_rank(NEW_X))
    with pytest.raises(NotFittedError):
        made().save(tmp_path / "x")
    with pytest.raises(InvalidInputError, match="LogisticRegression, which cannot be saved"):
        RankClassifier(LogisticRegression(), taxonomy=TREE, cv=2).fit(X, y).save(tmp_path / "x")


def test_a_tree_as_a_mapping_is_saved_too(tmp_path):
    clf = made(taxonomy=TREE.to_frame().set_index("child")["parent"].to_dict()).fit(X, y)
    clf.save(tmp_path / "m")
    assert_array_equal(load(tmp_path / "m").predict_rank(NEW_X), clf.predict_rank(NEW_X))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tensors: tensors.update({"evidence_.wrong": tensors["evidence_.wrong"][::-1].copy()}),
        lambda tensors: tensors.update({"evidence_.weights": -tensors["evidence_.weights"]}),
        lambda tensors: tensors.update({"taxonomy_.parents": tensors["taxonomy_.parents"][::-1].copy()}),
        lambda tensors: tensors.update({"taxonomy_.parents": tensors["taxonomy_.parents"] + 1000}),
        lambda tensors: tensors.update({"taxonomy_.parents": tensors["taxonomy_.parents"][:-1]}),
    ],
)
def test_altered_files_are_refused(spoil, tmp_path):
    FITTED.save(tmp_path / "m")
    edit_tensors(tmp_path / "m", spoil)
    with pytest.raises(ModelFileError):
        load(tmp_path / "m")


def test_altered_curves_are_refused(tmp_path):
    FITTED.save(tmp_path / "m")
    edit(tmp_path / "m", lambda header: header["state"]["evidence_"]["$Evidence"].update(slope=-1.0))
    with pytest.raises(ModelFileError):
        load(tmp_path / "m")


def test_frames_keep_their_index_and_ranks_their_names():
    names = Taxonomy(TREE.to_frame().set_index("child")["parent"], ranks=["family", "genus", "species"])
    clf = made(taxonomy=names).fit(pd.DataFrame(X), y)
    frame = clf.predict_rank(pd.DataFrame(NEW_X[:7], index=list("abcdefg")), 0.6, as_frame=True)
    assert frame.index.tolist() == list("abcdefg")
    assert frame.columns.tolist() == ["label", "rank", "depth", "probability"]
    usual = {0: None, 1: "family", 2: "genus", 3: "species"}
    assert frame["rank"].tolist() == [usual[depth] for depth in frame["depth"].tolist()]


def test_labels_that_are_numbers_beside_groups_with_names():
    codes = {label: number for number, label in enumerate(WORLD.semantics.classes.tolist())}
    table = pd.DataFrame(WORLD.semantics.vectors, index=list(codes.values()))
    tree = {codes[label]: TREE.parent(label) for label in codes}
    numbers = np.array([codes[label] for label in y.tolist()])
    clf = RankClassifier(RidgePrototypeClassifier(semantics=table, cv=None), taxonomy=tree, cv=2).fit(X, numbers)
    found = clf.predict_rank(NEW_X, 0.9)
    assert found.dtype == object
    assert {type(label) for label in found.tolist()} == {int, str}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"taxonomy": {"a": "b"}}, "taxonomy has no place for 12 of y"),
        ({"taxonomy": TREE.select(WORLD.seen_classes)}, "taxonomy has no place for 4 of the classes of estimator"),
        ({"taxonomy": None}, "taxonomy=None"),
        ({"unseen_share": 1.5}, "unseen_share=1.5"),
        ({"unseen_share": "some"}, "unseen_share='some'"),
        ({"stranger_share": 1.0}, "stranger_share=1.0"),
        ({"cv": 1}, "cv=1"),
        ({"cv": None}, "cv=None; wanted a whole number of 2 or more, a splitter or 'prefit'"),
        ({"cv": 7}, "cv=7 for 12 classes"),
        ({"random_state": "x"}, "random_state='x'"),
        ({"unseen_share": 0.0, "cv": 40}, "cv=40 and y has a class of 20 samples"),
    ],
)
def test_bad_parameters_leave_it_unfitted(options, message):
    clf = made(**options)
    with pytest.raises(InvalidInputError, match=message):
        clf.fit(X, y)
    assert not hasattr(clf, "estimator_")


def test_bad_calls():
    for call, message in (
        (lambda: FITTED.predict_rank(NEW_X, 1.0), "confidence=1.0"),
        (lambda: FITTED.predict_rank(NEW_X, "high"), "confidence='high'"),
        (lambda: FITTED.predict_rank(NEW_X, as_frame="yes"), "as_frame='yes'"),
        (lambda: made().fit(X, y[:-1]), "X has 240 samples and y 239 labels"),
        (lambda: RankClassifier(3, taxonomy=TREE).fit(X, y), "estimator=3"),
        (lambda: RankClassifier(LinearSVC(), taxonomy=TREE, cv=2).fit(X, y), "LinearSVC, which has no predict_proba"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            call()
    with pytest.raises(NotFittedError):
        made().predict_rank(X)
    copied = clone(FITTED)
    assert copied.taxonomy is TREE
    assert not hasattr(copied, "estimator_")
    assert "RankClassifier(" in repr(FITTED)
