"""Integrated gradients against closed forms and plain sums."""

import numpy as np
import pytest
import torch

from zsl.functional.scores.attribution import TOLERANCE, path_integral

A = torch.tensor([[1.0, -2.0, 0.5, 3.0], [0.2, 1.0, 0.5, -1.0]], dtype=torch.float64)
B = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
WEIGHT = torch.tensor([0.3, -1.2, 2.0, 0.7], dtype=torch.float64)


def plain(function, ends, n=20000):
    """The midpoint rule with difference quotients."""
    places = (torch.arange(n, dtype=torch.float64)[:, None] + 0.5) / n
    path = ends[1] + places * (ends[0] - ends[1])
    found = []
    for j in range(path.shape[1]):
        step = torch.zeros_like(path)
        step[:, j] = 1e-6
        slope = (function([path + step]) - function([path - step])) / 2e-6
        found.append(float(slope.mean() * (ends[0] - ends[1])[j]))
    return np.array(found)


def test_a_linear_function_is_split_exactly_in_one_panel():
    found = path_integral(lambda path: path[0] @ WEIGHT + 4 * path[1][:, 0], [A, B], 8)
    np.testing.assert_allclose(found.parts[0], WEIGHT * (A[0] - A[1]), rtol=1e-13)
    assert found.parts[0][2] == 0
    assert float(found.parts[1]) == pytest.approx(12, rel=1e-13)


@pytest.mark.parametrize(
    "function",
    [
        lambda path: (path[0] @ WEIGHT) / path[0].norm(dim=1),
        lambda path: torch.exp(-path[0].square().sum(dim=1)),
        lambda path: path[0].abs() @ WEIGHT,
        lambda path: torch.maximum(path[0] @ WEIGHT, path[0][:, 0] * 2).relu(),
    ],
    ids=["cosine", "gaussian", "kinks", "maximum"],
)
def test_against_a_plain_sum(function):
    found, wanted = path_integral(function, [A], 4096), plain(function, A)
    difference = float(function([A[:1]]) - function([A[1:]]))
    assert abs(found.rest) <= found.tolerance
    assert float(found.parts[0].sum()) + found.rest == pytest.approx(difference, rel=1e-12)
    np.testing.assert_allclose(found.parts[0], wanted, atol=1e-3 * np.abs(wanted).max())
    back = path_integral(function, [A.flip(0)], 4096)
    np.testing.assert_allclose(back.parts[0], -found.parts[0], atol=TOLERANCE * np.abs(wanted).max())


def test_a_smooth_function_is_split_far_below_the_tolerance():
    found = path_integral(lambda path: (path[0] @ WEIGHT) / path[0].norm(dim=1), [A], 4096)
    assert abs(found.rest) < 1e-4 * found.tolerance


def test_a_part_without_gradients_gets_difference_quotients():
    def function(path):
        return torch.sin(path[0].detach() @ WEIGHT) * path[1][:, 0]

    found = path_integral(function, [A, B], 4096)
    wanted = path_integral(lambda path: torch.sin(path[0] @ WEIGHT) * path[1][:, 0], [A, B], 4096)
    for part, other in zip(found.parts, wanted.parts, strict=True):
        np.testing.assert_allclose(part, other, atol=1e-6)


def test_steps_that_do_not_suffice_are_told():
    counted = []

    def steep(path):
        counted.append(len(path[0]))
        return torch.tanh(200 * (path[0] @ WEIGHT))

    found = path_integral(steep, [A], 3)
    assert abs(found.rest) > found.tolerance
    assert sum(counted) == 2 + 3  # both ends and three steps
