"""Measures of prediction sets against counting by hand."""

import numpy as np
import pytest

from zsl import ConformalClassifier, InvalidInputError, RidgePrototypeClassifier
from zsl.datasets import make_zero_shot
from zsl.evaluation import (
    evaluate_sets,
    measure_sets,
    set_coverage,
    set_coverage_by_class,
    set_figures,
    size_stratified_coverage,
)

SETS = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1], [0, 0, 1]], dtype=bool)
TRUTH, CLASSES = ["a", "b", "a", "c", "stranger"], ["a", "b", "c"]


def test_by_hand():
    assert set_coverage(TRUTH, SETS, classes=CLASSES) == 3 / 5
    assert set_coverage_by_class(TRUTH, SETS, classes=CLASSES) == {"a": 0.5, "b": 1.0, "c": 1.0, "stranger": 0.0}
    found = set_figures(TRUTH, SETS, classes=CLASSES)
    assert (found["coverage"], found["size"], found["empty"], found["single"]) == (0.6, 7 / 5, 1 / 5, 2 / 5)
    assert (found["class_coverage"], found["least_class_coverage"]) == (2.5 / 4, 0.0)
    by_size = size_stratified_coverage(TRUTH, SETS, classes=CLASSES, sizes=[0, 1, 2, 5])
    assert by_size["share"].tolist() == [1 / 5, 2 / 5, 2 / 5, 0]
    assert by_size["coverage"].tolist()[:3] == [0, 0.5, 1]
    assert np.isnan(by_size["coverage"].iloc[3])


def test_columns_may_be_permuted():
    order = [2, 0, 1]
    assert set_figures(TRUTH, SETS[:, order], classes=np.array(CLASSES)[order]) == set_figures(
        TRUTH, SETS, classes=CLASSES
    )


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"sets": SETS.astype(float)}, "sets has shape"),
        ({"sets": SETS[:, 0]}, "sets has shape"),
        ({"sets": SETS[:, :2]}, "sets has 2 columns"),
        ({"sets": SETS[:4]}, "sets has 4 rows"),
        ({"y_true": [1, 2, 1, 3, 4]}, "labels of one kind"),
        ({"classes": ["a", "a", "b"]}, "classes"),
        ({"y_true": [], "sets": SETS[:0]}, "y_true has no labels"),
    ],
)
def test_bad_input(changed, named):
    with pytest.raises(InvalidInputError, match=named):
        set_coverage(**{"y_true": TRUTH, "sets": SETS, "classes": CLASSES} | changed)


@pytest.mark.parametrize("sizes", [[], [1, 2], [0, 2, 2], "012", 3, [0, 1.5]])
def test_bad_sizes(sizes):
    with pytest.raises(InvalidInputError, match="sizes"):
        size_stratified_coverage(TRUTH, SETS, classes=CLASSES, sizes=sizes)


def test_table_of_a_split():
    split = make_zero_shot(12, 4, n_features=10, n_attributes=5, n_per_class=10, random_state=0)
    clf = ConformalClassifier(RidgePrototypeClassifier(semantics=split.semantics), coverage=0.8, cv=3)
    table = evaluate_sets(clf, split)
    fitted = clf.fit(split.X_train, split.y_train)
    assert measure_sets(fitted, split).equals(table)
    sets = fitted.predict_set(split.X_test_unseen, split.unseen_classes)
    own = set_coverage(split.y_test_unseen, sets, classes=split.unseen_classes)
    assert (table.loc["unseen alone", "coverage"], table.loc["unseen alone", "size"]) == (own, sets.sum(axis=1).mean())
    assert measure_sets(fitted, split, coverage=0.5)["size"].lt(table["size"]).all()
    with pytest.raises(InvalidInputError, match="wanted a ConformalClassifier"):
        measure_sets(fitted.estimator_, split)
