"""Class normalization: statistics over classes by hand, the start of the output matrix, and learning."""

import math

import pytest
import torch

from zsl.functional.scores.distances import unit
from zsl.methods.visual_space.class_normalization import ClassNormalization, _ClassStandardization
from zsl.training.loop import train


def world():
    """Samples of 25 classes whose means are linear in their semantics; the last 5 classes are unseen."""
    generator = torch.Generator().manual_seed(0)
    S, link = unit(torch.randn(25, 6, generator=generator)), torch.randn(6, 12, generator=generator)
    codes = torch.arange(25).repeat_interleave(20)
    return (S @ link)[codes] + 0.3 * torch.randn(500, 12, generator=generator), codes, S


def build(seed=0, hidden=100, scale=5.0, output_relu=False):
    generator = torch.Generator().manual_seed(seed)
    return ClassNormalization(12, 6, hidden=hidden, scale=scale, output_relu=output_relu, generator=generator)


def test_same_seed_same_weights_and_no_global_random_state():
    before = torch.random.get_rng_state()
    first, second, other = (build(seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["embedder.6.weight"], other["embedder.6.weight"])


def test_learns_classes_it_has_not_seen():
    (X, codes, S), method, draws = world(), build(), torch.Generator().manual_seed(2)
    before = method.loss(X[:400], codes[:400], S[:20], draws).item()

    def loss():
        batch = torch.randint(0, 400, (64,), generator=draws)
        return method.loss(X[batch], codes[batch], S[:20], draws)

    train(method, loss, n_steps=100, learning_rate=0.003)
    assert method.loss(X[:400], codes[:400], S[:20], draws) < 0.3 * before
    assert (method(X[400:], S[20:]).argmax(dim=1) + 20 == codes[400:]).double().mean() > 0.8


def test_statistics_by_hand():
    layer = _ClassStandardization(2).double()
    rows = torch.tensor([[1.0, 5.0], [3.0, 5.0], [5.0, 5.0]], dtype=torch.float64)
    found = layer(rows)  # the first unit has mean 3 and variance 8 / 3, the second one variance 0
    step = 2 / math.sqrt(8 / 3 + 1e-5)
    torch.testing.assert_close(found, torch.tensor([[-step, 0], [0, 0], [step, 0]], dtype=torch.float64))
    assert layer.mean.tolist() == pytest.approx([0.1 * 3, 0.1 * 5])
    assert layer.variance.tolist() == pytest.approx([0.9 + 0.1 * 8 / 3, 0.9])
    layer(rows)
    assert layer.mean.tolist() == pytest.approx([0.19 * 3, 0.19 * 5])
    frozen = layer.eval().mean.clone()
    found = layer(rows[:1])
    expected = (1 - 0.57) / math.sqrt(0.81 + 0.19 * 8 / 3 + 1e-5)
    assert found[0, 0].item() == pytest.approx(expected)
    assert torch.equal(layer.mean, frozen)


def test_running_statistics_approach_those_of_the_seen_classes():
    method, (_, _, S) = build().double(), world()
    for _ in range(300):
        training = method.represent(S.double())
    torch.testing.assert_close(method.eval().represent(S.double()), training, rtol=1e-6, atol=1e-9)


def test_standardisation_has_a_gradient_through_its_statistics():
    layer = _ClassStandardization(3).double()
    rows = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, rows)


def test_one_seen_class():
    method, (X, _, S) = build(), world()
    value = method.loss(X, torch.zeros(500, dtype=torch.long), S[:1], torch.Generator())
    assert value.item() == 0


def test_prototypes_start_with_length_one_whatever_the_widths_are():
    for width, hidden in ((300, 50), (50, 300)):
        generator = torch.Generator().manual_seed(0)
        method = ClassNormalization(width, 40, hidden=hidden, scale=5.0, output_relu=False, generator=generator)
        S = torch.randn(100, 40, generator=generator)
        assert method.embedder(S).square().sum(dim=1).mean().item() == pytest.approx(1, abs=0.1)
        weight = method.embedder[6].weight
        assert weight.var().item() * hidden * width == pytest.approx(1, abs=0.05)
        assert not method.embedder[6].bias.any()


@pytest.mark.parametrize("output_relu", [True, False])
def test_logits_are_the_scaled_cosine_and_the_loss_their_cross_entropy(output_relu):
    method, (X, codes, S) = build(scale=2.0, output_relu=output_relu), world()
    logits = method(X, S)
    prototypes = method.embedder(S)
    assert (prototypes.min() >= 0) == output_relu
    torch.testing.assert_close(logits, 4 * torch.cosine_similarity(X[:, None], prototypes, dim=2))
    expected = (torch.logsumexp(logits, dim=1) - logits[torch.arange(500), codes]).mean()
    torch.testing.assert_close(method.loss(X, codes, S, torch.Generator()), expected)


def test_compare_takes_classes_of_any_length():
    method, (X, _, S) = build().eval(), world()
    embedded, represented = method.embed(X), method.represent(S)
    torch.testing.assert_close(method.compare(embedded, 0.3 * represented), method.compare(embedded, represented))


def test_gradients_reach_every_parameter():
    method, (X, codes, S) = build(), world()
    method.loss(X, codes, S, torch.Generator()).backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in method.parameters())
