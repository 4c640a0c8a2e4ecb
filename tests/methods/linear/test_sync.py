"""SynC: the classifiers of seen classes by ridge regression, and of unseen ones by hand."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge
from sklearn.model_selection import ParameterGrid

from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import unit_rows
from zsl.methods.linear.sync import SynC

GRID = {"alpha": [0.01, 0.3, 10.0], "width": [0.03, 0.3]}


def world(n_attributes=4, n_classes=9, n=80, n_features=12):
    rng = np.random.default_rng(0)
    S = rng.normal(size=(n_classes, n_attributes))
    codes = np.arange(n) % n_classes
    return (
        unit_rows(rng.normal(size=(n, n_features)) + S[codes] @ rng.normal(size=(n_attributes, n_features))),
        codes,
        S,
    )


def solve(X, codes, S, grid=GRID):
    return list(SynC.solve(unit_moments(X, codes, len(S)), S, grid))


def one_versus_rest(X, codes, S, alpha):
    """The ridge classifiers of the seen classes, one a column."""
    targets = np.where(codes[:, None] == np.arange(len(S)), 1.0, -1.0)
    penalty = alpha * np.trace(X.T @ X) / X.shape[1]
    return Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(X, targets).coef_.T


def theta(S, width):
    """The width times the mean squared distance between two different seen classes."""
    squares = [((a - b) ** 2).sum() for i, a in enumerate(S) for j, b in enumerate(S) if i != j]
    return width * np.mean(squares)


def weights(classes, S, width):
    """Softmax of negative squared distances to the seen classes, as the paper writes it."""
    near = np.exp(-((classes[:, None] - S[None]) ** 2).sum(axis=2) / theta(S, width))
    return near / near.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_attributes", [4, 15])
@pytest.mark.parametrize("n_classes", [2, 9, 40])
def test_seen_classes_have_their_ridge_classifiers(n_attributes, n_classes):
    X, codes, S = world(n_attributes, n_classes)
    for point, method in solve(X, codes, S):
        represented = method.represent(torch.as_tensor(S)).numpy()
        assert_allclose(represented, np.eye(n_classes), atol=1e-7)
        expected = X @ one_versus_rest(X, codes, S, point["alpha"])
        scores = method(torch.as_tensor(X), torch.as_tensor(S)).numpy()
        assert_allclose(scores / float(method.scale), expected, rtol=1e-6, atol=1e-7)
        own = scores[np.arange(len(X)), codes].mean()
        assert own == pytest.approx(1, rel=1e-6) or (own <= 0 and float(method.scale) == 1)


@pytest.mark.parametrize("n_attributes", [4, 15])
def test_unseen_classes_have_classifiers_mixed_from_the_seen_ones(n_attributes):
    X, codes, S = world(n_attributes)
    unseen = np.random.default_rng(1).normal(size=(5, n_attributes))
    for point, method in solve(X, codes, S):
        mixing = weights(unseen, S, point["width"]) @ np.linalg.inv(weights(S, S, point["width"]))
        expected = X @ one_versus_rest(X, codes, S, point["alpha"]) @ mixing.T
        assert float(method.theta) == pytest.approx(theta(S, point["width"]))
        scores = method(torch.as_tensor(X), torch.as_tensor(unseen)).numpy()
        assert_allclose(scores / float(method.scale), expected, rtol=1e-7, atol=1e-9)


def test_two_classes_by_hand():
    # distance 1 between the classes, so that theta = 1; the unseen class is half-way and takes half of each
    S = np.array([[0.0], [1.0]])
    X, codes = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])
    ((_, method),) = solve(X, codes, S, {"alpha": [1.0], "width": [1.0]})
    # X'X + 1 I = 2 I: classifiers (1/2, -1/2) and (-1/2, 1/2), scaled so that the own class scores 1
    scores = method(torch.as_tensor(X), torch.tensor([[0.0], [1.0], [0.5]], dtype=torch.float64))
    assert_allclose(scores.numpy(), [[1, -1, 0], [-1, 1, 0]], atol=1e-12)
    assert_allclose(method.represent(torch.tensor([[0.5]], dtype=torch.float64)).numpy(), [[0.5, 0.5]])


def test_a_tiny_width_gives_the_classifier_of_the_nearest_seen_class():
    X, codes, S = world()
    unseen = np.random.default_rng(1).normal(size=(20, 4))
    ((_, method),) = solve(X, codes, S, {"alpha": [0.3], "width": [1e-6]})
    nearest = ((unseen[:, None] - S[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert_allclose(method.represent(torch.as_tensor(unseen)).numpy(), np.eye(9)[nearest], atol=1e-9)


@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-7])
@pytest.mark.parametrize("n_classes", [9, 40])
def test_seen_classes_with_the_same_semantics_share_a_classifier_of_ordinary_size(apart, n_classes):
    X, codes, S = world(n_classes=n_classes)
    S[3] = S[2] + apart
    unseen = np.random.default_rng(1).normal(size=(5, 4))
    for point, method in solve(X, codes, S):
        represented = method.represent(torch.as_tensor(S)).numpy()
        others = np.delete(np.arange(n_classes), [2, 3])
        assert_allclose(represented[others], np.eye(n_classes)[others], atol=1e-5)
        assert_allclose(represented[2, [2, 3]], 0.5, atol=1e-5)
        assert_allclose(represented[3, [2, 3]], 0.5, atol=1e-5)
        # as if one class had the mean of both classifiers; its weight is that of the two together
        mixing = weights(unseen, S, point["width"]) @ np.linalg.pinv(weights(S, S, point["width"]), rcond=1e-6)
        assert_allclose(method.represent(torch.as_tensor(unseen)).numpy(), mixing, atol=1e-5 * np.abs(mixing).max())


def test_all_seen_classes_the_same():
    X, codes, S = world()
    for point, method in solve(X, codes, np.repeat(S[:1], 9, axis=0)):
        mean = X @ one_versus_rest(X, codes, S, point["alpha"]).mean(axis=1, keepdims=True)
        scores = method(torch.as_tensor(X), torch.as_tensor(S[:1]))
        assert_allclose(scores.numpy(), mean, rtol=1e-7, atol=1e-9)


def test_points_come_in_the_order_of_a_parameter_grid_and_share_projections():
    found = solve(*world())
    assert [point for point, _ in found] == list(ParameterGrid(GRID))
    methods = [method for _, method in found]
    for first, second in zip(methods[::2], methods[1::2], strict=True):
        assert first.projection is second.projection
    assert len({id(method.projection) for method in methods}) == 3


def test_an_empty_method_takes_the_state_of_a_solved_one():
    X, codes, S = world()
    _, solved = solve(X, codes, S)[-1]
    empty = SynC(12, 4, 9)
    empty.load_state_dict(solved.state_dict())
    samples, table = torch.as_tensor(X), torch.as_tensor(S)
    assert torch.equal(empty(samples, table), solved(samples, table))


def test_a_class_does_not_depend_on_the_others_asked_for():
    X, codes, S = world(n_classes=40)
    _, method = solve(X, codes, S)[1]
    table = torch.as_tensor(np.random.default_rng(1).normal(size=(60, 4)))
    together = method.represent(table)
    torch.testing.assert_close(torch.cat([method.represent(row[None]) for row in table]), together)
