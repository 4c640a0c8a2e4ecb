"""The protocol of compositional zero-shot learning, against biases tried one by one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import trapezoid
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import ESZSLClassifier, GZSLSplit, Semantics, evaluate_gzsl
from zsl.evaluation import ComposedSplit, PairKFold, evaluate_composed, measure_composed
from zsl.exceptions import InvalidInputError
from zsl.semantics import class_pairs

STATES = ["a", "b", "c", "d"]
OBJECTS = ["v", "w", "x", "y", "z"]
UNSEEN = ["a v", "b w", "c x", "d y", "a z"]
ABSENT = ["b v", "c w"]


def composed(noise=0.8, seed=0):
    rng = np.random.default_rng(seed)
    table = Semantics.compose(*(Semantics(np.eye(len(names)), classes=names) for names in (STATES, OBJECTS)))
    labels = [label for label in table.classes.tolist() if label not in ABSENT]
    y = np.repeat(labels, rng.integers(6, 20, len(labels)))
    X = table.rows(y) @ rng.normal(size=(9, 10)) + noise * rng.normal(size=(len(y), 10))
    split = GZSLSplit.from_arrays(X, y, table, unseen=UNSEEN, support_size=0, random_state=0, name="made up")
    return ComposedSplit.of(split, class_pairs(STATES, OBJECTS))


SPLIT = composed()
FITTED = ESZSLClassifier(semantics=SPLIT.semantics, cv=PairKFold(SPLIT.pairs, 3, random_state=0))
FITTED.fit(SPLIT.X_train, SPLIT.y_train)


SCORES = [FITTED.class_scores(X) for X in (SPLIT.X_test_seen, SPLIT.X_test_unseen)]


def with_bias(gamma, classes, k):
    """S and U with one bias: subtract it, sort, look."""
    found = []
    for whole, y in zip(SCORES, (SPLIT.y_test_seen, SPLIT.y_test_unseen), strict=True):
        columns = [FITTED.classes_.tolist().index(label) for label in classes]
        scores = whole[:, columns] - gamma * np.isin(classes, SPLIT.seen_classes)
        best = np.asarray(classes)[np.argsort(-scores, axis=1)[:, :k]]
        found.append((best == y[:, None]).any(axis=1).mean())
    return found


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("world", ["closed", "open"])
def test_the_curve_is_that_of_biases_tried_one_by_one(world, k):
    classes = FITTED.classes_ if world == "open" else FITTED.classes_[~np.isin(FITTED.classes_, ABSENT)]
    result = measure_composed(FITTED, SPLIT, classes="all" if world == "open" else None, k=k)
    assert (result.n_classes, result.n_unseen) == ((20, 7) if world == "open" else (18, 5))
    edges = result.curve.margins
    for gamma in [edges[0] - 1, edges[-1] + 1, *(edges[:-1] + edges[1:])[::7] / 2]:
        assert result.curve.at(gamma)[:2] == pytest.approx(with_bias(gamma, classes, k), abs=1e-12)
    assert [result.best_seen, 0] == pytest.approx([with_bias(-1e9, classes, k)[0], with_bias(-1e9, classes, 1)[1]])
    assert result.best_unseen == pytest.approx(with_bias(1e9, classes, k)[1])
    points = np.array([with_bias(gamma, classes, k) for gamma in [-1e9, *(edges[:-1] + edges[1:]) / 2, 1e9]])
    assert result.auc == pytest.approx(trapezoid(points[:, 0], points[:, 1]), abs=1e-12)
    harmonic = [2 * s * u / (s + u) for s, u in points if s + u]
    assert result.best_harmonic_mean == pytest.approx(max(harmonic), abs=1e-12)


@pytest.mark.parametrize("k", [1, 3])
def test_the_result_is_that_with_the_bias_of_the_estimator(k):
    result = measure_composed(FITTED, SPLIT, k=k)
    assert result.seen_bias == FITTED.seen_bias_ != 0
    assert (result.seen, result.unseen, result.harmonic_mean) == pytest.approx(result.curve.at(FITTED.seen_bias_))
    assert result.harmonic_mean <= result.best_harmonic_mean


def test_state_and_object_are_those_of_the_prediction():
    result = measure_composed(FITTED, SPLIT)
    closed = FITTED.classes_[~np.isin(FITTED.classes_, ABSENT)]
    y = np.concatenate([SPLIT.y_test_seen, SPLIT.y_test_unseen])
    predicted = FITTED.predict(np.concatenate([SPLIT.X_test_seen, SPLIT.X_test_unseen]), classes=closed)
    for part, accuracy in ((0, result.state_accuracy), (1, result.object_accuracy)):
        right = [a.split()[part] == b.split()[part] for a, b in zip(y.tolist(), predicted.tolist(), strict=True)]
        assert accuracy == pytest.approx(np.mean(right))
    micro = np.mean(SPLIT.y_test_seen == FITTED.predict(SPLIT.X_test_seen, classes=closed))
    assert result.seen == pytest.approx(micro)
    assert result.state_accuracy > result.harmonic_mean > 0.3


def test_samples_whose_pair_does_not_compete_are_wrong():
    some = [*SPLIT.seen_classes.tolist(), "a v", "b v"]
    result = measure_composed(FITTED, SPLIT, classes=some)
    assert (result.n_classes, result.n_unseen) == (15, 2)
    assert result.best_unseen <= np.mean(SPLIT.y_test_unseen == "a v")
    assert result.best_unseen == pytest.approx(with_bias(1e9, np.array(some), 1)[1])


def test_scores_that_are_all_alike_are_wrong():
    class Constant(BaseEstimator):
        def fit(self, X, y):
            self.classes_, self.seen_classes_, self.seen_bias_ = FITTED.classes_, np.unique(y), 0.0
            return self

        def class_scores(self, X, classes=None, *, calibrated=False):
            return np.zeros((len(X), len(classes)))

    result = evaluate_composed(Constant(), SPLIT)
    assert (result.seen, result.unseen, result.auc, result.best_harmonic_mean) == (0, 0, 0, 0)


def test_evaluate_fits_a_clone_and_looks_into_pipelines():
    pipeline = make_pipeline(StandardScaler(), ESZSLClassifier(semantics=SPLIT.semantics, cv=None))
    result = evaluate_composed(pipeline, SPLIT)
    scaled = pipeline.fit(SPLIT.X_train, SPLIT.y_train)
    assert result.auc == measure_composed(scaled, SPLIT).auc
    assert not hasattr(ESZSLClassifier(semantics=SPLIT.semantics), "classes_")


def test_more_noise_is_measured_as_worse():
    clf = ESZSLClassifier(semantics=SPLIT.semantics, cv=None)
    found = [evaluate_composed(clf, composed(noise)) for noise in (0.1, 1.0, 3.0)]
    assert found[0].auc > 0.95
    assert found[0].auc > found[1].auc > found[2].auc
    assert found[0].state_accuracy > found[2].state_accuracy


def test_what_a_result_shows():
    result = measure_composed(FITTED, SPLIT, k=2)
    assert str(result).splitlines()[0] == "made up: 18 pairs, 5 of them unseen, one of the 2 best right"
    assert "upper line" in str(result)
    assert "made up" in result._repr_html_()
    assert repr(result).startswith("ComposedResult('made up': S 0.")
    record = result.to_dict()
    assert record["best_unseen"] == result.best_unseen
    assert {"seen", "auc", "seen_bias", "k"} <= set(record)


def test_the_split_is_one_of_zero_shot_learning_too():
    assert evaluate_gzsl(ESZSLClassifier(semantics=SPLIT.semantics, cv=None), SPLIT).t1 > 0.3
    assert repr(SPLIT).startswith("ComposedSplit('made up': 13 seen and 5 unseen classes")
    assert SPLIT.states_of(["a v", "d z"]).tolist() == ["a", "d"]
    assert SPLIT.objects_of(["a v", "d z"]).tolist() == ["v", "z"]
    assert SPLIT.seen_pairs[0] == ("a", "w")
    assert replace(SPLIT, name="other").pairs == SPLIT.pairs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pairs": {}}, r"pairs has no entry for 18 class\(es\)"),
        ({"pairs": SPLIT.pairs | {"other": ("a", "v")}}, "pairs has 21 labels for 20 different pairs"),
        ({"pairs": SPLIT.pairs | {"a v": ("new", "v")}}, r"y_train has no pair with the state of 1 unseen pair"),
        ({"pairs": SPLIT.pairs | {"a v": ("a", "new")}}, r"y_train has no pair with the object of 1 unseen pair"),
        ({"pairs": [("a", "v")]}, "pairs is of type list"),
    ],
)
def test_pairs_have_to_suit_the_classes(change, message):
    with pytest.raises(InvalidInputError, match=message):
        replace(SPLIT, **change)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": "open"}, "classes='open'; wanted 'all', a list of labels, or None"),
        ({"classes": ["a v"]}, r"classes lacks 13 seen pair\(s\)"),
        ({"classes": SPLIT.seen_classes}, "classes has no pair but the seen ones"),
        (
            {"classes": [*SPLIT.seen_classes, "e v"]},
            r"classes has 1 class\(es\) that the estimator doesn't know: \['e v'\]",
        ),
        ({"classes": [1, 2]}, "wanted labels of one kind"),
        ({"k": 6}, "k=6; wanted a whole number from 1 to 5"),
        ({"k": 0}, "k=0; wanted"),
        ({"split": None}, "split is of type NoneType; wanted a ComposedSplit"),
        ({"fitted": ESZSLClassifier}, "fitted=.*; wanted an instance of an estimator"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    given = {"fitted": FITTED, "split": SPLIT} | arguments
    with pytest.raises(InvalidInputError, match=message):
        measure_composed(**given)
