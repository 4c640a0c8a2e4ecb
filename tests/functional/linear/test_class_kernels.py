"""Kernels between classes by their definitions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from zsl.functional.linear.class_kernels import WIDTHS, class_kernel, joined_blocks

BLOCKS, WEIGHTS = (3, 2, 4), (0.5, 0.2, 0.3)


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(12, 9)) * np.repeat([1, 100, 0.01], BLOCKS)


def test_inner_products_are_weighted_means_of_the_cosines_of_blocks(rows):
    z = joined_blocks(rows, BLOCKS, WEIGHTS)
    wanted = np.zeros((12, 12))
    for part, weight in zip(np.split(rows, [3, 5], axis=1), WEIGHTS, strict=True):
        length = np.linalg.norm(part, axis=1)
        wanted += weight * (part @ part.T) / np.outer(length, length)
    assert_allclose(z @ z.T, wanted, atol=1e-12)


def test_a_block_of_zeros_stays_one(rows):
    rows[3, :3] = 0
    z = joined_blocks(rows, BLOCKS, WEIGHTS)
    assert not z[3, :3].any()
    assert np.square(z).sum(axis=1)[3] == pytest.approx(0.5)


def test_a_block_of_weight_zero_has_no_part(rows):
    z = joined_blocks(rows, BLOCKS, (0.5, 0.0, 0.5))
    rows[:, 3:5] = 7
    assert_allclose(joined_blocks(rows, BLOCKS, (0.5, 0.0, 0.5)), z)


def test_rbf_is_the_mean_over_widths(rows):
    z = joined_blocks(rows, BLOCKS, WEIGHTS)
    cosine = float(z[0] @ z[1])
    wanted = np.mean([np.exp((cosine - 1) / width) for width in WIDTHS])
    assert class_kernel(z[:1], z[1:2], "rbf")[0, 0] == pytest.approx(wanted)


def test_linear_is_the_inner_product(rows):
    assert_allclose(class_kernel(rows[:4], rows[4:], "linear"), rows[:4] @ rows[4:].T)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_a_class_and_itself_have_one(rows, kernel):
    z = joined_blocks(rows, BLOCKS, WEIGHTS)
    assert_allclose(np.diag(class_kernel(z, z, kernel)), 1)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_kernels_are_positive_semidefinite(rows, kernel):
    z = joined_blocks(rows, BLOCKS, WEIGHTS)
    found = class_kernel(z, z, kernel)
    assert_allclose(found, found.T)
    assert np.linalg.eigvalsh(found).min() > -1e-12
