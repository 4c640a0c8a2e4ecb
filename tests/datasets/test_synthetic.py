"""The made-up data have the properties that their parameters promise, judged by methods written here."""

import numpy as np
import pytest
from scipy.stats import skew
from sklearn.linear_model import Ridge

from zsl.datasets import make_zero_shot
from zsl.exceptions import InvalidInputError


def zero_shot_accuracy(split):
    """T1 of a ridge regression from semantics to class means, then the nearest predicted mean."""
    means = np.stack([split.X_train[split.y_train == label].mean(axis=0) for label in split.seen_classes])
    ridge = Ridge(alpha=1e-3).fit(split.semantics.rows(split.seen_classes), means)
    predicted = ridge.predict(split.semantics.rows(split.unseen_classes))
    distances = ((split.X_test_unseen[:, None] - predicted) ** 2).sum(axis=2)
    return np.mean(split.unseen_classes[distances.argmin(axis=1)] == split.y_test_unseen)


def k_occurrence_skewness(split, metric, k=5):
    """Skewness over classes of how often a class mean is among the k nearest of an image."""
    classes = np.concatenate([split.seen_classes, split.unseen_classes])
    X, y = np.concatenate([split.X_train, split.X_support]), np.concatenate([split.y_train, split.y_support])
    means = np.stack([X[y == label].mean(axis=0) for label in classes])
    if metric == "cosine":
        X, means = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (X, means))
    nearest = ((X[:, None] - means) ** 2).sum(axis=2).argsort(axis=1)[:, :k]
    return skew(np.bincount(nearest.ravel(), minlength=len(classes)))


def test_shapes_names_and_sizes():
    split = make_zero_shot(
        n_seen=3,
        n_unseen=2,
        n_features=7,
        n_attributes=4,
        n_per_class=8,
        n_test_per_class=5,
        n_pool_per_class=3,
        random_state=0,
    )
    assert split.seen_classes.tolist() == ["seen_00", "seen_01", "seen_02"]
    assert split.unseen_classes.tolist() == ["unseen_00", "unseen_01"]
    assert [len(X) for X in (split.X_train, split.X_test_seen, split.X_test_unseen, split.X_support)] == [24, 15, 10, 6]
    assert split.X_train.shape[1] == 7
    assert split.semantics.vectors.shape == (5, 4)
    assert split.semantics.attributes == tuple(f"attribute_{number:02d}" for number in range(4))
    assert make_zero_shot(n_pool_per_class=0).X_support is None


def test_names_of_many_classes_sort_in_order():
    split = make_zero_shot(n_seen=101, n_unseen=1, n_per_class=1, n_features=2, n_attributes=2)
    assert split.seen_classes[[0, 10, 100]].tolist() == ["seen_000", "seen_010", "seen_100"]


def test_all_parts_share_the_class_means():
    split = make_zero_shot(noise=0.0, random_state=0)
    for part, other in [("train", "test_seen"), ("test_unseen", "support")]:
        label = getattr(split, f"y_{part}")[0]
        ours = getattr(split, f"X_{part}")[getattr(split, f"y_{part}") == label]
        theirs = getattr(split, f"X_{other}")[getattr(split, f"y_{other}") == label]
        assert len(np.unique(np.concatenate([ours, theirs]), axis=0)) == 1


def test_noiseless_relevant_means_are_linear_in_the_semantics():
    split = make_zero_shot(noise=0.0, n_attributes=8, random_state=0)
    weights = np.linalg.lstsq(split.semantics.rows(split.y_train), split.X_train, rcond=None)[0]
    np.testing.assert_allclose(split.X_test_unseen, split.semantics.rows(split.y_test_unseen) @ weights, atol=1e-10)


def test_noise_is_the_standard_deviation_around_the_mean():
    quiet, noisy = (make_zero_shot(noise=noise, random_state=0) for noise in (0.0, 0.7))
    assert (noisy.X_train - quiet.X_train).std() == pytest.approx(0.7, abs=0.01)  # 64,000 draws


