"""Prompts without samples: names alone are enough to predict, and all that a fitted estimator does works on them."""

import copy
import pickle
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from zsl import InvalidInputError, PromptClassifier, SemanticsError, load

X = np.array([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.1, 0.2, 0.9], [0.0, 0.0, 4.0]])


class Letters:
    """Counts a, b and c."""

    def encode(self, texts):
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=float)


def named(names=("cab", "aab", "bb"), **parameters):
    return PromptClassifier(semantics=list(names), text_encoder=Letters(), **parameters)


def test_names_alone_classify():
    clf = named().fit()
    assert clf.classes_.tolist() == clf.unseen_classes_.tolist() == ["aab", "bb", "cab"]
    assert clf.seen_classes_.tolist() == []
    assert (clf.seen_bias_, clf.temperature_, clf.n_features_in_) == (0.0, 0.01, 3)
    assert clf.predict(X).tolist() == ["aab", "bb", "cab", "cab"]
    assert clf.predict(1000 * X, ["bb", "aab"]).tolist() == ["aab", "bb", "bb", "bb"]
    vectors = Letters().encode(["aab", "bb", "cab"])
    cosines = X @ vectors.T / np.linalg.norm(X, axis=1)[:, None] / np.linalg.norm(vectors, axis=1)
    assert_allclose(clf.class_scores(X, calibrated=True), cosines, atol=1e-12)
    assert_allclose(clf.predict_proba(X).sum(axis=1), 1)
    assert "0 seen and 3 unseen" in repr(clf)


def test_scores_are_those_of_a_fit_with_samples():
    with_samples = named().fit(X[:2], ["aab", "bb"])
    assert_array_equal(named().fit().class_scores(X), with_samples.class_scores(X))
    again = with_samples.fit()
    assert again is with_samples
    assert again.seen_classes_.tolist() == []


def test_the_order_of_names_changes_nothing():
    other = named(["bb", "cab", "aab"]).fit()
    assert_array_equal(other.class_scores(X), named().fit().class_scores(X))


def test_auto_without_samples_is_the_default():
    clf = named(temperature="auto", seen_bias="auto").fit()
    assert_array_equal(clf.predict_proba(X), named().fit().predict_proba(X))


def test_it_is_cloned_copied_saved_and_grows(tmp_path):
    clf = named(temperature=0.2).fit()
    clf.add_classes(semantics=["cc"]).add_classes(X[:1], ["own"]).remove_classes(["bb"])
    assert clf.predict(X).tolist() == ["own", "cab", "cc", "cc"]
    clf.save(tmp_path / "model")
    for other in (load(tmp_path / "model"), pickle.loads(pickle.dumps(clf)), copy.deepcopy(clf)):
        assert_array_equal(other.predict_proba(X), clf.predict_proba(X))
        assert_array_equal(other.classes_, clf.classes_)
    assert clone(clf).fit().classes_.tolist() == ["aab", "bb", "cab"]


def test_threads_see_whole_states():
    clf, odd = named().fit(), []

    def look():
        for _ in range(100):
            predicted = clf.predict_proba(X)
            if predicted.shape[1] not in (3, 5) or not np.allclose(predicted.sum(axis=1), 1):
                odd.append(predicted)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        clf.add_classes(semantics=["cc", "abc"])
        clf.remove_classes(["cc", "abc"])
    for thread in threads:
        thread.join()
    assert not odd


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["a"], SemanticsError, "semantics describes one class, 'a'; wanted two or more"),
        (["a", "b", "a"], SemanticsError, "semantics holds 'a' more than once"),
        (["a", ""], SemanticsError, "semantics holds an empty name at position 1"),
        (None, InvalidInputError, "fit was given no samples, and semantics is None"),
    ],
)
def test_what_cannot_be_fitted_leaves_the_estimator_as_it_was(names, error, message):
    clf = named().fit()
    clf.set_params(semantics=names)
    with pytest.raises(error, match=message):
        clf.fit()
    assert clf.predict(X).tolist() == ["aab", "bb", "cab", "cab"]


def test_half_of_the_samples_is_still_refused():
    with pytest.raises(ValueError, match="y"):
        named().fit(X)
    with pytest.raises(ValueError, match="X is None"):
        named().fit(None, ["a", "b"])
    with pytest.raises(ValueError, match="5 features"):
        named().fit().predict(np.ones((2, 5)))
