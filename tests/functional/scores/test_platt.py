"""Log-odds by a logistic curve: scikit-learn's fit, and targets that keep it finite."""

import numpy as np
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from zsl.functional.scores.platt import logistic_curve, softened


def test_a_curve_is_that_of_logistic_regression():
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(size=(300, 2)), np.ones(300)])
    present = rng.random(300) < 1 / (1 + np.exp(-features @ [2.0, -0.5, -1.0]))
    expected = LogisticRegression(C=1e10, tol=1e-10, max_iter=1000).fit(features[:, :2], present)
    found = logistic_curve(features, present.astype(float), ridge=1e-12)
    assert_allclose(found, [*expected.coef_[0], expected.intercept_[0]], rtol=1e-4)


def test_softened_targets_keep_a_curve_finite_and_balanced():
    scores, present = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([False, False, True, True])
    targets = softened(present)
    assert_allclose(targets, [1 / 4, 1 / 4, 3 / 4, 3 / 4])
    slope, offset = logistic_curve(np.stack([scores, np.ones(4)], axis=1), targets)
    assert 0 < slope < 2
    assert_allclose(offset, 0, atol=1e-6)
    told = 1 / (1 + np.exp(-slope * scores - offset))
    assert_allclose(told.sum(), targets.sum(), rtol=1e-4)  # what a free intercept does
