"""Triangular inverse roots against the definition."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.functional.linear.inverse_roots import LEAST_SPLIT, inverse_root


@pytest.mark.parametrize("size", [1, 2, LEAST_SPLIT, LEAST_SPLIT + 1, 3 * LEAST_SPLIT])
def test_the_root_is_triangular_and_its_square_the_inverse(size):
    rows = np.random.default_rng(size).normal(size=(size + 3, size))
    matrix = rows.T @ rows
    before = matrix.copy()
    root = inverse_root(matrix, 0.5, 2.0)
    assert root is not None
    assert root.flags.c_contiguous
    assert_array_equal(root, np.triu(root))
    assert_array_equal(matrix, before)
    assert_allclose(root.T @ (0.5 * matrix + 2.0 * np.eye(size)) @ root, np.eye(size), atol=1e-11)


@pytest.mark.parametrize("place", [0, LEAST_SPLIT // 2, 2 * LEAST_SPLIT - 1])
def test_a_matrix_that_is_not_positive_has_none(place):
    matrix = np.eye(2 * LEAST_SPLIT)
    matrix[place, place] = -3.0
    assert inverse_root(matrix, 1.0, 1.0) is None
