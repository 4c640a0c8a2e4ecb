import math

import torch
from torch import nn
from torch.testing import assert_close

from zsl.methods.learners.maml import MAML
from zsl.methods.learners.meta_lstm import MetaLSTM

LABEL = torch.tensor([[0, 1, 2, 2, 0, 1], [1, 1, 0, 2, 2, 2]])


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def body():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def make(n_steps=3, rate=0.1):
    generator = torch.Generator().manual_seed(0)
    given = {"n_features": 3, "input_shape": (4,), "n_steps": n_steps, "n_hidden": 5, "rate": rate}
    return MetaLSTM(body(), generator=generator, **given).double()


def test_fixed_gates_train_as_gradient_descent_does():
    method = make(rate=0.3)
    with torch.no_grad():
        method.optimizer.learn.weight.zero_()
        method.optimizer.keep.weight.zero_()
        method.optimizer.keep.bias.fill_(math.inf)
    options = {"n_steps": 3, "n_test_steps": 3, "rate": 0.3, "learn_rates": False, "vectorized": False}
    plain = MAML(body(), n_features=3, input_shape=(4,), algorithm="maml", **options).double()
    support, query = draw(2, 6, 4), draw(2, 5, 4, seed=2)
    assert_close(method.scores(support, LABEL, query, 3), plain.scores(support, LABEL, query, 3), rtol=1e-6, atol=1e-7)


def test_the_gradients_that_it_sees_are_constants():
    """The derivative by the start is then that of the recurrence alone: here, of the gates that keep."""
    method = make(n_steps=2)
    with torch.no_grad():
        method.optimizer.learn.weight.zero_()
        method.optimizer.keep.weight.zero_()
        method.optimizer.keep.bias.fill_(0.0)
    start = method._start(draw(1, 1), 3)
    found = method.adapted(start, lambda own: sum(value.square().sum() for value in own.values()), 3)
    (gradient,) = torch.autograd.grad(found["0.weight"].sum(), method.backbone[0].weight)
    assert_close(gradient, torch.full((6, 4), 0.25).double())


def test_the_lstm_and_the_start_are_learned():
    method = make()
    support = draw(2, 6, 4)
    query, query_label = support + 0.1 * draw(2, 6, 4, seed=2), LABEL
    adam = torch.optim.Adam(method.parameters(), lr=0.03)
    losses = []
    for _ in range(30):
        adam.zero_grad()
        loss = method.loss(support, LABEL, query, query_label, 3)
        loss.backward()
        assert all(parameter.grad.abs().max() > 0 for parameter in method.parameters())
        adam.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
