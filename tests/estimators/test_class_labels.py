"""Labels go in and come out as the user's own: integers on real images, strings, objects, booleans."""

import copy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from zsl import InvalidInputError, load, load_digits_zsl
from zsl.evaluation import per_class_accuracy


@pytest.fixture(scope="module")
def digits():
    return load_digits_zsl()


@pytest.fixture(scope="module")
def digits_once(digits, small):
    return small(semantics=digits.semantics, random_state=0).fit(digits.X_train, digits.y_train)


@pytest.fixture
def fitted_digits(digits_once):
    return copy.deepcopy(digits_once)


def test_integers_on_handwritten_digits(digits, fitted_digits):
    assert fitted_digits.classes_.tolist() == list(range(10))
    assert fitted_digits.classes_.dtype.kind == "i"
    predicted = fitted_digits.predict(digits.X_test_unseen, classes=digits.unseen_classes)
    assert predicted.dtype == fitted_digits.classes_.dtype
    assert per_class_accuracy(digits.y_test_unseen, predicted) > 0.5  # chance is a third
    predicted = fitted_digits.predict(digits.X_test_seen, classes=digits.seen_classes)
    assert per_class_accuracy(digits.y_test_seen, predicted) > 0.9


def test_integer_classes_come_and_go(digits, fitted_digits, tmp_path):
    row = digits.semantics.to_frame().loc[[7]]
    before = fitted_digits.class_scores(digits.X_test_unseen)
    fitted_digits.remove_classes(7)
    assert 7 not in fitted_digits.predict(digits.X_test_unseen)
    fitted_digits.add_classes(semantics=row)
    np.testing.assert_allclose(fitted_digits.class_scores(digits.X_test_unseen), before, rtol=1e-12)
    fitted_digits.add_classes(digits.X_support[:3], np.array([12] * 3, dtype=np.int8))
    fitted_digits.add_classes(semantics={11: row.loc[7].to_numpy()})
    assert fitted_digits.classes_.tolist() == [*range(10), 11, 12]
    fitted_digits.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.classes_.dtype == fitted_digits.classes_.dtype
    assert_array_equal(loaded.predict(digits.X_test_unseen), fitted_digits.predict(digits.X_test_unseen))


def test_strings_for_an_estimator_of_integers(digits, fitted_digits):
    with pytest.raises(InvalidInputError, match="y has the label 'zebra'; wanted numbers only"):
        fitted_digits.add_classes(digits.X_support[:1], ["zebra"])
    with pytest.raises(InvalidInputError, match="y mixes numbers and strings, 12 at position 0 and 'zebra' at"):
        fitted_digits.add_classes(digits.X_support[:2], np.array([12, "zebra"], dtype=object))
    with pytest.raises(InvalidInputError, match="semantics has the label 'zebra'; wanted numbers only"):
        fitted_digits.add_classes(semantics=digits.semantics.to_frame().iloc[:1].set_axis(["zebra"]))
    with pytest.raises(InvalidInputError, match=r"\['zebra'\], which are not known; known are \[0, 1, 2, 3, 4\] and"):
        fitted_digits.predict(digits.X_test_seen, classes=["zebra"])


@pytest.mark.parametrize("kind", ["<U40", object, "float", "bool"])
def test_predictions_have_the_type_of_the_labels(split, small, kind):
    codes = np.unique(split.y_train, return_inverse=True)[1]
    y = {"float": codes.astype(float), "bool": codes > 7}.get(kind)
    y = split.y_train.astype(kind) if y is None else y
    estimator = small(random_state=0, cv=None).fit(split.X_train, y)
    assert_array_equal(estimator.classes_, np.unique(y))
    for classes in (None, estimator.classes_[:2].tolist()):
        predicted = estimator.predict(split.X_test_seen, classes)
        assert predicted.dtype == estimator.classes_.dtype
    if kind in ("<U40", object):
        estimator.add_classes(split.X_support[:2], ["a longer name " * 4] * 2)
        assert "a longer name " * 4 in estimator.classes_
        assert estimator.classes_.dtype.kind == np.dtype(kind).kind


def test_labels_of_a_series_and_features_of_a_frame(split, small, fitted):
    X = pd.DataFrame(split.X_train, index=np.arange(len(split.X_train))[::-1])
    y = pd.Series(split.y_train, index=X.index)
    estimator = small(semantics=split.semantics, random_state=0).fit(X, y)
    np.testing.assert_allclose(
        estimator.class_scores(split.X_test_seen), fitted.class_scores(split.X_test_seen), rtol=1e-6
    )
