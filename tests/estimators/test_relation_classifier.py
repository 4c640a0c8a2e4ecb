"""The flagship from the outside: what it learns, knows and refuses."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from zsl import ClassKFold, InvalidInputError, SemanticsError, SemanticsWarning
from zsl.evaluation import harmonic_score, per_class_accuracy, t1_score


def test_zero_shot_is_far_above_chance(split, fitted):
    predicted = fitted.predict(split.X_test_unseen, classes=split.unseen_classes)
    assert per_class_accuracy(split.y_test_unseen, predicted) > 0.9
    assert set(predicted) <= set(split.unseen_classes)
    assert per_class_accuracy(split.y_test_seen, fitted.predict(split.X_test_seen)) > 0.7


def test_irrelevant_semantics_give_chance(small):
    from zsl.datasets import make_zero_shot

    found = []
    for seed in range(12):
        split = make_zero_shot(12, 4, n_features=12, n_attributes=5, n_per_class=8, relevance=0.0, random_state=seed)
        estimator = small(semantics=split.semantics, random_state=0, cv=None).fit(split.X_train, split.y_train)
        found.append(
            per_class_accuracy(split.y_test_unseen, estimator.predict(split.X_test_unseen, split.unseen_classes))
        )
    assert abs(np.mean(found) - 0.25) < 0.1  # the standard error over the seeds is .023


def test_fitted_attributes(split, fitted):
    assert_array_equal(fitted.classes_, np.sort(split.semantics.classes))
    assert_array_equal(fitted.seen_classes_, split.seen_classes)
    assert_array_equal(fitted.unseen_classes_, split.unseen_classes)
    assert fitted.selection_["n_folds"] == 2
    assert fitted.seen_bias_ == fitted.selection_["seen_bias"][0][1]
    assert [shots for shots, _ in fitted.selection_["seen_bias"]] == [0, 1, 5]
    assert 0 <= fitted.selection_["harmonic_mean"] <= 1


@pytest.mark.parametrize("form", ["frame", "mapping", "table", "shuffled"])
def test_forms_of_semantics_agree(split, fitted, form, small):
    frame = split.semantics.to_frame()
    semantics = {
        "frame": frame,
        "mapping": {label: frame.loc[label].to_numpy() for label in frame.index},
        "table": split.semantics,
        "shuffled": frame.sample(frac=1, random_state=0),
    }[form]
    estimator = small(semantics=semantics, random_state=0).fit(split.X_train, split.y_train)
    assert_array_equal(estimator.class_scores(split.X_test_unseen), fitted.class_scores(split.X_test_unseen))


def test_sentences_are_encoded_by_the_text_encoder(split, small):
    class Encoder:
        def encode(self, texts):
            return np.array([[len(text), text.count("1"), text.count("s"), ord(text[-1])] for text in texts], float)

    texts = {label: f"the class {label}" for label in split.semantics.classes.tolist()}
    estimator = small(semantics=texts, text_encoder=Encoder(), random_state=0).fit(split.X_train, split.y_train)
    estimator.add_classes(semantics={"new": ["one sentence", "two sentences"]})
    assert "new" in estimator.classes_


def test_scores_probabilities_and_labels_agree(split, fitted):
    X = split.X_test_unseen[:20]
    scores = fitted.class_scores(X, calibrated=True)
    assert_array_equal(fitted.decision_function(X), scores)
    probabilities = fitted.predict_proba(X)
    exponentials = np.exp(scores / fitted.temperature_)
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True))
    assert_array_equal(fitted.predict(X), fitted.classes_[scores.argmax(axis=1)])
    chosen = fitted.classes_[[4, 1]]
    np.testing.assert_allclose(fitted.class_scores(X, chosen, calibrated=True), scores[:, [4, 1]], rtol=1e-12)
    assert fitted.predict_proba(X, chosen).shape == (20, 2)


def test_bias_is_taken_off_the_seen_classes(split, fitted):
    plain, calibrated = (fitted.class_scores(split.X_test_seen, calibrated=c) for c in (False, True))
    difference = (calibrated - plain)[0]
    unseen = np.isin(fitted.classes_, fitted.unseen_classes_)
    np.testing.assert_allclose(difference[unseen], fitted.seen_bias_)
    assert not difference[~unseen].any()


def test_later_changes_of_the_table_change_nothing(split, fitted, small):
    table = split.semantics.to_frame()
    estimator = small(semantics=table, random_state=0).fit(split.X_train, split.y_train)
    table.iloc[:] = 0
    assert_array_equal(estimator.class_scores(split.X_test_unseen), fitted.class_scores(split.X_test_unseen))


def test_blocks_of_images_agree(split, fitted, monkeypatch):
    whole = fitted.class_scores(split.X_test_seen)
    for module in ("_space", "_model"):
        monkeypatch.setattr(f"zsl.estimators.relation.{module}.BLOCK_ROWS", 7)
    assert len(split.X_test_seen) % 7
    np.testing.assert_allclose(fitted.class_scores(split.X_test_seen), whole, rtol=1e-10, atol=1e-12)


def test_chosen_values_can_be_given(split, small):
    given = {"kernel": "linear", "alpha": 0.2, "metric": "euclidean", "feature_root": False}
    estimator = small(semantics=split.semantics, seen_bias=1.5, prior_strength=3.0, random_state=0, **given)
    estimator.fit(split.X_train, split.y_train)
    assert (estimator.seen_bias_, estimator.prior_strength_) == (1.5, 3.0)
    params = estimator.selection_["params"]
    assert {name: params[name] for name in given} == given
    assert (estimator.method_.sizes.kernel, estimator.method_.sizes.metric) == ("linear", "euclidean")


def test_a_given_bias_holds_for_all_numbers_of_shots(split, small):
    estimator = small(semantics=split.semantics, seen_bias=1.5, random_state=0).fit(split.X_train, split.y_train)
    estimator.add_classes(split.X_support, split.y_support)
    plain, calibrated = (estimator.class_scores(split.X_test_seen[:1], calibrated=c)[0] for c in (False, True))
    unseen = np.isin(estimator.classes_, split.unseen_classes)
    np.testing.assert_allclose((calibrated - plain)[unseen], 1.5)


def test_nothing_is_chosen_without_folds_or_with_few_classes(split, small):
    three = np.isin(split.y_train, split.seen_classes[:3])
    whole = small(semantics=split.semantics, cv=None).fit(split.X_train, split.y_train)
    few = small(semantics=split.semantics).fit(split.X_train[three], split.y_train[three])
    for estimator in (whole, few):
        params = estimator.selection_["params"]
        assert (estimator.seen_bias_, estimator.prior_strength_, estimator.temperature_) == (0.0, 4.0, 1.0)
        assert (params["kernel"], params["metric"], params["alpha"]) == ("rbf", "cosine", 0.1)
        assert estimator.selection_["n_folds"] == 0
    assert few.unseen_classes_.size == 17


def test_few_shot_only(split, few_shot):
    assert few_shot.unseen_classes_.size == 0
    few_shot.add_classes(split.X_support, split.y_support)
    predicted = few_shot.predict(split.X_test_unseen, classes=few_shot.unseen_classes_)
    known = np.isin(split.y_test_unseen, few_shot.unseen_classes_)
    assert per_class_accuracy(split.y_test_unseen[known], predicted[known]) > 0.9
    assert [shots for shots, _ in few_shot.selection_["seen_bias"]] == [1, 5]


def test_metric_alone_without_semantics_is_the_nearest_centroid(split, small):
    estimator = small(similarity="metric", feature_scaling="none", random_state=0).fit(split.X_train, split.y_train)

    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    centroids = NearestCentroid().fit(unit(split.X_train), split.y_train)
    centroids.centroids_ = unit(centroids.centroids_)
    assert_array_equal(estimator.predict(split.X_test_seen), centroids.predict(unit(split.X_test_seen)))


def test_classes_come_and_go(split, fitted):
    before = fitted.class_scores(split.X_test_seen)
    rows = pd.DataFrame([[0.5] * 5], index=["new"], columns=split.semantics.attributes)
    fitted.add_classes(semantics=rows)
    fitted.add_classes(X=split.X_support[:3], y=["pictured"] * 3)
    both = rows.set_axis(["both"])
    fitted.add_classes(split.X_support[3:5], ["both"] * 2, semantics=both[both.columns[::-1]])
    assert {"new", "pictured", "both"} <= set(fitted.unseen_classes_)
    fitted.remove_classes(["new", "pictured"]).remove_classes("both")
    np.testing.assert_allclose(fitted.class_scores(split.X_test_seen), before, rtol=1e-12)
    assert "new" in fitted.add_classes(semantics=rows).classes_


def test_support_moves_a_class_from_its_description_to_its_images(split, fitted):
    label = split.unseen_classes[0]
    X = split.X_support[split.y_support == label]
    only = copy.deepcopy(fitted).remove_classes([label]).add_classes(X, [label] * len(X))
    few = copy.deepcopy(fitted).add_classes(X[:1], [label])
    many = copy.deepcopy(fitted)
    for _ in range(200):
        many.add_classes(X, [label] * len(X))
    column = [label]
    zero, one, all_, images = (
        estimator.class_scores(split.X_test_unseen, column)[:, 0] for estimator in (fitted, few, many, only)
    )
    assert np.abs(all_ - images).max() < 0.05 * np.abs(zero - images).max()
    assert not np.allclose(zero, one)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {}, "neither semantics nor X and y"),
        (lambda s: {"X": s.X_support}, "X and y go together"),
        (lambda s: {"X": s.X_support[:, :3], "y": s.y_support}, "12 features"),
        (lambda s: {"X": s.X_support[:4], "y": s.y_support[:3]}, "X has 4 rows and y 3 labels"),
        (lambda s: {"X": s.X_support[:2] * np.nan, "y": s.y_support[:2]}, "NaN"),
        (lambda s: {"X": s.X_support[:2] + np.inf, "y": s.y_support[:2]}, "infinity"),
        (lambda s: {"X": s.X_support[:0], "y": s.y_support[:0]}, "0 sample"),
        (lambda s: {"X": s.X_support[:2], "y": [[1, 2]]}, "1d array"),
        (lambda s: {"X": s.X_support[0], "y": ["new"]}, "2D array"),
        (lambda s: {"X": s.X_support[:2], "y": [1, 2]}, "y has the label 1; wanted strings only"),
        (lambda s: {"X": s.X_support[:2], "y": [np.nan] * 2}, "y has the label nan; wanted strings only"),
        (lambda s: {"X": s.X_support[:2], "y": ["new", None]}, "y has the label None; wanted strings only"),
        (lambda s: {"semantics": s.semantics.select(s.unseen_classes[:1])}, "again"),
        (lambda s: {"semantics": {"new": [1.0, 2.0]}}, "semantics doesn't fit the table.*2 attributes"),
        (lambda s: {"semantics": {"new": [np.nan] * 5}}, "new"),
        (lambda s: {"semantics": {7: [1.0] * 5}}, "semantics has the label 7; wanted strings only"),
        (lambda s: {"semantics": {"new": [np.inf] * 5}}, "inf for class 'new'"),
        (lambda s: {"semantics": {}}, "empty"),
        (lambda s: {"semantics": pd.DataFrame([range(5)], ["new"], [*"vwxyz"])}, "lacks the attributes.*has 'v'"),
        (lambda s: {"semantics": pd.concat([s.semantics.to_frame().iloc[:1].set_axis(["new"])] * 2)}, "more than once"),
        (lambda s: {"X": s.X_support[:2] * np.nan, "y": ["new"] * 2, "semantics": {"new": [1.0] * 5}}, "NaN"),
        (lambda s: {"semantics": "a sentence"}, "type str"),
        (lambda s: {"X": s.X_support[:2], "y": [1, 2], "semantics": {"new": [1.0] * 5}}, "wanted strings"),
        (lambda s: {"X_unlabeled": s.X_support[:, :3], "semantics": {"new": [1.0] * 5}}, "X_unlabeled.*12 features"),
        (lambda s: {"X_unlabeled": s.X_support * np.nan}, "X_unlabeled.*NaN"),
        (lambda s: {"X_unlabeled": s.X_support, "X": s.X_support[:2], "y": [1, 2]}, "wanted strings"),
        (lambda s: {"X_unlabeled": s.X_support, "X": s.X_support[:2]}, "X and y go together"),
        (lambda s: {"X_unlabeled": s.X_support, "semantics": {"new": [np.nan] * 5}}, "new"),
    ],
)
def test_a_failed_addition_changes_nothing(split, fitted, change, message):
    before = fitted.class_scores(split.X_test_unseen)
    with pytest.raises(ValueError, match=message):
        fitted.add_classes(**change(split))
    assert_array_equal(fitted.class_scores(split.X_test_unseen), before)


@pytest.mark.parametrize(
    ("labels", "message"), [(["unicorn"], "unicorn.*not known"), (["seen_00"] * 2, "more than once"), ([], "shape")]
)
def test_bad_class_lists(split, fitted, labels, message):
    for call in (fitted.remove_classes, lambda names: fitted.predict(split.X_test_seen, names)):
        with pytest.raises(InvalidInputError, match=message):
            call(labels)
    with pytest.raises(InvalidInputError, match="at least one to remain"):
        fitted.remove_classes(fitted.classes_)
    with pytest.raises(InvalidInputError, match="one label or more"):
        fitted.predict(split.X_test_seen, [["seen_00"]])


def test_semantics_for_a_few_shot_estimator(few_shot):
    with pytest.raises(SemanticsError, match="fitted without any"):
        few_shot.add_classes(semantics={"new": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y, t: (X * np.nan, y, t), "NaN"),
        (lambda X, y, t: (X + np.inf, y, t), "infinity"),
        (lambda X, y, t: (X[:0], y[:0], t), "0 sample"),
        (lambda X, y, t: (X, y[:-1], t), "inconsistent numbers of samples"),
        (lambda X, y, t: (X, np.full(len(y), "seen_00"), t), "one class only"),
        (lambda X, y, t: (X, y, t.drop(index="seen_00")), "semantics has no row for 1 of the 16 classes in y.*seen_00"),
        (lambda X, y, t: (X, y, pd.concat([t, t.iloc[:1]])), "seen_00.*more than once"),
        (lambda X, y, t: (X, y, t.assign(colour="red")), "colour"),
        (lambda X, y, t: (X, y, t.mask(t == t.iloc[0, 0])), "seen_00"),
        (lambda X, y, t: (X, y, 3), "type int"),
        (lambda X, y, t: (X[:, :5], y, t.drop(index="seen_00")), "no row for 1"),
    ],
)
def test_a_failed_fit_changes_nothing(split, fitted, change, message):
    before = fitted.class_scores(split.X_test_unseen), fitted.get_params()
    X, y, table = change(split.X_train, split.y_train, split.semantics.to_frame())
    fitted.set_params(semantics=table)
    with pytest.raises(ValueError, match=message):
        fitted.fit(X, y)
    assert_array_equal(fitted.class_scores(split.X_test_unseen), before[0])
    assert fitted.n_features_in_ == 12


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("kernel", "poly"),
        ("alpha", 0.0),
        ("alpha", [0.1, -1.0]),
        ("alpha", []),
        ("alpha", "large"),
        ("metric", "manhattan"),
        ("similarity", "cosine"),
        ("similarity", "relation"),
        ("joint", "yes"),
        ("joint", 1),
        ("joint", True),
        ("feature_root", "no"),
        ("feature_root", 0),
        ("relation_hidden", 2.5),
        ("relation_hidden", (8,)),
        ("n_episodes", 0),
        ("n_episodes", True),
        ("learning_rate", 0.0),
        ("learning_rate", "fast"),
        ("feature_scaling", "minmax"),
        ("semantic_scaling", "whiten"),
        ("prior_strength", 0.0),
        ("prior_strength", "strong"),
        ("seen_bias", np.nan),
        ("seen_bias", "none"),
        ("class_prior", "even"),
        ("class_prior", {"seen_00": 0.0}),
        ("class_prior", None),
        ("distractor", "yes"),
        ("cv", 1),
        ("cv", 2.5),
        ("cv", "two"),
        ("device", "abacus"),
        ("device", 3),
        ("encoder", "resnet"),
    ],
)
def test_bad_parameters_are_named(split, parameter, value, small):
    estimator = small().set_params(semantics=split.semantics, **{parameter: value})
    with pytest.raises(InvalidInputError, match=f"{parameter}.*wanted"):
        estimator.fit(split.X_train, split.y_train)


@pytest.mark.parametrize("joint", [True, np.True_])
def test_a_joint_space_has_no_encoder(split, small, joint):
    estimator = small(semantics=split.semantics, joint=joint, encoder=nn.Linear(12, 5))
    with pytest.raises(InvalidInputError, match="joint=True with an encoder"):
        estimator.fit(split.X_train, split.y_train)


@pytest.mark.parametrize("kind", [np.float32, np.int64])
def test_parameters_may_be_numbers_of_numpy(split, small, kind):
    given = {"prior_strength": kind(2), "seen_bias": kind(1), "alpha": kind(1), "relation_hidden": np.int64(3)}
    flags = {"joint": np.bool_(False), "feature_root": np.bool_(False), "distractor": np.bool_(True)}
    estimator = small(semantics=split.semantics, similarity="both", **given, **flags, cv=np.int64(2))
    estimator.fit(split.X_train, split.y_train)
    assert (estimator.prior_strength_, estimator.seen_bias_, estimator.method_.sizes.n_hidden) == (2, 1, 3)


@pytest.mark.parametrize(
    "parameters",
    [
        {"kernel": "linear"},
        {"metric": "euclidean"},
        {"similarity": "metric"},
        {"similarity": "both", "n_episodes": 60},
        {"alpha": [0.1, 1.0]},
        {"feature_scaling": "standard", "semantic_scaling": "standard"},
        {"feature_scaling": "center", "semantic_scaling": "none"},
        {"feature_scaling": "none"},
        {"cv": None},
        {"cv": ClassKFold(3, random_state=1)},
    ],
    ids=str,
)
def test_variants_learn(split, parameters, small):
    estimator = small(semantics=split.semantics, random_state=0).set_params(**parameters)
    estimator.fit(split.X_train, split.y_train)
    predicted = estimator.predict(split.X_test_unseen, classes=split.unseen_classes)
    assert per_class_accuracy(split.y_test_unseen, predicted) > 0.9


def test_classes_that_share_a_row_are_warned_of(split, small):
    table = split.semantics.to_frame()
    table.loc["unseen_01"] = table.loc["unseen_00"]
    with pytest.warns(SemanticsWarning, match="unseen_00"):
        small(semantics=table).fit(split.X_train, split.y_train)


def test_copies(split, fitted):
    assert clone(fitted).semantics is fitted.semantics
    loaded = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(loaded.class_scores(split.X_test_unseen), fitted.class_scores(split.X_test_unseen))


def test_repr(split, fitted, small):
    assert "Semantics(20 classes × 5 attributes)" in repr(fitted)
    assert repr(fitted).endswith("16 seen and 4 unseen classes")
    assert "DataFrame of 20 classes" in repr(small(semantics=split.semantics.to_frame()))
    assert "semantics=<int>" in repr(small(semantics=3))
    assert "#" not in repr(small())
    assert "<div" in fitted._repr_html_()


def test_searches_hold_out_whole_classes(split, small):
    cv = ClassKFold(2, random_state=0)
    estimator = small(semantics=split.semantics, random_state=0, cv=None)
    search = GridSearchCV(estimator, {"kernel": ["rbf", "linear"]}, cv=cv, scoring=harmonic_score)
    search.fit(split.X_train, split.y_train)
    assert search.best_params_["kernel"] in ("rbf", "linear")
    pipeline = make_pipeline(StandardScaler(), estimator)
    scores = cross_val_score(pipeline, split.X_train, split.y_train, cv=cv, scoring=t1_score)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_names_of_columns(split, small):
    X = pd.DataFrame(split.X_train, columns=[f"f{i}" for i in range(12)])
    estimator = small(semantics=split.semantics, random_state=0).fit(X, split.y_train)
    assert estimator.feature_names_in_.tolist() == X.columns.tolist()
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(X[X.columns[::-1]])


def test_two_classes_have_one_decision(split, small):
    two = np.isin(split.y_train, split.seen_classes[:2])
    estimator = small(random_state=0).fit(split.X_train[two], split.y_train[two])
    decision = estimator.decision_function(split.X_train[two])
    assert decision.shape == (two.sum(),)
    assert_array_equal(estimator.predict(split.X_train[two]), estimator.classes_[(decision > 0).astype(int)])
