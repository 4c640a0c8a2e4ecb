"""SAE against scipy's solver of Sylvester equations, sample by sample."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.linalg import solve_sylvester
from sklearn.model_selection import ParameterGrid

from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import unit_rows
from zsl.methods.linear.sae import SAE

GRID = {"alpha": [0.001, 1.0, 1000.0]}
DIRECTIONS = ["semantic", "visual"]


def world(n_attributes=4, n_classes=9, n=80, n_features=12):
    rng = np.random.default_rng(0)
    S = rng.normal(size=(n_classes, n_attributes))
    codes = np.arange(n) % n_classes
    return (
        unit_rows(rng.normal(size=(n, n_features)) + S[codes] @ rng.normal(size=(n_attributes, n_features))),
        codes,
        S,
    )


def solve(X, codes, S, grid=GRID, **options):
    return list(SAE.solve(unit_moments(X, codes, len(S)), S, grid, **options))


def sides(X, codes, S, alpha):
    """The three matrices of A W + W B = C, with one column per sample as in the paper."""
    samples, table = X.T, S[codes].T
    penalty = alpha * np.trace(table @ table.T) / np.trace(samples @ samples.T)
    return table @ table.T, penalty * samples @ samples.T, (1 + penalty) * table @ samples.T


def test_the_map_is_that_of_a_sylvester_solver():
    X, codes, S = world()
    for point, method in solve(X, codes, S):
        expected = solve_sylvester(*sides(X, codes, S, point["alpha"]))
        assert_allclose(method.weight.numpy(), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("case", ["full", "few samples", "zero attribute", "wide table", "same rows", "all at once"])
def test_the_map_solves_the_sylvester_equation_whatever_the_rank(case):
    wide, few = case in ("wide table", "all at once"), case in ("few samples", "all at once")
    X, codes, S = world(20 if wide else 4, n=9 if few else 80)
    if case in ("zero attribute", "all at once"):
        S[:, 1] = 0
    if case in ("same rows", "all at once"):
        S[2] = S[3]
    for point, method in solve(X, codes, S):
        A, B, C = sides(X, codes, S, point["alpha"])
        W = method.weight.numpy()
        assert_allclose(A @ W + W @ B, C, atol=1e-9 * np.abs(C).max())
        assert np.abs(W).max() < 1e3


def test_few_images_and_a_zero_attribute_leave_no_weight_where_nothing_is_known():
    X, codes, S = world(n=9)
    S[:, 1] = 0
    unknown = np.linalg.svd(X)[2][9:]  # directions in which no sample lies
    for _, method in solve(X, codes, S):
        W = method.weight.numpy()
        assert_allclose(W[1], 0, atol=1e-9)
        assert_allclose(W @ unknown.T, 0, atol=1e-9)


def test_the_map_has_no_gradient_in_the_objective_of_the_paper():
    X, codes, S = world()
    samples, table = torch.as_tensor(X.T), torch.as_tensor(S[codes].T)
    for point, method in solve(X, codes, S):
        penalty = point["alpha"] * float(table.square().sum() / samples.square().sum())
        W = method.weight.clone().requires_grad_()
        cost = (samples - W.T @ table).square().sum() + penalty * (W @ samples - table).square().sum()
        (gradient,) = torch.autograd.grad(cost, W)
        assert gradient.abs().max() < 1e-10 * (1 + penalty) * float((table @ samples.T).abs().max())


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_scores_against_numpy(direction):
    X, codes, S = world()
    classes = np.concatenate([S, np.random.default_rng(1).normal(size=(3, 4))])
    for point, method in solve(X, codes, S, direction=direction):
        W = solve_sylvester(*sides(X, codes, S, point["alpha"]))
        samples, table = (X @ W.T, classes) if direction == "semantic" else (X, classes @ W)
        lengths = np.linalg.norm(samples, axis=1)[:, None] * np.linalg.norm(table, axis=1)
        scores = method(torch.as_tensor(X), torch.as_tensor(classes)).numpy()
        assert_allclose(scores, samples @ table.T / lengths, rtol=1e-7, atol=1e-9)


def test_both_directions_have_the_same_map_and_the_visual_one_is_usual():
    X, codes, S = world()
    semantic, visual = (solve(X, codes, S, direction=direction)[1][1] for direction in DIRECTIONS)
    _, usual = solve(X, codes, S)[1]
    assert torch.equal(semantic.weight, visual.weight)
    assert usual.direction == "visual"


def test_points_come_in_the_order_of_a_parameter_grid_each_with_its_own_map():
    found = solve(*world())
    assert [point for point, _ in found] == list(ParameterGrid(GRID))
    assert all(method.projection is None for _, method in found)
    assert not torch.allclose(found[0][1].weight, found[2][1].weight, rtol=0.1)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_an_empty_method_takes_the_state_of_a_solved_one(direction):
    X, codes, S = world()
    _, solved = solve(X, codes, S, direction=direction)[-1]
    empty = SAE(12, 4, direction=direction)
    empty.load_state_dict(solved.state_dict())
    samples, table = torch.as_tensor(X), torch.as_tensor(S)
    assert torch.equal(empty(samples, table), solved(samples, table))


@pytest.mark.parametrize("zero", ["samples", "semantics", "both"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_images_or_semantics_of_zeros_give_scores_of_zero(zero, direction):
    X, codes, S = world()
    X, S = X * (zero == "semantics"), S * (zero == "samples")
    for _, method in solve(X, codes, S, direction=direction):
        assert not method(torch.as_tensor(X), torch.as_tensor(S)).any()
