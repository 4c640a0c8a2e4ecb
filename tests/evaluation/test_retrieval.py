"""Retrieval is measured by class; ties, cut-offs and galleries that can't be measured."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import ESZSLClassifier, InvalidInputError
from zsl.datasets import make_zero_shot
from zsl.evaluation import measure_retrieval, retrieval_metrics

SCORES = np.array([[0.9, 0.1], [0.8, 0.4], [0.7, 0.9], [0.1, 0.9]])
LABELS = ["a", "b", "a", "b"]


def test_by_hand():
    result = retrieval_metrics(LABELS, SCORES, ["a", "b"], k=(1, 2, 10))
    former = retrieval_metrics(SCORES, LABELS, ["a", "b"], k=(1, 2, 10))
    assert former.average_precision == result.average_precision
    assert result.average_precision == {
        "a": pytest.approx((1 + 2 / 3) / 2),
        "b": pytest.approx(0.5 * 0.5 + 0.5 * 2 / 3),
    }
    assert result.precision == {1: {"a": 1, "b": 0.5}, 2: {"a": 0.5, "b": 0.5}, 10: {"a": 0.5, "b": 0.5}}
    assert result.recall[10] == {"a": 1, "b": 1}
    assert result.mean_average_precision == pytest.approx(np.mean(list(result.average_precision.values())))
    assert (result.mean_precision(1), result.mean_recall(2)) == (0.75, 0.5)
    assert repr(result).startswith("2 classes in 4 samples: mAP 0.7")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((SCORES, LABELS, ["a"]), r"shape \(4, 2\), y \(4,\) and classes \(1,\)"),
        ((np.zeros((0, 1)), [], ["a"]), r"wanted \(sample, query\), both above 0"),
        ((SCORES, LABELS, ["a", "a"]), "names a class twice"),
        ((SCORES, LABELS, ["a", "c"]), r"names \['c'\], of which the gallery has no sample"),
        ((SCORES * np.nan, LABELS, ["a", "b"]), "aren't finite"),
    ],
)
def test_what_cannot_be_measured_is_told(given, message):
    with pytest.raises(InvalidInputError, match=message):
        retrieval_metrics(*given)


@pytest.mark.parametrize("k", [0, 1.5, True, (10, -1)])
def test_bad_lengths(k):
    with pytest.raises(InvalidInputError, match="wanted a whole number of 1 or more"):
        retrieval_metrics(LABELS, SCORES, ["a", "b"], k=k)


def test_an_estimator_finds_images_of_classes_that_nobody_labelled():
    split = make_zero_shot(12, 4, n_features=20, n_attributes=8, noise=0.1, random_state=0)
    plain = ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    result = measure_retrieval(plain, split.X_test_unseen, split.y_test_unseen, k=5)
    assert set(result.average_precision) == set(split.unseen_classes.tolist())
    assert result.mean_average_precision > 0.9
    with pytest.raises(InvalidInputError, match="y is empty"):
        measure_retrieval(plain, split.X_test_unseen[:0], [])
    with pytest.raises(InvalidInputError, match="no class that the estimator knows"):
        measure_retrieval(plain, split.X_test_unseen[:1], ["a stranger"])
    with pytest.raises(InvalidInputError, match="y has numbers such as -5 and classes_ strings"):
        measure_retrieval(plain, split.X_test_unseen[:1], [-5])


def test_a_pipeline_is_looked_through():
    split = make_zero_shot(12, 4, n_features=20, n_attributes=8, noise=0.1, random_state=0)
    model = make_pipeline(StandardScaler(), ESZSLClassifier(semantics=split.semantics))
    model.fit(split.X_train, split.y_train)
    asked = split.unseen_classes[:2]
    result = measure_retrieval(model, split.X_test_unseen, split.y_test_unseen, asked)
    assert list(result.average_precision) == asked.tolist()
    assert result.mean_average_precision > 0.7
