"""ESZSL: the normal equations written out, the objective of the paper, and the grid."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.model_selection import ParameterGrid

from zsl.datasets import make_zero_shot
from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import unit_rows
from zsl.methods.linear.eszsl import ESZSL

GRID = {"alpha_features": [0.01, 0.3, 10.0], "alpha_semantics": [0.03, 1.0]}
WIDTHS = [4, 9, 15]
"""Fewer attributes than the 9 classes, as many, and more."""


def world(n_attributes=4, n=80, n_features=12, n_classes=9):
    """Samples of length 1, their class numbers, and semantics in which one attribute is the sum of two others."""
    rng = np.random.default_rng(0)
    S = rng.normal(size=(n_classes, n_attributes))
    S[:, 2] = S[:, 0] + S[:, 1]
    codes = np.arange(n) % n_classes
    return (
        unit_rows(rng.normal(size=(n, n_features)) + S[codes] @ rng.normal(size=(n_attributes, n_features))),
        codes,
        S,
    )


def signs(codes, S):
    return np.where(codes[:, None] == np.arange(len(S)), 1.0, -1.0)


def penalties(X, S, point):
    """The relative penalties of a point in absolute units: mean non-trivial eigenvalues of the Gram matrices."""
    gamma = point["alpha_features"] * np.trace(X.T @ X) / X.shape[1]
    return gamma, point["alpha_semantics"] * np.trace(S.T @ S) / min(S.shape)


def solution(X, codes, S, gamma, penalty):
    """The normal equations as the paper writes them."""
    left, right = X.T @ X + gamma * np.eye(X.shape[1]), S.T @ S + penalty * np.eye(S.shape[1])
    return np.linalg.inv(left) @ X.T @ signs(codes, S) @ S @ np.linalg.inv(right)


def solve(X, codes, S, grid=GRID):
    return list(ESZSL.solve(unit_moments(X, codes, len(S)), S, grid))


def bilinear(method, S):
    """V, read off the scores of unit vectors on both sides, which are scaled."""
    width = method.projection.shape[0]
    eye = torch.eye(S.shape[1], dtype=torch.float64)
    return method(torch.eye(width, dtype=torch.float64), eye).numpy() / float(method.scale)


@pytest.mark.parametrize("n_attributes", WIDTHS)
@pytest.mark.parametrize("n", [80, 10])  # also fewer samples than features
def test_scores_solve_the_normal_equations(n_attributes, n):
    X, codes, S = world(n_attributes, n)
    unseen = np.random.default_rng(1).normal(size=(3, n_attributes))
    found = solve(X, codes, S)
    assert len(found) == 6
    for point, method in found:
        V = solution(X, codes, S, *penalties(X, S, point))
        assert_allclose(bilinear(method, S), V, rtol=1e-8, atol=1e-8 * np.abs(V).max())
        for classes in (S, unseen):
            scores = method(torch.as_tensor(X), torch.as_tensor(classes)).numpy()
            assert_allclose(scores / float(method.scale), X @ V @ classes.T, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("n_attributes", WIDTHS)
def test_training_images_score_1_with_their_own_class_on_average(n_attributes):
    X, codes, S = world(n_attributes)
    for _, method in solve(X, codes, S):
        scores = method(torch.as_tensor(X), torch.as_tensor(S)).numpy()
        assert scores[np.arange(len(X)), codes].mean() == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("n_attributes", WIDTHS)
def test_the_solution_is_where_the_objective_of_the_paper_has_no_gradient(n_attributes):
    X, codes, S = world(n_attributes)
    Y, samples, table = (torch.as_tensor(part) for part in (signs(codes, S), X, S))
    for point, method in solve(X, codes, S):
        gamma, penalty = penalties(X, S, point)

        def objective(V, gamma=gamma, penalty=penalty):
            return (
                (samples @ V @ table.T - Y).square().sum()
                + gamma * (V @ table.T).square().sum()
                + penalty * (samples @ V).square().sum()
                + gamma * penalty * V.square().sum()
            )

        V = torch.tensor(bilinear(method, S), requires_grad=True)
        (gradient,) = torch.autograd.grad(objective(V), V)
        origin = torch.zeros_like(V, requires_grad=True)
        (start,) = torch.autograd.grad(objective(origin), origin)
        assert gradient.abs().max() < 1e-8 * start.abs().max()


@pytest.mark.parametrize("n_attributes", WIDTHS)
def test_points_come_in_the_order_of_a_parameter_grid(n_attributes):
    points = [point for point, _ in solve(*world(n_attributes))]
    assert points == list(ParameterGrid(GRID))


@pytest.mark.parametrize("n_attributes", WIDTHS)
def test_methods_with_one_penalty_on_the_images_share_their_projection(n_attributes):
    methods = [method for _, method in solve(*world(n_attributes))]
    for first, second in zip(methods[::2], methods[1::2], strict=True):
        assert first.projection is second.projection
        assert first.projection.shape == (12, min(n_attributes, 9))
    assert len({id(method.projection) for method in methods}) == 3


def test_embedding_in_two_steps_is_embedding():
    X, codes, S = world()
    _, method = solve(X, codes, S)[0]
    samples = torch.as_tensor(X)
    torch.testing.assert_close(method.finish(method.project(samples)), method.embed(samples))
    torch.testing.assert_close(torch.cat([method.embed(row[None]) for row in samples]), method.embed(samples))


@pytest.mark.parametrize("n_attributes", WIDTHS)
def test_an_empty_method_takes_the_state_of_a_solved_one(n_attributes):
    X, codes, S = world(n_attributes)
    _, solved = solve(X, codes, S)[-1]
    empty = ESZSL(12, n_attributes, 9)
    empty.load_state_dict(solved.state_dict())
    samples, table = torch.as_tensor(X), torch.as_tensor(S)
    assert torch.equal(empty(samples, table), solved(samples, table))


def test_without_penalty_images_of_a_class_lie_on_its_semantics():
    """With fewer samples than features all scores can be met, and 2 y_c - 1 times centred semantics is twice s_c."""
    X, codes, S = world(5, n=24, n_features=40)
    S = S - S.mean(axis=0)
    ((_, method),) = solve(X, codes, S, {"alpha_features": [1e-10], "alpha_semantics": [1e-10]})
    embedded, represented = method.embed(torch.as_tensor(X)), method.represent(torch.as_tensor(S))
    means = torch.stack([embedded[codes == c].mean(dim=0) for c in range(9)])
    torch.testing.assert_close(means, 2 * represented, rtol=1e-4, atol=1e-4)


def test_mean_embedded_images_are_nearest_to_their_own_class_at_a_usual_penalty():
    X, codes, S = world(5, n=180, n_features=40)
    ((_, method),) = solve(X, codes, S - S.mean(axis=0), {"alpha_features": [0.1], "alpha_semantics": [0.1]})
    embedded, represented = method.embed(torch.as_tensor(X)), method.represent(torch.as_tensor(S - S.mean(axis=0)))
    means = torch.stack([embedded[codes == c].mean(dim=0) for c in range(9)])
    cosines = torch.nn.functional.cosine_similarity(means[:, None], represented[None], dim=2)
    assert cosines.argmax(dim=1).tolist() == list(range(9))
    assert cosines.diagonal().min() > 0.8


def test_features_in_single_precision_give_the_solution_of_double_precision():
    split = make_zero_shot(12, 3, n_features=40, n_attributes=8, random_state=0)
    seen, codes = np.unique(split.y_train, return_inverse=True)
    S, X = split.semantics.rows(seen), split.X_train
    singles, doubles = solve(X.astype(np.float32), codes, S), solve(X, codes, S)
    for (_, single), (_, double) in zip(singles, doubles, strict=True):
        V = bilinear(double, S)
        assert_allclose(bilinear(single, S), V, rtol=0, atol=1e-4 * np.abs(V).max())


@pytest.mark.parametrize("n_attributes", WIDTHS)
def test_semantics_of_zeros_give_scores_of_zero(n_attributes):
    X, codes, S = world(n_attributes)
    for _, method in solve(X, codes, 0 * S):
        assert not method(torch.as_tensor(X), torch.as_tensor(0 * S)).any()


def test_a_single_feature():
    _, codes, S = world()
    X = np.where(codes[:, None] < 4, 1.0, -1.0)
    for point, method in solve(X, codes, S):
        assert_allclose(bilinear(method, S), solution(X, codes, S, *penalties(X, S, point)), rtol=1e-8)
