"""Ridge regression from moments and from rows, against scikit-learn's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import unit_rows
from zsl.functional.linear.ridge import column_correlation, ridge_from_moments, ridge_from_rows


def test_moments_give_the_regression_on_the_rows():
    rng = np.random.default_rng(0)
    X, codes, S = rng.normal(size=(90, 6)) + 1, rng.integers(4, size=90), rng.normal(size=(4, 3))
    rows = unit_rows(X)
    level = np.square(rows - rows.mean(axis=0)).sum() / 6
    alphas = (0.01, 1.0, 30.0)
    for alpha, found in zip(alphas, ridge_from_moments(unit_moments(X, codes, 4), S, alphas), strict=True):
        oracle = Ridge(alpha=alpha * level).fit(rows, S[codes])
        assert_allclose(found.weight, oracle.coef_.T, atol=1e-9)
        assert_allclose(found(rows), oracle.predict(rows), atol=1e-9)


@pytest.mark.parametrize(("n", "width"), [(12, 4), (8, 30), (9, 8)])
def test_a_row_is_told_by_the_fit_without_it(n, width):
    rng = np.random.default_rng(n)
    X, Y = rng.normal(size=(n, width)) + 2, rng.normal(size=(n, 3)) - 1
    X[:, -1] = X[:, 0]  # columns that depend on each other
    penalties = (1e-6, 0.5, 100.0)
    for penalty, (found, told) in zip(penalties, ridge_from_rows(X, Y, penalties), strict=True):
        assert_allclose(found(X), Ridge(alpha=penalty, solver="svd").fit(X, Y).predict(X), atol=1e-6)
        for row in range(n):
            others = np.arange(n) != row
            oracle = Ridge(alpha=penalty, solver="svd").fit(X[others], Y[others])
            assert_allclose(told[row], oracle.predict(X[[row]])[0], rtol=1e-5, atol=1e-6)


def test_rows_that_are_all_the_same_give_the_mean_of_the_others():
    Y = np.array([[1.0], [2.0], [6.0]])
    ((found, told),) = ridge_from_rows(np.ones((3, 2)), Y, [1.0])
    assert_allclose(found(np.ones((1, 2))), [[3.0]])
    assert_allclose(told, [[4.0], [3.5], [1.5]])


def test_correlation_equals_numpys_and_is_nan_where_a_side_is_constant() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20, 4)), rng.normal(size=(20, 4))
    b[:, 1] += a[:, 1]
    a[:, 0], b[:, 1] = a[:, 0] / 100, b[:, 1] / 100  # in any unit
    a[:, 2], b[:, 3] = 0.1, 7
    found = column_correlation(a, b)
    np.testing.assert_allclose(found[:2], [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in (0, 1)])
    assert np.isnan(found[2:]).all()
