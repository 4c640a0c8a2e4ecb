"""F1 of the first answers by counting, average precision by scikit-learn, and which scores a setting takes."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.metrics import average_precision_score, f1_score

from zsl import InvalidInputError, MultiLabelClassifier
from zsl.datasets import make_multi_label
from zsl.evaluation import evaluate_multi_label, multi_label_metrics
from zsl.functional.scores.multi_label import average_precisions, f1_at_k, hits_at_k

RNG = np.random.default_rng(0)
TRUTH = RNG.random((60, 9)) < 0.3
TRUTH[:, 4] = False
SCORES = RNG.integers(0, 6, size=(60, 9)) + TRUTH.astype(float)  # many are equal


@pytest.mark.parametrize("k", [1, 3, 9, 20])
def test_f1_at_k_is_that_of_the_first_answers(k):
    taken = np.zeros_like(TRUTH)
    for row, scores in enumerate(SCORES):
        for column in sorted(range(9), key=lambda c: (-scores[c], c))[:k]:
            taken[row, column] = True
    precision, recall, f1 = f1_at_k(SCORES, TRUTH, k)
    hits = (taken & TRUTH).sum()
    assert hits_at_k(SCORES, TRUTH, min(k, 9)) == hits
    assert_allclose([precision, recall], [hits / taken.sum(), hits / TRUTH.sum()])
    assert_allclose(f1, f1_score(TRUTH, taken, average="micro"))
    found = multi_label_metrics(TRUTH, SCORES, k=k)
    assert_allclose(vars(found.at_k[k])["f1"], f1)


def test_average_precision_is_that_of_scikit_learn():
    found = average_precisions(SCORES, TRUTH)
    assert np.isnan(found[4])
    kept = [c for c in range(9) if c != 4]
    expected = [average_precision_score(TRUTH[:, c], SCORES[:, c]) for c in kept]
    assert_allclose(found[kept], expected)
    metrics = multi_label_metrics(pd.DataFrame(TRUTH, columns=list("abcdefghi")), SCORES)
    assert list(metrics.average_precision) == list("abcdfghi")
    assert_allclose(metrics.mean_average_precision, np.mean(expected))
    assert list(metrics.at_k) == [3, 5]


def test_settings_take_the_scores_of_their_classes():
    world = make_multi_label(6, 3, n_train=200, n_test=80)
    clf = MultiLabelClassifier(semantics=world.semantics, seen_bias=1.5, cv=None).fit(world.X_train, world.y_train)
    found = evaluate_multi_label(clf, world.X_test, world.y_test, k=[1, 3])
    unseen = world.unseen_classes
    alone = multi_label_metrics(world.y_test[unseen], clf.class_scores(world.X_test, unseen), k=[1, 3])
    assert vars(found.unseen) == vars(alone)
    scores = clf.class_scores(world.X_test) - 1.5 * np.isin(clf.classes_, clf.seen_classes_)
    together = multi_label_metrics(world.y_test, scores, k=[1, 3])
    assert found.generalized.at_k == together.at_k
    assert_allclose(found.generalized.mean_average_precision, together.mean_average_precision)
    # Columns in another order, or of an array, are the same classes.
    turned = evaluate_multi_label(clf, world.X_test, world.y_test.iloc[:, ::-1], unseen, k=[1, 3])
    assert_allclose(turned.to_frame(), found.to_frame())
    assert_allclose(
        evaluate_multi_label(clf, world.X_test, world.y_test.to_numpy(), k=[1, 3]).to_frame(), found.to_frame()
    )
    sets = [set(row.index[row]) for _, row in (world.y_test == 1).iterrows()]
    assert_allclose(evaluate_multi_label(clf, world.X_test, sets, unseen, k=[1, 3]).to_frame(), found.to_frame())
    absent = [{label for label in own if label != unseen[0]} for own in sets]
    without = world.y_test.assign(**{unseen[0]: 0})
    assert_allclose(
        evaluate_multi_label(clf, world.X_test, absent, unseen, k=1).to_frame(),
        evaluate_multi_label(clf, world.X_test, without, unseen, k=1).to_frame(),
        err_msg="a class that no sample has competes, too",
    )
    assert found.to_frame().columns.tolist() == ["mAP", "P@1", "R@1", "F1@1", "P@3", "R@3", "F1@3"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_true": [0, 1]}, "y_true has shape"),
        ({"y_true": np.array([[0, 2]] * 60)}, "y_true has 2 at row 0, column 1"),
        ({"y_true": [["a", "b"]] * 60}, "y_true"),
        ({"y_true": np.zeros((60, 9))}, "no sample"),
        ({"scores": SCORES[:, :3]}, "scores has shape"),
        ({"scores": np.full((60, 9), np.nan)}, "scores"),
        ({"classes": [1, 2]}, "classes 2 names"),
        ({"k": 0}, "k=0"),
        ({"k": [3, 1.5]}, "k=1.5"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        multi_label_metrics(**{"y_true": TRUTH, "scores": SCORES} | arguments)


def test_bad_questions_are_told():
    world = make_multi_label(5, 2, n_train=60, n_test=20)
    clf = MultiLabelClassifier(semantics=world.semantics, cv=None).fit(world.X_train, world.y_train)
    with pytest.raises(NotFittedError):
        evaluate_multi_label(MultiLabelClassifier(), world.X_test, world.y_test)
    for given, message in [
        ({"y": world.y_test.rename(columns={"seen_00": "zebra"})}, "zebra"),
        ({"y": world.y_test[list(world.y_train)]}, "no unseen class"),
        ({"y": world.y_test, "unseen": ["zebra"]}, "unseen names"),
        ({"y": world.y_test.iloc[:3]}, "20 samples and y 3 rows"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            evaluate_multi_label(clf, world.X_test, **given)
    with pytest.raises(InvalidInputError):
        evaluate_multi_label(3, world.X_test, world.y_test)


def test_scores_with_names_are_matched_by_these():
    names = [f"class {place}" for place in range(9)]
    truth, scores = pd.DataFrame(TRUTH, columns=names), pd.DataFrame(SCORES, columns=names)
    wanted = vars(multi_label_metrics(TRUTH, SCORES, classes=names))
    assert vars(multi_label_metrics(truth, scores[names[::-1]])) == wanted
    assert vars(multi_label_metrics(truth, scores.set_axis(range(9), axis=1))) == wanted