@pytest.mark.parametrize("relevance", [0.0, 0.3, 0.5, 1.0])
def test_relevance_sets_the_share_explained_and_leaves_the_variance(relevance):
    split = make_zero_shot(
        n_seen=800,
        n_unseen=1,
        n_per_class=1,
        n_features=40,
        n_attributes=4,
        noise=0,
        relevance=relevance,
        random_state=1,
    )
    S, X = split.semantics.rows(split.y_train), split.X_train
    residual = X - S @ np.linalg.lstsq(S, X, rcond=None)[0]
    unexplained = (1 - relevance) ** 2 / (relevance**2 + (1 - relevance) ** 2)
    assert (residual**2).mean() / (X**2).mean() == pytest.approx(unexplained, abs=0.03)
    # The 160 weights of the map, of variance 1/4, leave a spread of sqrt(2 / 160) = .11.
    assert (X**2).mean() == pytest.approx(1, abs=0.35)


def test_relevant_semantics_carry_over_to_unseen_classes():
    accuracies = [zero_shot_accuracy(make_zero_shot(noise=0.1, random_state=seed)) for seed in range(10)]
    assert np.mean(accuracies) >= 0.95


def test_irrelevant_semantics_say_nothing():
    accuracies = [
        zero_shot_accuracy(make_zero_shot(relevance=0.0, hubness=0.5, n_per_class=10, random_state=seed))
        for seed in range(100)
    ]
    # Images of a class go mostly one way, so that a class counts as one draw: 500 draws of chance 1/5, four deviations.
    assert np.mean(accuracies) == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 500))


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_hubness_raises_the_skewness_of_the_k_occurrence(metric):
    none, half, full = (
        np.mean(
            [
                k_occurrence_skewness(make_zero_shot(hubness=h, n_per_class=20, random_state=seed), metric)
                for seed in range(20)
            ]
        )
        for h in (0.0, 0.5, 1.0)
    )
    assert none < half < full
    assert full - none > 0.3


def test_hubness_follows_its_formula():
    plain, hubs = (make_zero_shot(noise=0.0, hubness=h, random_state=0) for h in (0.0, 0.6))
    first = np.arange(0, len(plain.X_train), 50)
    means, moved = plain.X_train[first], hubs.X_train[first]
    # moved = s * mean + shift, with one s a class and one shift for all, is solved by least squares.
    design = np.zeros((20 * 64, 20 + 64))
    for label in range(20):
        rows = slice(64 * label, 64 * (label + 1))
        design[rows, label], design[rows, 20:] = means[label], np.eye(64)
    solution = np.linalg.lstsq(design, moved.ravel(), rcond=None)[0]
    np.testing.assert_allclose(design @ solution, moved.ravel(), atol=1e-10)
    assert ((solution[:20] >= 0.4 - 1e-9) & (solution[:20] <= 1 + 1e-9)).all()
    assert np.linalg.norm(solution[20:]) == pytest.approx(0.6 * np.sqrt(64))


def test_the_same_seed_draws_the_same_classes_whatever_the_other_parameters():
    plain, again, other = (make_zero_shot(noise=0.0, random_state=seed) for seed in (3, 3, 4))
    noisy = make_zero_shot(noise=2.0, relevance=0.2, hubness=1.0, random_state=3)
    np.testing.assert_array_equal(plain.X_train, again.X_train)
    np.testing.assert_array_equal(plain.semantics.vectors, noisy.semantics.vectors)
    assert not np.array_equal(plain.X_train, other.X_train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_seen": 0}, r"n_seen=0; wanted a finite number in \[1, inf\]"),
        ({"n_attributes": 0}, "n_attributes=0"),
        ({"n_test_per_class": 0}, "n_test_per_class=0"),
        ({"n_pool_per_class": -1}, r"n_pool_per_class=-1; .* \[0, inf\]"),
        ({"noise": -0.1}, r"noise=-0.1; .* \[0, inf\]"),
        ({"hubness": 1.5}, r"hubness=1.5; .* \[0, 1\]"),
        ({"relevance": 1.1}, r"relevance=1.1; .* \[0, 1\]"),
        ({"relevance": float("nan")}, "relevance=nan"),
    ],
)
def test_parameters_out_of_range_are_named(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        make_zero_shot(**arguments)
