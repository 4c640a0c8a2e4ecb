"""Public functions refuse bad arguments, too: one error of the package that names the argument."""

import copy
import pickle
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from bad_inputs import BAD_OPTIONS, NOT_ARRAYS, Mute, bad_classes, bad_labels, bad_samples
from sklearn.exceptions import NotFittedError

import zsl.evaluation as ev
from zsl import (
    AttributeDialogue,
    AttributePredictor,
    ClassIndex,
    ConformalClassifier,
    ESZSLClassifier,
    MultiLabelClassifier,
    RankClassifier,
    SimpleShotClassifier,
    ZeroShotRetriever,
    ZSLError,
    plots,
)
from zsl.datasets import make_composed, make_multi_label, make_zero_shot
from zsl.plots import plot_confusion, plot_hubness, plot_per_class_accuracy, plot_seen_unseen
from zsl.semantics import class_pairs, feasible_pairs
from zsl.taxonomy import Taxonomy, as_taxonomy

mpl.use("agg")
SPLIT = make_zero_shot(8, 3, n_features=6, n_attributes=4, n_per_class=6, n_test_per_class=6, random_state=0)
FITTED = ESZSLClassifier(semantics=SPLIT.semantics, cv=2).fit(SPLIT.X_train, SPLIT.y_train)
SETS = ConformalClassifier(ESZSLClassifier(semantics=SPLIT.semantics, cv=2), cv=2).fit(SPLIT.X_train, SPLIT.y_train)
FEW = SimpleShotClassifier().fit(SPLIT.X_train, SPLIT.y_train)
X, y = SPLIT.X_test_unseen, SPLIT.y_test_unseen
SCORES = FITTED.class_scores(X)
PROBABILITIES = FITTED.predict_proba(X)
RESULT = ev.measure_gzsl(FITTED, SPLIT)
MANY = make_multi_label(5, 2, n_features=6, n_attributes=4, n_train=60, n_test=len(y), random_state=0)
TAGGER = MultiLabelClassifier(semantics=MANY.semantics, cv=2).fit(MANY.X_train, MANY.y_train)
SEEN, UNSEEN = FITTED.class_scores(SPLIT.X_test_seen), SCORES

STROKES = np.zeros((60, 8, 8))
STROKES[:40, :, 3:5] = STROKES[20:, 3:5] = 1
SHOWN = np.repeat(["stroke", "cross", "dash"], 20)
COMPOSED = make_composed(STROKES, SHOWN, states=["red", "blue", "green"], image_size=16, random_state=0)
OF_PAIRS = ESZSLClassifier(semantics=COMPOSED.semantics, cv=None).fit(COMPOSED.X_train, COMPOSED.y_train)
TABLES = {"states": {"red": [1.0, 0.0], "blue": [1.0, 1.0]}, "objects": {"cat": [1.0, 0.0], "dog": [1.0, 0.5]}}

