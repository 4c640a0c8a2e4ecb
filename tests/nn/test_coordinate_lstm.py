import math

import torch
from torch import nn
from torch.testing import assert_close

from zsl.nn.coordinate_lstm import CoordinateLSTM, CoordinateState, _logarithmic


def make(rate=0.1):
    return CoordinateLSTM(3, rate=rate, generator=torch.Generator().manual_seed(0)).double()


def run(module, theta, gradients):
    state = module.initial(theta)
    for gradient in gradients:
        theta, state = module(theta, gradient, torch.tensor(0.7, dtype=torch.float64), state)
    return theta, state


def test_fixed_gates_are_gradient_descent_with_that_rate():
    module = make(rate=0.05)
    with torch.no_grad():
        module.learn.weight.zero_()
        module.keep.weight.zero_()
        module.keep.bias.fill_(math.inf)
    theta, gradients = torch.randn(6, dtype=torch.float64), torch.randn(4, 6, dtype=torch.float64)
    assert_close(run(module, theta, gradients)[0], theta - 0.05 * gradients.sum(0))


def test_the_first_layer_is_an_lstm_cell():
    module = make()
    cell = nn.LSTMCell(4, 3).double()
    places = torch.cat([torch.arange(0, 6), torch.arange(9, 12), torch.arange(6, 9)])  # the library's order of gates
    with torch.no_grad():
        cell.weight_ih.copy_(module.seen.weight[places])
        cell.weight_hh.copy_(module.remembered.weight[places])
        cell.bias_ih.copy_(module.seen.bias[places])
        cell.bias_hh.zero_()
    theta, gradient, loss = torch.randn(5).double(), torch.randn(5).double(), torch.tensor(0.3).double()
    hidden, memory, gate = torch.randn(5, 3).double(), torch.randn(5, 3).double(), torch.rand(5, 1).double()
    _, state = module(theta, gradient, loss, CoordinateState(hidden, memory, gate, gate))
    seen = torch.cat([_logarithmic(gradient), _logarithmic(loss).expand(5, 2)], dim=1)
    assert_close((state.hidden, state.cell), cell(seen, (hidden, memory)))


def test_gates_see_output_parameter_and_the_gate_before():
    module = make()
    theta, gradient, loss = torch.randn(5).double(), torch.randn(5).double(), torch.tensor(0.3).double()
    learn, keep = torch.rand(2, 5, 1).double()
    before = CoordinateState(torch.zeros(5, 3).double(), torch.zeros(5, 3).double(), learn, keep)
    moved, state = module(theta, gradient, loss, before)
    for place in range(5):
        inputs = [*state.hidden[place], theta[place]]
        i = module.learn(torch.stack([*inputs, learn[place, 0]])).sigmoid()
        f = module.keep(torch.stack([*inputs, keep[place, 0]])).sigmoid()
        assert_close(moved[place], (f * theta[place] - i * gradient[place])[0])


def test_coordinates_share_their_weights():
    module, order = make(), torch.tensor([3, 0, 2, 1])
    theta, gradients = torch.randn(4).double(), torch.randn(3, 4).double()
    assert_close(run(module, theta[order], gradients[:, order])[0], run(module, theta, gradients)[0][order])


def test_numbers_of_any_size_become_two_near_one():
    x = torch.tensor([math.e, -1.0, math.exp(-10), -math.exp(-11), 0.0], dtype=torch.float64)
    wanted = torch.tensor([[0.1, 1], [0, -1], [-1, 1], [-1, -math.exp(-1)], [-1, 0]], dtype=torch.float64)
    assert_close(_logarithmic(x), wanted)
    assert_close(_logarithmic(torch.tensor([1e-40, 1e30]))[:, 0], torch.tensor([-1.0, 3 * math.log(10)]))
