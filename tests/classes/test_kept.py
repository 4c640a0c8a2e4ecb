"""Rows in single precision, or in half with a unit per row."""

import numpy as np
import pytest
import torch

from zsl.classes.kept import KeptRows

ROWS = torch.as_tensor(np.random.default_rng(0).normal(size=(6, 5)))


@pytest.mark.parametrize("size", [1e-25, 1e-6, 1.0, 65504.0, 1e25])
def test_half_precision_has_a_relative_error_at_any_scale(size):
    rows = size * ROWS * torch.logspace(-3, 3, 6, dtype=torch.float64)[:, None]
    found = KeptRows.of(rows, half=True)[:]
    assert found.dtype == torch.float32
    assert 0 < ((found.double() - rows) / rows).abs().max() <= 2**-11 * (1 + 1e-6)
    assert torch.equal(KeptRows.of(found, half=True)[:], found)


def test_zeros_and_small_numbers_beside_large_ones_stay():
    rows = torch.tensor([[0.0, 0.0], [1.0, 2.0**-28], [-3e38, 0.0], [1e-45, 0.0]])
    found = KeptRows.of(rows, half=True)[:]
    assert torch.equal(found[:2], rows[:2])
    assert abs(found[2, 0] / rows[2, 0] - 1) < 2**-11
    assert torch.isfinite(found).all()


def test_single_precision_is_as_it_was():
    assert torch.equal(KeptRows.of(ROWS, half=False)[:], ROWS.float())


@pytest.mark.parametrize("half", [False, True])
def test_rows_are_moved_as_they_are_kept(half):
    kept = KeptRows.of(ROWS, half=half)
    moved = kept.moved(4, np.array([3, 0]), np.array([1, 5]))
    assert torch.equal(moved[np.array([0, 3])], kept[np.array([5, 1])])
    moved[np.array([1, 2])] = ROWS[:2]
    assert torch.equal(moved[1:3], kept[:2])
    assert (kept.size(6), moved.size(4)) == ((84, 56) if half else (120, 80))


@pytest.mark.parametrize("half", [False, True])
def test_blocks_are_the_rows_one_after_the_other(half):
    kept = KeptRows.of(ROWS, half=half)
    cuts = [slice(0, 4), slice(4, 6)]
    found = [(cut, rows.clone()) for cut, rows in kept.blocks(cuts)]
    assert [cut for cut, _ in found] == cuts
    assert torch.equal(torch.cat([rows for _, rows in found]), kept[:])


def test_reading_changes_nothing():
    kept = KeptRows.of(ROWS, half=True)
    first = kept[:].clone()
    kept[:].mul_(2)
    assert torch.equal(kept[:], first)
