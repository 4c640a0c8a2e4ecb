"""The made-up data have the properties that their parameters promise, judged by methods written here."""

import numpy as np
import pytest
from scipy.stats import skew

from zsl.datasets import make_zero_shot
from zsl.exceptions import InvalidInputError


def zero_shot_accuracy(split):
    """Least squares from semantics to class means, then the nearest predicted mean in Euclidean distance."""
    means = np.stack([split.X_train[split.y_train == label].mean(axis=0) for label in split.seen_classes])
    weights = np.linalg.lstsq(split.semantics.rows(split.seen_classes), means, rcond=None)[0]
    predicted = split.semantics.rows(split.unseen_classes) @ weights
    distances = ((split.X_test_unseen[:, None] - predicted) ** 2).sum(axis=2)
    return np.mean(split.unseen_classes[distances.argmin(axis=1)] == split.y_test_unseen)


def k_occurrence_skewness(split, k=5):
    """Skewness over classes of how often a class mean is among the k nearest of an image."""
    classes = np.concatenate([split.seen_classes, split.unseen_classes])
    X = np.concatenate([split.X_train, split.X_test_unseen])
    y = np.concatenate([split.y_train, split.y_test_unseen])
    means = np.stack([X[y == label].mean(axis=0) for label in classes])
    nearest = ((X[:, None] - means) ** 2).sum(axis=2).argsort(axis=1)[:, :k]
    return skew(np.bincount(nearest.ravel(), minlength=len(classes)))


def test_shapes_names_and_sizes():
    split = make_zero_shot(3, 2, n_per_class=10, n_features=7, n_attributes=4, random_state=0)
    assert split.seen_classes.tolist() == ["seen_00", "seen_01", "seen_02"]
    assert split.unseen_classes.tolist() == ["unseen_00", "unseen_01"]
    assert [len(X) for X in (split.X_train, split.X_test_seen, split.X_test_unseen, split.X_support)] == [24, 6, 10, 10]
    assert split.X_train.shape[1] == 7
    assert split.semantics.vectors.shape == (5, 4)
    assert list(split.semantics.attributes) == [f"attribute_{number:02d}" for number in range(4)]


def test_names_of_many_classes_sort_in_order():
    split = make_zero_shot(101, 1, n_per_class=2, n_features=2, n_attributes=2, random_state=0)
    assert split.seen_classes[[0, 10, 100]].tolist() == ["seen_000", "seen_010", "seen_100"]


def test_noiseless_relevant_means_are_linear_in_the_semantics():
    split = make_zero_shot(20, 5, n_per_class=2, noise=0.0, hubness=1.0, n_attributes=8, random_state=0)
    weights = np.linalg.lstsq(split.semantics.rows(split.y_train), split.X_train, rcond=None)[0]
    expected = split.semantics.rows(split.y_test_unseen) @ weights
    np.testing.assert_allclose(split.X_test_unseen, expected, atol=1e-10)


@pytest.mark.parametrize("relevance", [0.0, 0.3, 1.0])
def test_relevance_is_the_share_of_the_variance_explained(relevance):
    split = make_zero_shot(
        400, 1, n_per_class=2, n_features=40, n_attributes=4, noise=0.0, relevance=relevance, random_state=1
    )
    S, X = split.semantics.rows(split.y_train), split.X_train
    residual = X - S @ np.linalg.lstsq(S, X, rcond=None)[0]
    # Means over 400 classes and 40 features; the 160 map weights, of variance 1/4, leave a spread of about .1.
    assert (residual**2).mean() == pytest.approx(1 - relevance, abs=0.03)
    assert (X**2).mean() == pytest.approx(1, abs=0.3 * relevance + 0.03)


def test_zero_shot_works_with_relevant_and_is_chance_with_irrelevant_semantics():
    relevant = [zero_shot_accuracy(make_zero_shot(random_state=seed)) for seed in range(10)]
    irrelevant = [
        zero_shot_accuracy(make_zero_shot(relevance=0.0, hubness=1.0, n_per_class=10, random_state=seed))
        for seed in range(100)
    ]
    assert np.mean(relevant) > 0.95
    # 500 classes, each recognised mostly as a whole: the standard error of the mean is at most .4 / sqrt(500) = .018.
    assert np.mean(irrelevant) == pytest.approx(0.2, abs=0.054)


def test_hubness_raises_the_skewness_of_the_k_occurrence():
    none, some, strong = (
        np.mean([k_occurrence_skewness(make_zero_shot(hubness=h, n_per_class=10, random_state=s)) for s in range(10)])
        for h in (0.0, 1.0, 2.0)
    )
    assert none + 0.4 < some
    assert some + 0.1 < strong


def test_hubness_shortens_the_first_tenth_of_seen_and_of_unseen_classes():
    plain, hubs = (make_zero_shot(11, 3, hubness=h, random_state=0).semantics for h in (0.0, 1.0))
    classes = [*(f"seen_{number:02d}" for number in range(11)), *(f"unseen_{number:02d}" for number in range(3))]
    ratio = np.linalg.norm(hubs.rows(classes), axis=1) / np.linalg.norm(plain.rows(classes), axis=1)
    np.testing.assert_allclose(ratio, [1 / np.e] * 2 + [1] * 9 + [1 / np.e] + [1] * 2)


def test_the_same_seed_draws_the_same_classes_whatever_the_other_parameters():
    plain = make_zero_shot(noise=0.0, random_state=3)
    again = make_zero_shot(noise=0.0, random_state=3)
    noisy = make_zero_shot(noise=2.0, relevance=0.2, random_state=3)
    np.testing.assert_array_equal(plain.X_train, again.X_train)
    np.testing.assert_array_equal(plain.semantics.vectors, noisy.semantics.vectors)
    assert not np.array_equal(plain.X_train, make_zero_shot(noise=0.0, random_state=4).X_train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_seen": 0}, r"n_seen=0; wanted a finite number in \[1, inf\]"),
        ({"n_attributes": 0}, "n_attributes=0"),
        ({"n_per_class": 1}, r"n_per_class=1; .* \[2, inf\]"),
        ({"noise": -0.1}, r"noise=-0.1; .* \[0, inf\]"),
        ({"hubness": float("inf")}, "hubness=inf"),
        ({"relevance": 1.1}, r"relevance=1.1; .* \[0, 1\]"),
        ({"relevance": float("nan")}, "relevance=nan"),
    ],
)
def test_parameters_out_of_range_are_named(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        make_zero_shot(**arguments)
