"""Ridge regression on a standardised label matrix, and labels as mixtures of others."""

import numpy as np
from numpy.testing import assert_allclose
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from zsl.functional.linear.class_kernels import class_kernel
from zsl.functional.linear.kernel_ridge import KernelRidgePath
from zsl.functional.linear.label_ridge import LabelMoments, label_mixing, label_ridge

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 6)) + 1, RNG.random((50, 4)) < [0.1, 0.5, 0.8, 0.4]


def test_maps_are_those_of_ridge_regression_on_standardised_labels():
    known, targets = np.column_stack([Y, np.zeros(50), np.ones(50)]).astype(float), (Y - Y.mean(0)) / Y.std(0)
    parts = [LabelMoments.of(X[rows], known[rows]) for rows in (slice(0, 20), slice(20, 50))]
    moments = parts[0] + parts[1]
    for alpha, found in zip((0.1, 10.0), label_ridge(moments, (0.1, 10.0)), strict=True):
        expected = Ridge(alpha=alpha * X.var(axis=0).sum() * 50 / 6).fit(X, targets)
        assert_allclose(found.weight[:, :4], expected.coef_.T)
        assert_allclose(found(X)[:, :4], expected.predict(X))
        assert_allclose(found(X)[:, 4:], 0, atol=1e-12)  # what no sample has, or every one
    (rest,) = label_ridge(moments - parts[1], (1.0,))
    (alone,) = label_ridge(parts[0], (1.0,))
    assert_allclose(rest.weight, alone.weight)


def test_mixtures_are_kernel_ridge_regression_around_the_mean():
    rows, weights = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 5))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for kernel in ("linear", "rbf"):
        path = KernelRidgePath.fit(rows[:5], kernel, np.ones(5))
        mixing = label_mixing(path, rows[5:], 0.3)
        assert_allclose(mixing.sum(axis=1), 1)
        gram = class_kernel(rows[:5], rows[:5], kernel)
        model = KernelRidge(alpha=0.3, kernel="precomputed").fit(gram, weights[:5] - weights[:5].mean(axis=0))
        expected = model.predict(class_kernel(rows[5:], rows[:5], kernel)) + weights[:5].mean(axis=0)
        assert_allclose(mixing @ weights[:5], expected)
