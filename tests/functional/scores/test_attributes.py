"""Levels and log-likelihood ratios of attributes against numbers worked by hand."""

import math

import pytest
import torch

from zsl.functional.scores.attributes import attribute_levels, attribute_log_ratio, attribute_scale


def levels(S, binarize, shown=None):
    return attribute_levels(S if shown is None else shown, *attribute_scale(S, binarize=binarize), binarize=binarize)


def test_split_at_the_mean():
    S = torch.tensor([[1.0, -5.0], [2.0, 5.0], [6.0, 0.0]])  # means 3 and 0
    assert levels(S, True).tolist() == [[0, 0], [0, 1], [1, 0]]  # on the mean is not above it
    assert levels(S, True, torch.tensor([[3.1, -0.1]])).tolist() == [[1, 0]]


def test_minimum_to_maximum_and_clipped_beyond():
    S = torch.tensor([[1.0, -5.0], [2.0, 5.0], [6.0, 0.0]])
    torch.testing.assert_close(levels(S, False), torch.tensor([[0.0, 0.0], [0.2, 1.0], [1.0, 0.5]]))
    assert levels(S, False, torch.tensor([[0.0, 9.0]])).tolist() == [[0, 1]]


@pytest.mark.parametrize("binarize", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_binary_table_stays_binary_under_centring_and_scaling(binarize, dtype):
    table = torch.rand(12, 30, generator=torch.Generator().manual_seed(0)).round().to(dtype)
    assert table.std(dim=0).min() > 0
    assert torch.equal(levels(table, binarize), table)
    moved = (table - table.mean(dim=0)) / table.std(dim=0)
    torch.testing.assert_close(levels(moved, binarize), table)


def test_single_and_double_precision_agree_on_the_mean():
    # 0.7 is the mean, and single precision rounds it down.
    S = torch.tensor([[0.1], [0.7], [1.3]], dtype=torch.float64)
    centre, rate = attribute_scale(S.float(), binarize=True)
    single = attribute_levels(S.float(), centre, rate, binarize=True)
    double = attribute_levels(S, centre.double(), rate.double(), binarize=True)
    assert single.tolist() == double.tolist() == [[0], [0], [1]]


@pytest.mark.parametrize("binarize", [True, False])
def test_constant_attributes_are_neither_present_nor_absent(binarize):
    same = torch.full((3, 1), 0.3)
    trace = torch.tensor([[1e-17], [-1e-17], [2e-17]])  # what centring leaves of a constant
    S = torch.cat([same, trace, torch.tensor([[0.0], [0.0], [1.0]])], dim=1)
    assert attribute_scale(S, binarize=binarize)[1].tolist() == [0, 0, 1]
    shown = levels(S, binarize, torch.tensor([[7.0, -7.0, 1.0]]))
    assert shown.tolist() == [[0.5, 0.5, 1]]
    assert levels(S[:1], binarize).tolist() == [[0.5, 0.5, 0.5]]  # one class: nothing varies


def test_ratio_by_hand():
    p, prior = torch.tensor([[0.75, 0.25]]), torch.tensor([0.5, 2 / 3])
    a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    present = [math.log(0.75 / 0.5), math.log(0.25 / (2 / 3))]
    absent = [math.log(0.25 / 0.5), math.log(0.75 / (1 / 3))]
    first, second = present[0] + absent[1], absent[0] + present[1]
    expected = torch.tensor([[first, second, (first + second) / 2]])
    torch.testing.assert_close(attribute_log_ratio(p, a, prior), expected)
