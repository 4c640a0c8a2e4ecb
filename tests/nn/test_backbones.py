"""Backbones: shapes of the papers, the order of pooling and ReLU, initial weights."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from zsl.nn.backbones import Conv4, Normalize, ResNet12
from zsl.nn.layers import convolution


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def images(*shape, seed=1):
    return torch.rand(*shape, generator=seeded(seed))


@pytest.mark.parametrize(
    ("shape", "maps", "expected"),
    [
        ((1, 28, 28), False, (64, 1, 1)),
        ((1, 28, 28), True, (64, 5, 5)),
        ((3, 84, 84), False, (64, 5, 5)),
        ((3, 84, 84), True, (64, 19, 19)),
        ((3, 32, 32), False, (64, 2, 2)),
        ((3, 32, 40), True, (64, 6, 8)),
    ],
)
def test_shapes_of_conv4(shape, maps, expected):
    net = Conv4(shape, maps=maps, generator=seeded())
    assert net.map_shape == expected
    assert net(images(2, *shape)).shape == (2, math.prod(expected))
    assert net.blocks(images(2, *shape)).shape == (2, *expected)


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize(("side", "left"), [(28, 2), (33, 3), (1, 1)])
def test_strides_halve_each_side_four_times(side, left, maps):
    net = Conv4((1, side, 28), maps=maps, strided=True, generator=seeded()).eval()
    assert net.map_shape == (64, left, 2)
    X = expected = images(3, 1, side, 28)
    for block in net.blocks:
        weight = block.convolution.weight
        expected = torch.relu(block.norm(nn.functional.conv2d(expected, weight, padding=1)[:, :, ::2, ::2]))
    torch.testing.assert_close(net(X), expected.flatten(1))


def test_width_of_conv4():
    net = Conv4((1, 28, 28), width=8, generator=seeded())
    assert net.map_shape == (8, 1, 1)
    assert net(images(2, 1, 28, 28)).shape == (2, 8)


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_conv4_is_convolution_norm_relu_pooling(maps, training):
    net = Conv4((3, 20, 24), width=6, maps=maps, generator=seeded()).double()
    generator = seeded(2)
    with torch.no_grad():
        for block in net.blocks:  # a negative scale turns the order of numbers round
            block.norm.weight.normal_(generator=generator)
            block.norm.bias.normal_(generator=generator)
            block.norm.running_mean.normal_(generator=generator)
            block.norm.running_var.uniform_(0.5, 2, generator=generator)
    net.train(training)
    X = images(5, 3, 20, 24).double()
    expected = X
    for place, block in enumerate(net.blocks):
        padding = 0 if maps and place < 2 else 1
        made = nn.functional.conv2d(expected, block.convolution.weight, padding=padding)
        norm = block.norm
        mean, variance = (
            (made.mean((0, 2, 3)), made.var((0, 2, 3), unbiased=False))
            if training
            else (norm.running_mean, norm.running_var)
        )
        made = (made - mean[:, None, None]) / (variance + norm.eps).sqrt()[:, None, None]
        made = torch.relu(made * norm.weight[:, None, None] + norm.bias[:, None, None])
        expected = made if maps and place >= 2 else nn.functional.max_pool2d(made, 2)
    found = net(X)
    torch.testing.assert_close(found, expected.flatten(1))
    assert found.std() > 0.01


def test_resnet12_gives_640_numbers():
    X = images(2, 3, 32, 48)
    averaged, maps = (ResNet12((3, 32, 48), maps=maps, generator=seeded()).eval() for maps in (False, True))
    assert averaged.map_shape == (640, 1, 1)
    assert maps.map_shape == (640, 2, 3)
    with torch.no_grad():
        vectors, flat = averaged(X), maps(X)
    assert vectors.shape == (2, 640)
    torch.testing.assert_close(flat.view(2, 640, 6).mean(2), vectors)


def test_resnet12_has_the_weights_of_the_paper():
    net = ResNet12((3, 84, 84), generator=seeded())
    widths = [3, 64, 160, 320, 640]
    expected = 0
    for n_in, n_out in pairwise(widths):
        expected += 9 * n_in * n_out + 2 * 9 * n_out**2 + n_in * n_out  # three convolutions and the shortcut
        expected += 4 * 2 * n_out  # their normalisations
    assert sum(p.numel() for p in net.parameters()) == expected


def test_resnet12_block_by_hand():
    net = ResNet12((3, 16, 16), generator=seeded()).double().eval()
    block = net.blocks[0]
    X = images(2, 3, 16, 16).double()
    scale = (1 + block.shortcut[1].eps) ** -0.5  # what a fresh normalisation multiplies by
    made = X
    for place in (0, 2, 3):
        layer = block.path[{0: 0, 2: 3, 3: 6}[place]]
        made = scale * nn.functional.conv2d(made, layer.weight, padding=1)
        made = made if place == 3 else torch.where(made > 0, made, 0.1 * made)
    made = made + scale * nn.functional.conv2d(X, block.shortcut[0].weight)
    made = nn.functional.max_pool2d(torch.where(made > 0, made, 0.1 * made), 2)
    torch.testing.assert_close(block(X), made)


@pytest.mark.parametrize("build", [Conv4, ResNet12])
def test_gradients_reach_every_parameter(build):
    net = build((1, 16, 16), generator=seeded())
    X = images(8, 1, 16, 16)
    found = net(X)
    (found * torch.randn(found.shape, generator=seeded(3))).sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("build", [Conv4, ResNet12])
def test_the_generator_alone_decides(build):
    before = torch.random.get_rng_state()
    first, second, other = (build((1, 16, 16), generator=seeded(seed)).state_dict() for seed in (5, 5, 6))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_initial_weights_of_a_convolution():
    layer = convolution(40, 50, seeded(), size=5, padding=2, bias=True)
    assert layer.weight.shape == (50, 40, 5, 5)
    assert abs(layer.weight.mean().item()) < 1e-3
    assert layer.weight.std().item() == pytest.approx((2 / (50 * 25)) ** 0.5, rel=0.02)
    assert (layer.bias == 0).all()
    assert layer(images(1, 40, 6, 6)).shape == (1, 50, 6, 6)
    assert convolution(2, 3, seeded()).bias is None


def test_normalize_bytes_and_real_numbers():
    mean, deviation = torch.tensor([0.2, 0.5, 0.1]), torch.tensor([0.1, 0.3, 2.0])
    layer = Normalize(mean, deviation)
    pixels = torch.randint(0, 256, (4, 3, 5, 6), generator=seeded())
    expected = (pixels.numpy() / 255 - mean.numpy()[:, None, None]) / deviation.numpy()[:, None, None]
    for given in (pixels.to(torch.uint8), pixels, pixels.float() / 255):
        found = layer(given)
        assert found.dtype == torch.float32
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-4, atol=1e-5)
    assert not list(layer.parameters())
    assert set(layer.state_dict()) == {"mean", "deviation"}
