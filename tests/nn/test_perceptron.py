import torch
from torch.testing import assert_close

from zsl.nn.perceptron import Perceptron


def make(hidden=(5, 3)):
    return Perceptron(4, hidden, torch.Generator().manual_seed(0))


def test_vectors_are_standardised_and_a_constant_becomes_zero():
    X = torch.tensor([[1.0, 2.0, 7.0, 0.0], [3.0, -2.0, 7.0, 4.0]])
    module = make(hidden=())
    module.standardize_by(X)
    assert_close(module(X), torch.tensor([[-1.0, 1.0, 0.0, -1.0], [1.0, -1.0, 0.0, 1.0]]))


def test_layers_follow_each_other():
    module, X = make(), torch.randn(6, 4)
    first, second = module.layers[0], module.layers[2]
    wanted = torch.relu(torch.relu(X @ first.weight.T + first.bias) @ second.weight.T + second.bias)
    assert_close(module(X), wanted)


def test_the_generator_decides_the_weights():
    assert_close(dict(make().named_parameters()), dict(make().named_parameters()), rtol=0, atol=0)
