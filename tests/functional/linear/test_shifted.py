"""Many shifts from one decomposition, against a general solver for each of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.exceptions import ZSLError
from zsl.functional.linear.shifted import ShiftedSystem

SHIFTS = [1e-3, 0.1, 1.0, 30.0, 1e6]


def semidefinite(size, rank, seed=0):
    rows = np.random.default_rng(seed).normal(size=(rank, size))
    return rows.T @ rows


def assert_solves(matrix, B, shifts, rtol=1e-9):
    found = ShiftedSystem(matrix).solve(B, shifts)
    assert len(found) == len(shifts)
    for shift, solution in zip(shifts, found, strict=True):
        expected = np.linalg.solve(matrix + shift * np.eye(len(matrix)), B)
        assert solution.shape == B.shape
        assert_allclose(solution, expected, rtol=rtol, atol=rtol * np.abs(expected).max())


@pytest.mark.parametrize("columns", [1, 3, 70])
@pytest.mark.parametrize("size", [1, 2, 3, 50, 200])
def test_solutions_are_those_of_a_general_solver(size, columns):
    assert_solves(semidefinite(size, size + 5), np.random.default_rng(1).normal(size=(size, columns)), SHIFTS)


@pytest.mark.parametrize(("size", "rank"), [(2, 1), (3, 1), (50, 1), (50, 20), (50, 49)])
def test_a_matrix_of_low_rank(size, rank):
    assert_solves(semidefinite(size, rank), np.random.default_rng(1).normal(size=(size, 4)), SHIFTS)


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_a_matrix_of_zeros(size):
    B = np.random.default_rng(1).normal(size=(size, 2))
    for shift, solution in zip(SHIFTS, ShiftedSystem(np.zeros((size, size))).solve(B, SHIFTS), strict=True):
        assert_allclose(solution, B / shift)


@pytest.mark.parametrize("size", [2, 3, 50])
def test_a_diagonal_matrix_by_hand(size):
    diagonal = np.arange(1.0, size + 1)
    (solution,) = ShiftedSystem(np.diag(diagonal)).solve(np.ones((size, 1)), [2.0])
    assert_allclose(solution[:, 0], 1 / (diagonal + 2))


@pytest.mark.parametrize("scale", [1e-200, 1e-8, 1e8, 1e200])
def test_the_unit_of_the_matrix_does_not_matter(scale):
    matrix, B = semidefinite(20, 8), np.random.default_rng(1).normal(size=(20, 3))
    plain = ShiftedSystem(matrix).solve(B, [0.5])[0]
    assert_allclose(ShiftedSystem(scale * matrix).solve(scale * B, [scale * 0.5])[0], plain, rtol=1e-9)


def test_features_of_very_different_size_leave_a_small_residual():
    matrix = semidefinite(30, 40) * np.outer(*[np.logspace(-6, 3, 30)] * 2)
    B = np.random.default_rng(1).normal(size=(30, 3))
    for shift, solution in zip(SHIFTS, ShiftedSystem(matrix).solve(B, SHIFTS), strict=True):
        residual = matrix @ solution + shift * solution - B
        assert np.abs(residual).max() <= 1e-12 * (np.abs(matrix).max() + shift) * np.abs(solution).max()


def test_one_shift_alone_gives_what_many_give():
    system = ShiftedSystem(semidefinite(20, 8))
    B = np.random.default_rng(1).normal(size=(20, 3))
    for shift, solution in zip(SHIFTS, system.solve(B, SHIFTS), strict=True):
        assert_allclose(system.solve(B, [shift])[0], solution, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 50])
def test_a_shift_below_the_smallest_eigenvalue_is_refused(size):
    matrix = semidefinite(size, size)
    system = ShiftedSystem(matrix)
    with pytest.raises(ZSLError, match="wanted a penalty above rounding error"):
        system.solve(np.ones((size, 1)), [1.0, -1.01 * np.linalg.eigvalsh(matrix)[-1]])
    matrix[0, 0] -= 10 * np.trace(matrix)
    with pytest.raises(ZSLError, match="wanted a penalty above rounding error"):
        ShiftedSystem(matrix).solve(np.ones((size, 1)), [1e-3])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("top", [1.0, 7.0])
def test_matrix_and_right_hand_sides_stay_as_they_are(order, top):
    matrix = semidefinite(12, 6)
    matrix = np.array(matrix * (top / np.abs(matrix).max()), order=order)
    B = np.array(np.random.default_rng(1).normal(size=(12, 3)), order=order)
    matrix_before, B_before = matrix.copy(), B.copy()
    ShiftedSystem(matrix).solve(B, SHIFTS)
    assert_array_equal(matrix, matrix_before)
    assert_array_equal(B, B_before)


def test_each_right_hand_side_may_have_its_own_shift():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(9, 6))
    matrix, B = root.T @ root, rng.normal(size=(6, 3))
    shifts = np.array([[0.1, 1.0, 10.0], [2.0, 0.5, 0.5]])
    for found, row in zip(ShiftedSystem(matrix).solve(B, shifts), shifts, strict=True):
        for column, shift in enumerate(row):
            np.testing.assert_allclose(found[:, column], np.linalg.solve(matrix + shift * np.eye(6), B[:, column]))
