"""Explanations add up to what they explain."""

import numpy as np
import pytest

from zsl import InvalidInputError
from zsl.datasets import make_zero_shot


def difference(estimator, x, among):
    scores = estimator.class_scores(x[None], among, calibrated=True)[0]
    return scores[0] - scores[1]


def test_integrated_gradients_add_up(split, fitted):
    x = split.X_test_unseen[0]
    for among in (("unseen_00", "unseen_02"), ("unseen_01", "seen_03"), ("seen_00", "unseen_00")):
        why = fitted.explain(x, among=among)
        wanted = difference(fitted, x, among)
        assert abs(why["contribution"].sum() - wanted) <= 1e-3 * max(1, abs(wanted)) + 1e-9
        assert set(split.semantics.attributes) <= set(why.index)
        np.testing.assert_array_equal(
            why.loc[list(split.semantics.attributes), among[0]], split.semantics.rows([among[0]])[0]
        )
        sizes = why.loc[~why.index.str.startswith("("), "contribution"].abs()
        assert sizes.is_monotonic_decreasing


def test_bias_and_support_have_rows_of_their_own(split, fitted):
    x = split.X_test_unseen[0]
    assert fitted.explain(x, among=("unseen_00", "seen_00")).loc["(seen-class bias)", "contribution"] == pytest.approx(
        fitted.seen_bias_
    )
    assert "(seen-class bias)" not in fitted.explain(x, among=("unseen_00", "unseen_01")).index
    fitted.add_classes(split.X_support, split.y_support)
    for among in (("unseen_00", "unseen_01"), ("unseen_02", "seen_01")):
        why, wanted = fitted.explain(x, among=among), difference(fitted, x, among)
        assert "(support samples)" in why.index
        assert abs(why["contribution"].sum() - wanted) <= 1e-3 * max(1, abs(wanted)) + 1e-9


def test_linear_mapper_is_exactly_additive(split, small):
    estimator = small(semantics=split.semantics, kernel="linear", metric="cosine", similarity="metric", random_state=0)
    estimator.fit(split.X_train, split.y_train)
    x, among = split.X_test_unseen[0], ("unseen_00", "seen_01")
    why = estimator.explain(x, among=among)
    assert why["contribution"].sum() == pytest.approx(difference(estimator, x, among), rel=1e-10)
    assert "(constant)" in why.index


@pytest.mark.parametrize(
    "parameters",
    [
        {"kernel": "rbf", "metric": "cosine"},
        {"kernel": "rbf", "metric": "euclidean"},
        {"kernel": "linear", "metric": "euclidean"},
        {"kernel": "linear", "metric": "cosine", "similarity": "both"},
        {"kernel": "rbf", "metric": "euclidean", "similarity": "both"},
    ],
    ids=lambda parameters: " ".join(parameters.values()),
)
def test_each_kind_of_score_adds_up_with_and_without_support(split, small, parameters):
    estimator = small(semantics=split.semantics, random_state=0, **parameters).fit(split.X_train, split.y_train)
    x, among = split.X_test_unseen[0], ("unseen_00", "seen_01")
    for _ in range(2):
        wanted = difference(estimator, x, among)
        assert estimator.explain(x, among=among)["contribution"].sum() == pytest.approx(wanted, rel=2e-3, abs=2e-5)
        estimator.add_classes(split.X_support, split.y_support)


def test_class_texts_of_a_joint_space_have_a_row(small):
    split = make_zero_shot(16, 4, n_features=12, n_attributes=12, n_per_class=8, noise=0.1, random_state=0)
    estimator = small(semantics=split.semantics, joint=True, kernel="rbf", random_state=0)
    estimator.fit(split.X_train, split.y_train)
    x, among = split.X_test_unseen[0], ("unseen_00", "seen_01")
    why = estimator.explain(x, among=among)
    assert why.loc["(class text)", "contribution"] != 0
    assert why["contribution"].sum() == pytest.approx(difference(estimator, x, among), rel=2e-3, abs=2e-5)


def test_a_relation_term_has_its_part(split, small):
    """The sum with the term is not the sum without it."""
    x, among = split.X_test_unseen[0], ("unseen_00", "unseen_02")
    sums = []
    for similarity in ("metric", "both"):
        estimator = small(semantics=split.semantics, similarity=similarity, cv=None, n_episodes=30, random_state=0)
        estimator.fit(split.X_train, split.y_train)
        sums.append(estimator.explain(x, among=among)["contribution"].sum())
    assert abs(sums[0] - sums[1]) > 1e-4


def test_unlabelled_samples_are_refused_until_they_are_forgotten(split, fitted):
    fitted.add_classes(X_unlabeled=split.X_test_unseen)
    with pytest.raises(InvalidInputError, match="unlabelled samples"):
        fitted.explain(split.X_test_unseen[0])


def test_default_pair_is_the_prediction_and_the_runner_up(split, fitted):
    x = split.X_test_unseen[3]
    why = fitted.explain(x[None])
    scores = fitted.class_scores(x[None], calibrated=True)[0]
    best, second = fitted.classes_[np.argsort(-scores)[:2]]
    assert list(why.columns) == [best, second, "contribution"]
    assert why["contribution"].sum() >= 0


def test_few_steps_are_a_rougher_sum(split, fitted):
    x, among = split.X_test_unseen[0], ("unseen_00", "unseen_02")
    rough = fitted.explain(x, among=among, max_steps=1)["contribution"].sum()
    assert rough == pytest.approx(difference(fitted, x, among), abs=0.2)


@pytest.mark.parametrize(
    ("x", "among", "message"),
    [
        (np.zeros((2, 12)), None, "x has shape"),
        (np.zeros(12), ("unseen_00",), "two known classes"),
        (np.zeros(12), "zebra", "among names .'zebra'., which are not known"),
        (np.zeros(12), ("unseen_00", "unicorn"), "unicorn"),
    ],
)
def test_bad_questions(fitted, x, among, message):
    with pytest.raises(InvalidInputError, match=message):
        fitted.explain(x, among=among)


def test_classes_without_semantics(split, few_shot, fitted):
    with pytest.raises(InvalidInputError, match="without semantics"):
        few_shot.explain(split.X_test_seen[0])
    fitted.add_classes(split.X_support[:1], ["pictured"])
    with pytest.raises(InvalidInputError, match=r"pictured.*without semantics"):
        fitted.explain(split.X_test_seen[0], among=("pictured", "seen_00"))
