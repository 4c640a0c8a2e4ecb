"""Small random changes of images: nothing by nothing, each kind alone, what stays."""

import math

import pytest
import torch

from zsl.training.augment import random_affine

NOTHING = {"degrees": 0.0, "shift": 0.0, "zoom": 0.0}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def images(*shape, seed=1):
    return torch.rand(*shape, generator=seeded(seed))


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 9, 14)])
def test_no_change_gives_the_same_images(shape):
    X = images(*shape)
    torch.testing.assert_close(random_affine(X, seeded(), **NOTHING), X, atol=1e-5, rtol=0)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float32, torch.float64])
def test_shape_unit_and_type(dtype):
    X = (255 * images(4, 3, 12, 10)).to(dtype)
    found = random_affine(X, seeded())
    assert found.shape == X.shape
    assert found.dtype == (dtype if dtype.is_floating_point else torch.float32)
    low, high = (X.double().amin((1, 2, 3)), X.double().amax((1, 2, 3)))
    assert (found.double().amin((1, 2, 3)) >= low - 1e-3).all()
    assert (found.double().amax((1, 2, 3)) <= high + 1e-3).all()
    assert (found - X).abs().amax((1, 2, 3)).min() > 10


def test_a_plain_image_stays_as_the_border_goes_on():
    X = torch.full((5, 1, 8, 8), 0.7)
    torch.testing.assert_close(random_affine(X, seeded(), degrees=40, shift=0.5, zoom=0.5), X)


def test_the_generator_alone_decides():
    X = images(6, 1, 16, 16)
    before = torch.random.get_rng_state()
    first, second, other = (random_affine(X, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_each_image_is_changed_in_its_own_way():
    X = images(1, 1, 16, 16).expand(6, -1, -1, -1)
    found = random_affine(X, seeded()).flatten(1)
    assert torch.cdist(found, found).add(torch.eye(6)).min() > 0.1


def ramps(n, side=40):
    """Images whose two channels are the coordinates of each pixel, from -1 to 1."""
    place = (torch.arange(side) + 0.5) * 2 / side - 1
    x, y = place.expand(side, side), place[:, None].expand(side, side)
    return torch.stack([x, y]).expand(n, -1, -1, -1)


def maps_of(**settings):
    """The affine map of each of 500 images: in its middle, away from the border, from pixel to where it came from."""
    found = random_affine(ramps(500), seeded(), **NOTHING | settings)[:, :, 14:26, 14:26]
    around = ramps(1)[0, :, 14:26, 14:26].flatten(1)
    design = torch.cat([around, torch.ones(1, around.shape[1])]).T.expand(500, -1, -1)
    solved = torch.linalg.lstsq(design, found.flatten(2).mT)
    return solved.solution.mT  # (image, coordinate, [x, y, 1])


def test_shift_is_a_share_of_the_side():
    theta = maps_of(shift=0.1)
    torch.testing.assert_close(theta[:, :, :2], torch.eye(2).expand(500, -1, -1), atol=1e-3, rtol=0)
    moved = theta[:, :, 2] / 2  # the side is 2 long in these coordinates
    assert moved.abs().max() <= 0.1 + 1e-3
    assert moved.amax(0).min() > 0.095
    assert moved.amin(0).max() < -0.095


def test_zoom_of_height_and_width():
    theta = maps_of(zoom=0.2)
    sizes = theta[:, [0, 1], [0, 1]] - 1
    torch.testing.assert_close(theta[:, [0, 1], [1, 0]], torch.zeros(500, 2), atol=1e-3, rtol=0)
    assert sizes.abs().max() <= 0.2 + 1e-3
    assert sizes.amax(0).min() > 0.19
    assert sizes.amin(0).max() < -0.19
    assert abs(torch.corrcoef(sizes.T)[0, 1]) < 0.15


def test_rotation_and_shear_are_within_the_angle():
    theta = maps_of(degrees=20.0)
    first, second = theta[:, :, 0], theta[:, :, 1]
    for axis in (first, second):
        torch.testing.assert_close(axis.norm(dim=1), torch.ones(500), atol=1e-3, rtol=0)
    angle = torch.atan2(first[:, 1], first[:, 0])
    shear = torch.atan2(-second[:, 0], second[:, 1]) - angle
    for found in (angle, shear):
        assert found.abs().max() <= math.radians(20) + 1e-3
        assert found.max() > math.radians(19)
        assert found.min() < -math.radians(19)
    torch.testing.assert_close(theta[:, :, 2], torch.zeros(500, 2), atol=1e-3, rtol=0)