NO_COUNT = [value for value in BAD_OPTIONS["k"] if value is not None]
NO_NUMBER = ["a", None, [1], float("nan"), float("inf"), 10**400, 1j, np.array([1, 2]), object(), Mute()]
NO_SEED = ["a", -1, 1.5, True, 10**400, 2**32, [1], np.random.default_rng(0), np.random, Mute()]
NO_ESTIMATOR = [None, 3, "a", object(), ESZSLClassifier, ESZSLClassifier(), {}, [FITTED], Mute()]
NO_SPLIT = [None, 3, "digits", {}, (X, y), X, object(), Mute()]
NO_OBJECT = [3, "a", {"a": 3}, [1], object(), Mute()]
SAMPLES = [samples for case, samples in bad_samples(X).items() if case != "column names of two kinds"]
LABELS = list(bad_labels(y).values())
KINDS = {
    "samples": SAMPLES,
    "labels": LABELS,
    "count": NO_COUNT,
    "counts": [value for value in NO_COUNT if not isinstance(value, (list, np.ndarray))],
    "number": NO_NUMBER,
    "share": [value for value in NO_NUMBER if value is not None],
    "seeds": [value for value in NO_NUMBER if not isinstance(value, (list, np.ndarray))],
    "seed": NO_SEED,
    "estimator": NO_ESTIMATOR,
    "split": NO_SPLIT,
    "result": [None, *NO_OBJECT],
    "pictures": [3, "a", [1], object(), Mute(), ["missing.png"] * len(X), [object()] * len(X), [X] * len(X)],
    "values": [
        *[value for name, value in NOT_ARRAYS.items() if name != "a number"],
        [],
        ["a"],
        [float("nan")],
        [10**400],
    ],
}
GALLERY = {"y": y, "classes": FITTED.unseen_classes_}
TREE = Taxonomy.from_semantics(SPLIT.semantics, n_groups=3)
PATHS = [["root", TREE.parent(label), label] for label in y.tolist()], [[1.0, 0.8, 0.6]] * len(y)
CASES = [
    (ev.accuracy_by_class, {"y_true": y, "y_pred": y}, {"y_true": "labels", "y_pred": "labels"}),
    (ev.per_class_accuracy, {"y_true": y, "y_pred": y}, {"y_true": "labels", "y_pred": "labels"}),
    (ev.harmonic_mean, {"seen": 0.5, "unseen": 0.5}, {"seen": "number", "unseen": "number"}),
    (ev.mean_confidence_interval, {"values": [0.5, 0.6], "level": 0.9}, {"values": "values", "level": "number"}),
    (
        ev.rank_metrics,
        {"y_true": y, "y_rank": y, "taxonomy": TREE, "known": None},
        {"y_true": "labels", "y_rank": "labels", "taxonomy": "tree", "known": "object"},
    ),
    (
        ev.accuracy_specificity_curve,
        {"y_true": y, "paths": PATHS, "taxonomy": TREE},
        {"y_true": "labels", "paths": "result", "taxonomy": "tree"},
    ),
    (as_taxonomy, {"taxonomy": TREE}, {"taxonomy": "tree"}),
    (
        Taxonomy.from_semantics,
        {"semantics": SPLIT.semantics, "n_groups": 3},
        {"n_groups": "counts", "method": "result"},
    ),
    (ev.best_bias, {"curves": [RESULT.curve]}, {"curves": "result"}),
    (ev.hubness, {"scores": SCORES, "k": 2}, {"scores": "samples", "k": "count"}),
    (ev.k_occurrence, {"scores": SCORES, "k": 2}, {"scores": "samples", "k": "count"}),
    *[
        (
            function,
            {"y_true": y, "y_prob": PROBABILITIES, "classes": FITTED.classes_, "n_bins": 5},
            {"y_prob": "samples", "y_true": "labels", "n_bins": "count"},
        )
        for function in (ev.reliability_curve, ev.expected_calibration_error)
    ],
    (
        ev.seen_unseen_curve,
        {
            "scores_seen": SEEN,
            "y_seen": SPLIT.y_test_seen,
            "scores_unseen": UNSEEN,
            "y_unseen": y,
            "classes": FITTED.classes_,
            "seen_classes": FITTED.seen_classes_,
        },
        {"scores_unseen": "samples", "y_unseen": "labels"},
    ),
    (
        ev.retrieval_metrics,
        {"scores": FITTED.class_scores(X, FITTED.unseen_classes_), "k": 3, **GALLERY},
        {"scores": "samples", "y": "labels", "k": "counts"},
    ),
    (
        ev.measure_retrieval,
        {"fitted": FITTED, "X": X, "k": 3, **GALLERY},
        {"fitted": "estimator", "X": "samples", "y": "labels", "k": "counts"},
    ),
    (
        ev.compare,
        {"a": RESULT, "b": RESULT, "n_draws": 100},
        {
            "a": "compared",
            "b": "compared",
            "within": "object",
            "level": "number",
            "n_draws": "count",
            "random_state": "seed",
        },
    ),
    (
        ev.multi_label_metrics,
        {"y_true": MANY.y_test, "scores": TAGGER.class_scores(MANY.X_test), "k": 2},
        {"y_true": "labels", "scores": "samples", "k": "counts"},
    ),
    (
        ev.evaluate_multi_label,
        {"fitted": TAGGER, "X": MANY.X_test, "y": MANY.y_test, "k": 2},
        {"fitted": "estimator", "X": "samples", "y": "labels", "k": "counts"},
    ),
    (ev.measure_gzsl, {"fitted": FITTED, "split": SPLIT}, {"fitted": "estimator", "split": "split"}),
    (ev.evaluate_gzsl, {"estimator": ESZSLClassifier(), "split": SPLIT}, {"estimator": "unfitted", "split": "split"}),
    *[
        (
            function,
            {"y_true": y, "sets": SCORES > 0, "classes": FITTED.unseen_classes_},
            {"y_true": "labels", "sets": "samples"},
        )
        for function in (ev.set_coverage, ev.set_coverage_by_class, ev.set_figures, ev.size_stratified_coverage)
    ],
    (ev.measure_sets, {"fitted": SETS, "split": SPLIT}, {"fitted": "estimator", "split": "split"}),
    (ev.evaluate_sets, {"estimator": ConformalClassifier(FITTED, cv=2), "split": SPLIT}, {"split": "split"}),
    (
        ev.measure_composed,
        {"fitted": OF_PAIRS, "split": COMPOSED},
        {"fitted": "estimator", "split": "split", "k": "counts"},
    ),
    (
        ev.evaluate_composed,
        {"estimator": ESZSLClassifier(), "split": COMPOSED},
        {"estimator": "unfitted", "split": "split"},
    ),
    (
        make_composed,
        {"drawings": STROKES, "y": SHOWN, "states": ["red", "blue", "green"]},
        {
            "drawings": "samples",
            "y": "labels",
            "states": "object",
            "absent": "object",
            "unseen_size": "share",
            "image_size": "counts",
            "random_state": "seed",
        },
    ),
    (
        feasible_pairs,
        {**TABLES, "seen": [("red", "cat"), ("red", "dog"), ("blue", "cat")]},
        {"states": "result", "objects": "result", "seen": "result", "keep": "share"},
    ),
    (class_pairs, {"states": ["red"], "objects": ["cat"]}, {"pairs": "object", "template": "table name"}),
    (
        ev.measure_shots,
        {"fitted": FITTED, "split": SPLIT, "shots": [1], "n_draws": 2},
        {"fitted": "estimator", "split": "split", "n_draws": "count", "random_state": "seed", "shots": "values"},
    ),
    (
        ev.evaluate_shots,
        {"estimator": ESZSLClassifier(), "split": SPLIT, "shots": [1], "n_draws": 2},
        {"estimator": "unfitted", "split": "split", "n_draws": "count", "random_state": "seed"},
    ),
    (
        ev.measure_episodes,
        {"fitted": FEW, "X": X, "y": y, "n_way": 2, "n_shot": 1, "n_query": 2, "n_episodes": 2},
        {
            "fitted": "estimator",
            "X": "samples",
            "y": "labels",
            "n_shot": "count",
            "n_query": "count",
            "n_episodes": "count",
            "random_state": "seed",
            "imbalance": "share",
        },
    ),
    (
        ev.evaluate_episodes,
        {"estimator": SimpleShotClassifier(cv=None), "split": SPLIT, "n_way": 2, "n_query": 2, "n_episodes": 2},
        {"estimator": "unfitted", "split": "split", "n_shot": "count", "random_state": "seed"},
    ),
    (
        ev.run_benchmark,
        {"estimators": {"a": ESZSLClassifier()}, "splits": {"b": SPLIT}, "seeds": 1},
        {"estimators": "result", "splits": "result", "seeds": "seeds"},
    ),
    *[
        (score, {"estimator": FITTED, "X": X, "y": y}, {"estimator": "estimator", "X": "samples", "y": "labels"})
        for score in (ev.unseen_score, ev.t1_score)
    ],
    (
        plot_confusion,
        {"y_true": y, "y_pred": y, "classes": FITTED.unseen_classes_},
        {"y_true": "labels", "y_pred": "labels"},
    ),
    (plot_hubness, {"scores": SCORES, "k": 1}, {"scores": "samples", "k": "count"}),
    (plot_per_class_accuracy, {"result": RESULT}, {"result": "result", "max_classes": "count"}),
    (plot_seen_unseen, {"results": RESULT}, {"results": "result"}),
    *[
        (display.from_estimator, {"fitted": FITTED, "split": SPLIT}, {"fitted": "estimator", "split": "split", **more})
        for display, more in (
            (plots.SeenUnseenDisplay, {}),
            (plots.PerClassDisplay, {"max_classes": "count"}),
            (plots.ConfusionDisplay, {}),
            (plots.ShotsDisplay, {"n_draws": "count", "random_state": "seed"}),
        )
    ],
    (plots.ShotsDisplay.from_results, {"tables": None}, {"tables": "result"}),
    (plots.ReliabilityDisplay.from_results, {"curves": None}, {"curves": "result"}),
    (plots.RetrievalDisplay.from_results, {"result": None}, {"result": "result"}),
    (plots.ExplanationDisplay.from_results, {"table": None}, {"table": "result"}),
    (
        plots.ReliabilityDisplay.from_estimator,
        {"fitted": FITTED, "X": X, "y": y},
        {"fitted": "estimator", "X": "samples", "y": "labels", "n_bins": "count"},
    ),
    (
        plots.ReliabilityDisplay.from_predictions,
        {"y_true": y, "y_prob": PROBABILITIES, "classes": FITTED.classes_},
        {"y_true": "labels", "y_prob": "samples", "n_bins": "count"},
    ),
    (
        plots.RetrievalDisplay.from_estimator,
        {"fitted": FITTED, "X": X, **GALLERY},
        {"fitted": "estimator", "X": "samples", "y": "labels", "k": "count", "images": "pictures"},
    ),
    (
        plots.RetrievalDisplay.from_predictions,
        {"scores": FITTED.class_scores(X, FITTED.unseen_classes_), **GALLERY},
        {"scores": "samples", "y": "labels", "k": "count"},
    ),
    (
        plots.HubnessDisplay.from_estimator,
        {"fitted": FITTED, "X": X},
        {"fitted": "estimator", "X": "samples", "k": "count"},
    ),
]
KINDS["object"] = NO_OBJECT
KINDS["table name"] = [None, 3, [1], {}, object(), Mute()]
KINDS["tree"] = [None, *(value for value in NO_OBJECT if not isinstance(value, dict))]
KINDS["compared"] = [None, *NO_OBJECT, [], [RESULT, 3]]
KINDS["unfitted"] = [value for value in NO_ESTIMATOR if not isinstance(value, ESZSLClassifier)]


