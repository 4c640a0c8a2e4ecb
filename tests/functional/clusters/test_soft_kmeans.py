"""Soft k-means on cases worked by hand."""

import math

import pytest
import torch
from scipy import stats

from zsl.functional.clusters.soft_kmeans import (
    distance_statistics,
    distractor_assignments,
    masks,
    refined_prototypes,
    relative_distances,
    soft_assignments,
)


def test_one_step_by_hand():
    # Prototypes at 0 and 2 on a line, one and three support samples; unlabelled at 1 (as near to both) and at 1.25.
    distances = torch.tensor([[[1.0, 1.0], [1.5625, 0.5625]]])
    shares = soft_assignments(distances)
    e = math.e  # the second sample is 1 nearer to the second class
    torch.testing.assert_close(shares, torch.tensor([[[0.5, 0.5], [1 / (1 + e), e / (1 + e)]]]))
    centres = torch.tensor([[[0.0], [2.0]]])
    refined = refined_prototypes(centres, torch.tensor([[1.0, 3.0]]), torch.tensor([[[1.0], [1.25]]]), shares)
    first = (0 + 0.5 + 1.25 / (1 + e)) / (1 + 0.5 + 1 / (1 + e))
    second = (6 + 0.5 + 1.25 * e / (1 + e)) / (3 + 0.5 + e / (1 + e))
    torch.testing.assert_close(refined, torch.tensor([[[first], [second]]]))


def test_distractor_cluster_by_hand():
    # One class at distance 4, the origin at distance 8 with radius 2: exp(-4) against exp(-8 / 4) / 2.
    shares = distractor_assignments(torch.tensor([[[4.0]]]), torch.tensor([[8.0]]), torch.tensor(math.log(2)))
    expected = math.exp(-4) / (math.exp(-4) + math.exp(-2) / 2)
    torch.testing.assert_close(shares, torch.tensor([[[expected]]]))


def test_distractor_cluster_of_the_definition():
    generator = torch.Generator().manual_seed(0)
    distances, lengths = (torch.rand(*s, generator=generator).double() for s in ((2, 5, 3), (2, 5)))
    radius = torch.tensor([1.0, 1.0, 1.0, 0.7]).double()
    logits = -torch.cat([distances, lengths[..., None]], -1) / radius**2 - (0.5 * math.log(2 * math.pi) + radius.log())
    shares = distractor_assignments(distances, lengths, radius[-1].log())
    torch.testing.assert_close(shares, torch.softmax(logits, -1)[..., :3])


def test_image_at_the_origin_goes_to_the_distractor_cluster():
    shares = distractor_assignments(torch.tensor([[[30.0, 40], [0, 50]]]), torch.tensor([[0.0, 40]]), torch.tensor(0.0))
    torch.testing.assert_close(shares, torch.tensor([[[0.0, 0], [1, 0]]]))


def test_relative_distances_know_no_unit_and_no_other_episode():
    distances = torch.rand(3, 7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wanted = distances / distances.mean(dim=1)[:, None]
    for unit in (1e-9, 1.0, 1e9):
        torch.testing.assert_close(relative_distances(unit * distances), wanted)


def test_relative_distances_by_hand():
    distances = torch.tensor([[[1.0, 0], [3, -1e-9]]], requires_grad=True)
    relative = relative_distances(distances)
    torch.testing.assert_close(relative, torch.tensor([[[0.5, 0], [1.5, 0]]]))
    relative.sum().backward()
    assert torch.isfinite(distances.grad).all()


def test_statistics_equal_scipy():
    relative = torch.rand(2, 7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows = relative.numpy()
    expected = [rows.min(1), rows.max(1), rows.var(1), stats.skew(rows, axis=1), stats.kurtosis(rows, axis=1)]
    torch.testing.assert_close(distance_statistics(relative), torch.stack([torch.tensor(e) for e in expected], -1))


@pytest.mark.parametrize("n_unlabeled", [1, 3])
def test_statistics_without_spread(n_unlabeled):
    relative = torch.ones(1, n_unlabeled, 2, requires_grad=True)
    statistics = distance_statistics(relative)
    torch.testing.assert_close(statistics, torch.tensor([[[1.0, 1, 0, 0, 0]] * 2]))
    statistics.sum().backward()
    assert torch.isfinite(relative.grad).all()


def test_masks_are_a_half_at_the_threshold_and_nothing_far_away():
    relative = torch.tensor([[[0.0, 0], [1, 1], [2, 2]]])
    faded = masks(relative, torch.tensor([[1.0, 2.0]]), torch.tensor([[math.log(3), 100.0]]))
    torch.testing.assert_close(faded, torch.tensor([[[0.75, 1], [0.5, 1], [0.25, 0.5]]]))


def test_ignored_images_leave_the_prototypes():
    centres, far = torch.tensor([[[0.0], [2.0]]]), torch.full((1, 3, 1), 1e6)
    refined = refined_prototypes(centres, torch.ones(1, 2), far, torch.zeros(1, 3, 2))
    torch.testing.assert_close(refined, centres)
