"""Projection and convex combinations against trying every set of coefficients that are not 0."""

from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.simplex import _project_to_simplex, simplex_coefficients


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def best_of_all_supports(gram, linear):
    """Minimum of ``a @ gram @ a / 2 - linear @ a`` on the simplex, by solving for each set of positive coefficients."""
    found, lowest = None, float("inf")
    n = len(linear)
    for size in range(1, n + 1):
        for support in combinations(range(n), size):
            index = torch.tensor(support)
            matrix = torch.zeros(size + 1, size + 1, dtype=gram.dtype)
            matrix[:size, :size] = gram[index[:, None], index]
            matrix[size, :size] = matrix[:size, size] = 1
            right = torch.cat([linear[index], linear.new_ones(1)])
            part = torch.linalg.solve(matrix, right)[:size]
            value = part @ gram[index[:, None], index] @ part / 2 - linear[index] @ part
            if part.min() >= 0 and value < lowest:
                lowest, found = value, torch.zeros_like(linear).index_put((index,), part)
    return found


def test_projection_by_hand():
    rows = torch.tensor([[0.2, 0.3, 0.5], [2.0, 0.0, 0.0], [1.0, 1.0, -9.0], [5.0, 5.0, 5.0], [0.9, 0.5, 0.0]])
    third = 1 / 3
    expected = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [third, third, third], [0.7, 0.3, 0.0]]
    torch.testing.assert_close(_project_to_simplex(rows), torch.tensor(expected))


@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(0.1, 10))
@settings(deadline=None, max_examples=30)
def test_projection_is_the_nearest_point(seed, n, scale):
    rows = scale * normal(3, n, seed=seed)
    expected = torch.stack([best_of_all_supports(torch.eye(n, dtype=rows.dtype), row) for row in rows])
    torch.testing.assert_close(_project_to_simplex(rows), expected)


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 8), st.sampled_from([1e-4, 0.1, 10.0]))
@settings(deadline=None, max_examples=40)
def test_coefficients_are_the_best_of_all_supports(seed, n, width, regularization):
    points, targets = normal(n, width, seed=seed), normal(3, width, seed=seed + 1)
    gram = points @ points.T + regularization * torch.eye(n, dtype=points.dtype)
    expected = torch.stack([best_of_all_supports(gram, points @ target) for target in targets])
    torch.testing.assert_close(simplex_coefficients(targets, points, regularization), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("regularization", [1e-8, 1e-3, 0.1, 100.0])
@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_no_exchange_between_coefficients_gains(regularization, shift):
    points, targets = normal(80, 20) + shift, normal(10, 20, seed=1) + shift
    found = simplex_coefficients(targets, points, regularization)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(10, dtype=torch.float64))
    assert found.min() >= 0
    gradient = (found @ points - targets) @ points.T + regularization * found
    gap = (gradient * found).sum(dim=1) - gradient.min(dim=1).values  # bounds how far the value is from the minimum
    assert gap.max() < 1e-9


def test_coefficients_against_scipy():
    points, target = normal(8, 5), normal(1, 5, seed=1)

    def value(a):
        a = torch.from_numpy(a)
        return float(((target[0] - a @ points).square().sum() + 0.05 * a.square().sum()) / 2)

    sums_to_one = {"type": "eq", "fun": lambda a: a.sum() - 1}
    solved = minimize(
        value,
        [1 / 8] * 8,
        bounds=[(0, 1)] * 8,
        constraints=sums_to_one,
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    found = simplex_coefficients(target, points, 0.05)[0]
    torch.testing.assert_close(found, torch.from_numpy(solved.x), rtol=0, atol=1e-5)
    assert value(found.numpy()) <= solved.fun + 1e-12


def test_special_cases():
    points = torch.eye(3)
    found = simplex_coefficients(points, points, 1e-9)
    torch.testing.assert_close(found, points)
    assert found.dtype == torch.float32
    spread = simplex_coefficients(points, points, 1e9)
    torch.testing.assert_close(spread, torch.full((3, 3), 1 / 3))
    twins = simplex_coefficients(torch.ones(1, 2), torch.ones(4, 2), 0.1)
    torch.testing.assert_close(twins, torch.full((1, 4), 0.25))
    assert simplex_coefficients(torch.ones(1, 2), torch.zeros(1, 2), 0.1).tolist() == [[1]]
    assert simplex_coefficients(torch.ones(0, 3), points, 0.1).shape == (0, 3)


def test_each_target_is_on_its_own():
    points, targets = normal(30, 6, dtype=torch.float32), normal(9, 6, seed=1, dtype=torch.float32)
    together = simplex_coefficients(targets, points, 0.01)
    alone = torch.cat([simplex_coefficients(row[None], points, 0.01) for row in targets])
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-7)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_refused_regularization(value):
    with pytest.raises(InvalidInputError, match="wanted a finite number above 0"):
        simplex_coefficients(torch.ones(1, 2), torch.ones(2, 2), value)


def test_refused_regularization_that_rounding_swallows():
    with pytest.raises(InvalidInputError, match="regularization=1e-18; wanted at least"):
        simplex_coefficients(torch.ones(1, 3), torch.eye(3).repeat(3, 1), 1e-18)


def test_gradients_are_those_of_difference_quotients():
    generator = torch.Generator().manual_seed(3)
    points = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    targets = torch.randn(5, 4, generator=generator, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda rows: simplex_coefficients(rows, points, 0.05), targets, atol=1e-6)