@pytest.mark.parametrize(("function", "good", "arguments"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_bad_arguments(function, good, arguments):
    wrong, n = [], 0
    for argument, kind in arguments.items():
        for value in KINDS[kind]:
            n += 1
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    function(**good | {argument: value})
            except (ZSLError, NotFittedError) as error:
                if argument not in str(error) and not isinstance(error, NotFittedError):
                    wrong.append(f"{argument} isn't named in {error}")
            except Exception as error:
                wrong.append(f"{argument}={type(value).__name__}: {type(error).__name__}: {error}")
            else:
                wrong.append(f"{argument}={type(value).__name__} was taken")
    assert not wrong, f"{len(wrong)} of {n} calls:\n" + "\n".join(line[:200] for line in wrong[:40])


def applications():
    """Fitted applications, with the methods that take samples, labels, classes or answers."""
    predictor = AttributePredictor(semantics=SPLIT.semantics, cv=2).fit(SPLIT.X_train, SPLIT.y_train)
    dialogue, retriever = AttributeDialogue(FITTED), ZeroShotRetriever(FITTED).fit(X)
    known, index, sets = FITTED.classes_, ClassIndex(FITTED), copy.deepcopy(SETS)
    ranks = RankClassifier(ESZSLClassifier(semantics=SPLIT.semantics, cv=None), taxonomy=TREE, cv=2)
    ranks.fit(SPLIT.X_train, SPLIT.y_train)
    classes = list(bad_classes(known).values())
    answers = [3, "a", [1], {"no attribute": 1.0}, {SPLIT.semantics.attributes[0]: 10**400}, object(), Mute()]
    return [
        *[(predictor, "fit", (SPLIT.X_train, SPLIT.y_train), 0, "X", bad_samples(SPLIT.X_train).values())],
        *[(predictor, "fit", (SPLIT.X_train, SPLIT.y_train), 1, "y", bad_labels(SPLIT.y_train).values())],
        *[(predictor, method, (X,), 0, "X", SAMPLES) for method in ("predict", "predict_labels")],
        *[(predictor, "score", (X, y), place, "Xy"[place], (SAMPLES, LABELS)[place]) for place in (0, 1)],
        (sets, "fit", (SPLIT.X_train, SPLIT.y_train), 0, "X", bad_samples(SPLIT.X_train).values()),
        (sets, "fit", (SPLIT.X_train, SPLIT.y_train), 1, "y", bad_labels(SPLIT.y_train).values()),
        *[(sets, method, (X,), 0, "X", SAMPLES) for method in ("predict_set", "predict", "predict_proba")],
        (sets, "predict_set", (X, known[:1]), 1, "classes", classes),
        (TAGGER, "fit", (MANY.X_train, MANY.y_train), 0, "X", bad_samples(MANY.X_train).values()),
        (TAGGER, "fit", (MANY.X_train, MANY.y_train), 1, "y", bad_labels(SPLIT.y_train).values()),
        (TAGGER, "score", (MANY.X_test, MANY.y_test), 1, "y", LABELS),
        (TAGGER, "predict", (MANY.X_test, None), 1, "classes", bad_classes(TAGGER.classes_).values()),
        *[(TAGGER, method, (MANY.X_test,), 0, "X", SAMPLES) for method in ("predict", "predict_proba", "top_classes")],
        *[
            (dialogue, method, (X,), 0, "X", SAMPLES)
            for method in ("predict", "predict_proba", "attributes", "questions")
        ],
        (dialogue, "predict_proba", (X, None), 1, "given", answers),
        (dialogue, "separating", (known[0], known[1]), 0, "one", answers),
        (retriever, "fit", (X,), 0, "X", SAMPLES),
        (retriever, "classify", (X,), 0, "X", SAMPLES),
        (retriever, "search", (known[:1],), 0, "classes", classes),
        (index, "fit", (X,), 0, "X", SAMPLES[1:]),
        *[(ranks, "fit", (SPLIT.X_train, SPLIT.y_train), 0, "X", bad_samples(SPLIT.X_train).values())],
        *[(ranks, "fit", (SPLIT.X_train, SPLIT.y_train), 1, "y", bad_labels(SPLIT.y_train).values())],
        *[(ranks, method, (X,), 0, "X", SAMPLES) for method in ("predict_rank", "predict_path", "predict_node_proba")],
        (ranks, "predict_rank", (X, 0.9), 1, "confidence", NO_NUMBER),
    ]


@pytest.mark.parametrize(("estimator", "method", "good", "place", "argument", "values"), applications())
def test_bad_arguments_of_applications(estimator, method, good, place, argument, values):
    wrong, n, before = [], 0, pickle.dumps(estimator)
    for value in values:
        given = list(good)
        given[place], n = value, n + 1
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                getattr(estimator, method)(*given)
        except ZSLError as error:
            if argument not in str(error):
                wrong.append(f"{argument} isn't named in {error}")
        except Exception as error:
            wrong.append(f"{argument}={type(value).__name__}: {type(error).__name__}: {error}")
        else:
            wrong.append(f"{argument}={type(value).__name__} was taken")
    assert pickle.dumps(estimator) == before
    assert not wrong, f"{len(wrong)} of {n} calls:\n" + "\n".join(line[:200] for line in wrong[:40])
