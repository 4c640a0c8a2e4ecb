"""Class representations, lengths and losses against formulas written out."""

import math

import torch

from zsl.functional.clusters.prototypes import class_sums, posterior_mean
from zsl.functional.losses.losses import cross_entropy, relation_mse
from zsl.functional.scores.distances import unit


def test_unit_rows_and_rows_of_zeros():
    found = unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


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


def test_losses_by_hand():
    scores, labels = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0])
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(1))) / 2
    torch.testing.assert_close(cross_entropy(scores, labels), torch.tensor(expected))

    def s(z):
        return 1 / (1 + math.exp(-z))

    expected = ((s(2) - 1) ** 2 + s(0) ** 2 + (s(0) - 1) ** 2 + s(1) ** 2) / 2
    torch.testing.assert_close(relation_mse(scores, labels), torch.tensor(expected))
