"""Class representations, lengths and distances against formulas written out, of one episode and of many."""

import pytest
import torch

from zsl.functional.clusters.prototypes import class_sums, posterior_mean, prototypes
from zsl.functional.scores.distances import squared_distances, unit


def test_unit_rows_and_rows_of_zeros():
    found = unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


def test_class_sums_of_one_feature():
    sums, counts = class_sums(torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([1, 0, 1]), 2)
    assert sums.tolist() == [[2.0], [5.0]]
    assert counts.tolist() == [1.0, 2.0]


def test_class_sums_by_hand():
    features = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    sums, counts = class_sums(features, torch.tensor([2, 0, 2]), 4)
    assert sums.tolist() == [[3, 4], [0, 0], [6, 8], [0, 0]]
    assert counts.tolist() == [1, 0, 2, 0]


def test_posterior_mean_from_no_shots_to_many():
    prior, mean = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    for shots in (0.0, 1.0, 3.0, 1e9):
        found = posterior_mean(prior, torch.tensor([2.0]), shots * mean, torch.tensor([shots]))
        share = 2 / (2 + shots)
        torch.testing.assert_close(found, torch.tensor([[share, 1 - share]]))


def test_posterior_mean_without_semantics_or_anything():
    zeros = torch.zeros(1, 2)
    found = posterior_mean(zeros, torch.zeros(1), torch.tensor([[4.0, 2.0]]), torch.tensor([2.0]))
    assert found.tolist() == [[2, 1]]
    assert posterior_mean(zeros, torch.zeros(1), zeros, torch.zeros(1)).tolist() == [[0, 0]]


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_prototypes_of_ragged_classes_are_means():
    support = draw(3, 7, 4)
    label = torch.tensor([[0, 0, 1, 2, 2, 2, 1], [2, 1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 2, 1, 2]])
    found = prototypes(support, label, 3)
    assert found.shape == (3, 3, 4)
    for episode in range(3):
        for c in range(3):
            torch.testing.assert_close(found[episode, c], support[episode][label[episode] == c].mean(0))


def test_prototypes_of_one_image_are_the_image():
    support = draw(2, 3, 5)
    label = torch.tensor([[2, 0, 1], [0, 1, 2]])
    assert torch.equal(prototypes(support, label, 3), support.gather(1, label.argsort(1)[..., None].expand(-1, -1, 5)))


def test_prototypes_of_many_classes():
    label = torch.arange(2000).repeat(2)[None]
    support = draw(1, 4000, 3)
    torch.testing.assert_close(prototypes(support, label, 2000), (support[:, :2000] + support[:, 2000:]) / 2)


def test_gradient_of_a_mean():
    support = draw(1, 3, 2).requires_grad_()
    prototypes(support, torch.tensor([[0, 1, 0]]), 2).sum().backward()
    assert support.grad.tolist() == [[[0.5, 0.5], [1, 1], [0.5, 0.5]]]


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_squared_distances_are_those_of_pairs(batch):
    rows, columns = draw(*batch, 5, 4), draw(*batch, 2, 4, seed=1)
    expected = (rows[..., :, None, :] - columns[..., None, :, :]).square().sum(-1)
    torch.testing.assert_close(squared_distances(rows, columns), expected)


def test_squared_distances_keep_their_precision_under_autocast():
    rows, columns = 5 + draw(5, 32, dtype=torch.float32), 5 + draw(4, 32, seed=1, dtype=torch.float32)
    expected = (rows[:, None] - columns).square().sum(-1)
    with torch.autocast("cpu", torch.bfloat16):
        found = squared_distances(rows, columns)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)
