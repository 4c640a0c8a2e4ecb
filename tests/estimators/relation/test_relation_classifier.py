"""The flagship from the outside: what it learns, knows and refuses."""

import copy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from zsl import ClassKFold, InvalidInputError, SemanticsWarning
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
        (lambda s: {"X": s.X_support[:2], "y": [np.nan] * 2}, "y has no label at position 0; 2 missing in all"),
        (lambda s: {"X": s.X_support[:2], "y": ["new", None]}, "y has no label at position 1; 1 missing in all"),
        (lambda s: {"semantics": {"new": [1.0, 2.0]}}, "semantics doesn't fit the table.*2 attributes"),
        (lambda s: {"semantics": {"new": [np.nan] * 5}}, "new"),
        (lambda s: {"semantics": {"new": [np.inf] * 5}}, "inf for class 'new'"),
        (lambda s: {"semantics": {}}, "empty"),
        (lambda s: {"semantics": pd.DataFrame([range(5)], ["new"], [*"vwxyz"])}, "other lacks .* and has 'v'"),
        (lambda s: {"semantics": pd.concat([s.semantics.to_frame().iloc[:1].set_axis(["new"])] * 2)}, "more than once"),
        (lambda s: {"semantics": "a sentence"}, "is the text 'a sentence'"),
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


def test_two_classes_have_one_decision(split, small):
    two = np.isin(split.y_train, split.seen_classes[:2])
    estimator = small(random_state=0).fit(split.X_train[two], split.y_train[two])
    decision = estimator.decision_function(split.X_train[two])
    assert decision.shape == (two.sum(),)
    assert_array_equal(estimator.predict(split.X_train[two]), estimator.classes_[(decision > 0).astype(int)])
