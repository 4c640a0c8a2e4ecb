"""DEM: the perceptron and the distance against numpy, and learning."""

import numpy as np
import pytest
import torch

from zsl.functional.scores.distances import unit
from zsl.methods.visual_space.dem import DEM
from zsl.training.loop import train


def world():
    """Samples of 25 classes whose means are linear in their semantics; the last 5 classes are unseen."""
    generator = torch.Generator().manual_seed(0)
    S, link = unit(torch.randn(25, 6, generator=generator)), torch.randn(6, 12, generator=generator)
    codes = torch.arange(25).repeat_interleave(20)
    return (S @ link)[codes] + 0.3 * torch.randn(500, 12, generator=generator), codes, S


def build(seed=0, output_relu=False):
    return DEM(12, 6, hidden=20, output_relu=output_relu, generator=torch.Generator().manual_seed(seed))


def test_same_seed_same_weights_and_no_global_random_state():
    before = torch.random.get_rng_state()
    first, second, other = (build(seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["mapper.0.weight"], other["mapper.0.weight"])


def test_learns_classes_it_has_not_seen():
    (X, codes, S), method, draws = world(), build(), torch.Generator().manual_seed(2)
    before = method.loss(X[:400], codes[:400], S[:20], draws).item()

    def loss():
        batch = torch.randint(0, 400, (64,), generator=draws)
        return method.loss(X[batch], codes[batch], S[:20], draws)

    train(method, loss, n_steps=300, learning_rate=0.01)
    assert method.loss(X[:400], codes[:400], S[:20], draws) < 0.3 * before
    assert (method(X[400:], S[20:]).argmax(dim=1) + 20 == codes[400:]).double().mean() > 0.8


@pytest.mark.parametrize("output_relu", [True, False])
def test_forward_and_loss_in_numpy(output_relu):
    method, (X, codes, S) = build(output_relu=output_relu).double(), world()
    weights = [method.mapper[place].weight.detach().numpy() for place in (0, 2)]
    biases = [method.mapper[place].bias.detach().numpy() for place in (0, 2)]
    hidden = np.maximum(S.numpy() @ weights[0].T + biases[0], 0)
    placed = hidden @ weights[1].T + biases[1]
    if output_relu:
        placed = np.maximum(placed, 0)
    samples = X.double().numpy()
    distances = ((samples[:, None] - placed) ** 2).sum(axis=2)
    scores = method(X.double(), S.double()).detach().numpy()
    np.testing.assert_allclose(scores, -distances, rtol=1e-10)
    loss = method.loss(X.double(), codes, S.double(), torch.Generator()).item()
    assert loss == pytest.approx(distances[np.arange(500), codes.numpy()].mean())


def test_output_relu_keeps_classes_above_zero():
    _, _, S = world()
    assert build(output_relu=True).represent(S).min() == 0
    assert build(output_relu=False).represent(S).min() < 0


def test_scores_where_image_and_class_coincide():
    method, (X, _, _) = build().double(), world()
    scores = method.compare(X.double(), X.double())
    torch.testing.assert_close(scores.diagonal(), torch.zeros(500, dtype=torch.float64), atol=1e-12, rtol=0)


def test_gradients_reach_every_parameter():
    method, (X, codes, S) = build(), world()
    method.loss(X, codes, S, torch.Generator()).backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in method.parameters())
