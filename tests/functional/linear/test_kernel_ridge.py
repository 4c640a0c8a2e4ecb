"""Kernel ridge regression on classes beside plain solutions, scikit-learn's, and refits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from zsl.functional.linear.class_kernels import class_kernel, joined_blocks
from zsl.functional.linear.kernel_ridge import KernelRidgePath, noise_weights

KERNELS = ("rbf", "linear")
ALPHA = 0.3


@pytest.fixture
def rows():
    return joined_blocks(np.random.default_rng(0).normal(size=(14, 6)), (6,), (1.0,))


@pytest.fixture
def targets():
    return np.random.default_rng(1).normal(size=(14, 3))


@pytest.fixture
def noise():
    weights = np.random.default_rng(2).uniform(0.5, 2, 14)
    return weights / weights.mean()


def predicted(path, rows, targets, penalty=ALPHA):
    return path.features(rows) @ path.shrunk(path.weights.T @ targets, penalty)


@pytest.mark.parametrize("penalty", [0.01, 3.0])
@pytest.mark.parametrize("kernel", KERNELS)
def test_fitted_values_are_those_of_a_plain_solution(rows, targets, noise, kernel, penalty):
    path = KernelRidgePath.fit(rows, kernel, noise)
    K = class_kernel(rows, rows, kernel)
    wanted = K @ np.linalg.solve(K + penalty * np.diag(noise), targets)
    assert_allclose(predicted(path, rows, targets, penalty), wanted, atol=1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
def test_dual_weights_predict_the_same_of_new_classes(rows, targets, noise, kernel):
    path = KernelRidgePath.fit(rows, kernel, noise)
    new = joined_blocks(np.random.default_rng(3).normal(size=(5, 6)), (6,), (1.0,))
    found = class_kernel(new, path.landmarks, kernel) @ path.dual(targets, ALPHA)
    assert_allclose(found, predicted(path, new, targets), atol=1e-10)


def test_equal_weights_are_the_kernel_ridge_of_scikit_learn(rows, targets):
    path = KernelRidgePath.fit(rows[:10], "rbf", np.ones(10))
    theirs = KernelRidge(alpha=ALPHA, kernel="precomputed")
    theirs.fit(class_kernel(rows[:10], rows[:10], "rbf"), targets[:10])
    wanted = theirs.predict(class_kernel(rows[10:], rows[:10], "rbf"))
    assert_allclose(predicted(path, rows[10:], targets[:10]), wanted, atol=1e-10)


def test_a_linear_kernel_is_the_ridge_regression_of_scikit_learn(rows, targets, noise):
    path = KernelRidgePath.fit(rows, "linear", noise)
    theirs = Ridge(alpha=ALPHA, fit_intercept=False).fit(rows, targets, sample_weight=1 / noise)
    assert_allclose(predicted(path, rows, targets), theirs.predict(rows), atol=1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
def test_left_out_is_a_refit_without_the_class(rows, targets, noise, kernel):
    path = KernelRidgePath.fit(rows, kernel, noise)
    wanted = []
    for place in range(len(rows)):
        rest = np.arange(len(rows)) != place
        other = KernelRidgePath.fit(rows[rest], kernel, noise[rest])
        wanted.append(predicted(other, rows[place : place + 1], targets[rest])[0])
    assert_allclose(path.left_out(rows, targets, ALPHA), wanted, atol=1e-9)


def test_left_out_of_an_approximation_is_a_refit_with_the_same_landmarks(rows, targets, noise):
    path = KernelRidgePath.fit(rows, "rbf", noise, most_landmarks=7)
    landmarks = rows[np.arange(7) * 14 // 7]
    values, vectors = np.linalg.eigh(class_kernel(landmarks, landmarks, "rbf"))
    features = class_kernel(rows, landmarks, "rbf") @ vectors / np.sqrt(values)
    wanted = []
    for place in range(len(rows)):
        rest = np.arange(len(rows)) != place
        ridge = Ridge(alpha=ALPHA, fit_intercept=False)
        ridge.fit(features[rest], targets[rest], sample_weight=1 / noise[rest])
        wanted.append(ridge.predict(features[place : place + 1])[0])
    assert_allclose(path.left_out(rows, targets, ALPHA), wanted, atol=1e-9)


def test_an_approximation_from_all_distinct_classes_is_exact(rows, targets):
    twice = np.repeat(rows, 2, axis=0)  # every second row holds every class once
    both = np.repeat(targets, 2, axis=0) + np.tile([[0.5], [-0.5]], (14, 1))
    exact = KernelRidgePath.fit(twice, "rbf", np.ones(28))
    near = KernelRidgePath.fit(twice, "rbf", np.ones(28), most_landmarks=14)
    assert len(near.landmarks) == 14
    assert_allclose(predicted(near, rows, both), predicted(exact, rows, both), atol=1e-8)


def test_landmarks_that_span_all_rows_change_nothing_for_a_linear_kernel(rows, targets, noise):
    near = KernelRidgePath.fit(rows, "linear", noise, most_landmarks=10)  # of rank 6, as the rows are
    assert near.basis.shape == (10, 6)
    exact = KernelRidgePath.fit(rows, "linear", noise)
    assert_allclose(predicted(near, rows, targets), predicted(exact, rows, targets), atol=1e-8)


def test_landmarks_are_spread_over_the_classes(rows, noise):
    path = KernelRidgePath.fit(rows, "rbf", noise, most_landmarks=4)
    assert_allclose(path.landmarks, rows[[0, 3, 7, 10]])


def test_a_large_penalty_shrinks_to_nothing(rows, targets, noise):
    path = KernelRidgePath.fit(rows, "rbf", noise)
    assert np.abs(predicted(path, rows, targets, 1e9)).max() < 1e-6


@pytest.fixture
def means():
    return 0.5 * joined_blocks(np.random.default_rng(4).normal(size=(5, 3)), (3,), (1.0,))


def test_noise_is_that_of_the_formula(means):
    counts = np.array([1.0, 2, 5, 10, 100])
    centre = means.mean(axis=0)
    ratio = (1 - 0.25) / np.square(means - centre).sum(axis=1).mean()
    wanted = 1 + ratio / counts
    assert_allclose(noise_weights(counts, means, centre), wanted / wanted.mean())


def test_fewer_samples_weigh_as_more_noise(means):
    found = noise_weights(np.array([1.0, 2, 5, 10, 100]), means, means.mean(axis=0))
    assert (np.diff(found) < 0).all()
    assert found.mean() == pytest.approx(1)


def test_samples_that_are_their_class_mean_have_no_noise_of_their_own(means):
    found = noise_weights(np.array([1.0, 2, 5, 10, 100]), 2 * means, 2 * means.mean(axis=0))
    assert_allclose(found, 1)


def test_means_that_do_not_differ_weigh_the_same():
    assert_allclose(noise_weights(np.array([1.0, 9.0]), np.full((2, 3), 0.1), np.full(3, 0.1)), 1)
