"""Ranking losses against the papers' formulas, pair by pair in plain Python, and by hand."""

import pytest
import torch

from zsl.functional.losses.ranking import ale_loss, devise_loss, sampled_ranking_loss, sje_loss

LOSSES = [devise_loss, ale_loss, sje_loss]


def by_pairs(name, scores, codes, margin):
    total = 0.0
    for row, true in zip(scores.tolist(), codes.tolist(), strict=True):
        violations = [margin + score - row[true] for column, score in enumerate(row) if column != true]
        positive = [value for value in violations if value > 0]
        if name == "devise_loss":
            total += sum(positive)
        elif name == "sje_loss":
            total += max(positive, default=0.0)
        elif positive:
            beta = sum(1 / k for k in range(1, len(positive) + 1))
            total += beta / len(positive) * sum(positive)
    return total / len(scores)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(30, 7, generator=generator, dtype=torch.float64)
    scores[:10] *= 3  # so that some samples have no violator and some have all
    return scores, torch.randint(0, 7, (30,), generator=generator)


@pytest.mark.parametrize("margin", [0.0, 0.1, 1.0, 4.0])
@pytest.mark.parametrize("loss", LOSSES)
def test_formulas_pair_by_pair(loss, margin, batch):
    assert loss(*batch, margin).item() == pytest.approx(by_pairs(loss.__name__, *batch, margin), rel=1e-12)


def test_three_classes_by_hand():
    # violations of the first sample: 1 + 2 - 2 = 1 and 1 + 1.5 - 2 = 0.5; the second sample has none
    scores, codes = torch.tensor([[2.0, 2.0, 1.5], [0.0, 3.0, 2.0]]), torch.tensor([0, 1])
    assert devise_loss(scores, codes).item() == pytest.approx((1 + 0.5) / 2)
    assert ale_loss(scores, codes).item() == pytest.approx((1 + 1 / 2) / 2 * (1 + 0.5) / 2)
    assert sje_loss(scores, codes).item() == pytest.approx(1 / 2)


def test_gradients_by_hand():
    scores, codes = torch.tensor([[2.0, 2.0, 1.5]], requires_grad=True), torch.tensor([0])
    expected = {devise_loss: [-2, 1, 1], ale_loss: [-1.5, 0.75, 0.75], sje_loss: [-1, 1, 0]}
    for loss, gradient in expected.items():
        (found,) = torch.autograd.grad(loss(scores, codes), scores)
        torch.testing.assert_close(found, torch.tensor([gradient], dtype=torch.float32))


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_by_differences(loss, batch):
    scores, codes = batch
    assert torch.autograd.gradcheck(lambda s: loss(s, codes, 0.7), scores.requires_grad_())


@pytest.mark.parametrize("loss", LOSSES)
def test_no_violator_and_exactly_the_margin(loss):
    scores = torch.tensor([[5.0, 1.0, 0.0], [0.0, 1.0, 0.0]], requires_grad=True)
    value = loss(scores, torch.tensor([0, 1]))
    (gradient,) = torch.autograd.grad(value, scores)
    assert value == 0
    assert not gradient.any()


def test_ties():
    scores, codes = torch.zeros(1, 4, requires_grad=True), torch.tensor([2])
    assert devise_loss(scores, codes).item() == 3
    assert ale_loss(scores, codes).item() == pytest.approx(1 + 1 / 2 + 1 / 3)
    (gradient,) = torch.autograd.grad(sje_loss(scores, codes), scores)
    torch.testing.assert_close(gradient, torch.tensor([[1 / 3, 1 / 3, -1, 1 / 3]]))


def test_two_classes_make_all_losses_equal():
    generator = torch.Generator().manual_seed(1)
    scores = torch.randn(50, 2, generator=generator, dtype=torch.float64)
    codes = torch.randint(0, 2, (50,), generator=generator)
    values = [loss(scores, codes) for loss in LOSSES] + [sampled_ranking_loss(scores, codes, generator)]
    assert values[0] > 0
    for value in values[1:]:
        torch.testing.assert_close(value, values[0], rtol=1e-14, atol=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_one_class_has_nothing_to_lose(loss):
    scores, codes = torch.ones(3, 1), torch.zeros(3, dtype=torch.long)
    assert loss(scores, codes) == 0
    assert sampled_ranking_loss(scores, codes, torch.Generator()) == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_order_of_classes_and_of_images(loss, batch):
    scores, codes = batch
    order = torch.randperm(7, generator=torch.Generator().manual_seed(2))
    samples = torch.randperm(30, generator=torch.Generator().manual_seed(3))
    permuted = loss(scores[samples][:, order], torch.argsort(order)[codes[samples]])
    torch.testing.assert_close(permuted, loss(scores, codes), rtol=1e-13, atol=0)


def test_the_sum_of_all_hinges_is_the_largest(batch):
    for row, code in zip(*batch, strict=True):
        sample = row[None], code[None]
        assert ale_loss(*sample) <= devise_loss(*sample)
        assert sje_loss(*sample) <= devise_loss(*sample)


def test_sampled_loss_is_the_hinge_of_a_wrong_class_and_each_is_drawn(batch):
    scores, codes = batch
    seen = set()
    for seed in range(60):
        value = sampled_ranking_loss(scores[:1], codes[:1], torch.Generator().manual_seed(seed), 9.0).item()
        seen.add(round(value, 9))
    true = codes[0].item()
    expected = {round(9.0 + (scores[0, c] - scores[0, true]).item(), 9) for c in range(7) if c != true}
    assert seen == expected


def test_sampled_loss_is_the_devise_loss_on_average(batch):
    scores, codes = (rows.repeat_interleave(2000, dim=0) for rows in batch)
    found = sampled_ranking_loss(scores, codes, torch.Generator().manual_seed(0))
    torch.testing.assert_close(found, devise_loss(*batch) / 6, rtol=0.02, atol=0)


def test_sampled_loss_repeats_and_has_the_right_gradient(batch):
    scores, codes = batch

    def loss(values):
        return sampled_ranking_loss(values, codes, torch.Generator().manual_seed(4), 0.7)

    assert loss(scores) == loss(scores)
    assert torch.autograd.gradcheck(loss, scores.requires_grad_())
