"""What counts as images, how they are brought to numbers, and which backbones take them."""

import numpy as np
import pytest
import torch
from few_shot_images import SMALL, draw_images, tiny
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from zsl import InvalidInputError, PrototypicalClassifier
from zsl.estimators.few_shot._images import build_backbone, channel_moments, check_images, images_like


@pytest.mark.parametrize(
    ("given", "kind"),
    [("uint8", "uint8"), ("int64", "uint8"), ("int8", "uint8"), ("float16", "float32"), ("float64", "float32")],
)
def test_kinds_of_numbers(given, kind):
    array = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5).astype(given)
    checked = check_images(array)
    assert checked.dtype == kind
    assert_array_equal(checked, array)
    if given == kind:
        assert np.shares_memory(checked, array)


def test_grey_images_get_a_channel():
    grey = np.arange(2 * 4 * 5).reshape(2, 4, 5)
    assert_array_equal(check_images(grey.tolist()), grey[:, None])
    assert_array_equal(images_like(grey, (1, 4, 5)), grey[:, None])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 5)), r"photos has shape \(4, 5\); the backbone takes"),
        (np.zeros((0, 1, 4, 5)), r"photos has shape \(0, 1, 4, 5\)"),
        (np.zeros((2, 1, 0, 5)), r"photos has shape \(2, 1, 0, 5\)"),
        (np.zeros((2, 1, 1, 4, 5)), "photos has shape"),
        (np.zeros((2, 4, 5), dtype=bool), "photos holds bool"),
        (np.zeros((2, 4, 5), dtype=object), "photos holds object"),
        (np.zeros((2, 4, 5), dtype=complex), "photos holds complex128"),
        (np.full((2, 4, 5), "a"), "photos holds <U1"),
        (np.full((2, 4, 5), -1), "photos holds -1 to -1; whole numbers go from 0 to 255"),
        (np.full((2, 4, 5), 256), "photos holds 256 to 256"),
        (np.full((2, 4, 5), np.nan), "photos holds NaN or infinity"),
        (np.full((2, 4, 5), 1e300), "photos holds NaN or infinity"),
        ([np.zeros((4, 5)), np.zeros((5, 4))], "photos is not an array of images of one shape"),
    ],
)
def test_what_is_no_image(array, message):
    with pytest.raises(InvalidInputError, match=message):
        check_images(array, "photos")


def test_images_of_another_shape():
    with pytest.raises(InvalidInputError, match=r"photos has images of shape \(3, 4, 5\); fitted on \(1, 4, 5\)"):
        images_like(np.zeros((2, 3, 4, 5)), (1, 4, 5), "photos")


def test_moments_of_channels():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(6, 2, 4, 5), dtype=np.uint8)
    for given in (images, (images / 255).astype(np.float32)):
        mean, deviation = channel_moments(given)
        assert_allclose(mean, images.mean((0, 2, 3)) / 255, rtol=1e-6)
        assert_allclose(deviation, images.std((0, 2, 3)) / 255, rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e6])
def test_a_constant_channel_is_not_blown_up(value):
    images = np.full((7, 1, 3, 11), value, dtype=np.float32)
    mean, deviation = channel_moments(images)
    assert mean.item() == pytest.approx(value)
    assert deviation.item() == 1
    assert channel_moments(images + np.arange(7, dtype=np.float32)[:, None, None, None])[1].item() == pytest.approx(2)


@pytest.mark.parametrize(
    ("backbone", "maps", "smallest"), [("conv4", False, 16), ("conv4", True, 10), ("resnet12", False, 16)]
)
def test_images_have_to_be_large_enough(backbone, maps, smallest):
    generator = torch.Generator().manual_seed(0)
    found = build_backbone(backbone, (1, smallest, smallest + 1), None, maps=maps, generator=generator)
    images = torch.rand(2, 1, smallest, smallest + 1, generator=generator)
    found.module.eval()
    assert found.module(images).shape == (2, found.n_features)
    assert np.prod(found.map_shape) == found.n_features
    with pytest.raises(InvalidInputError, match=f"X has images of 20 × {smallest - 1} pixels; .* needs {smallest}"):
        build_backbone(backbone, (1, 20, smallest - 1), None, maps=maps, generator=generator)


def test_the_same_numbers_as_bytes_and_as_shares():
    X, y = draw_images(6, 6)
    X = np.clip(127 + 40 * X, 0, 255).astype(np.uint8)
    for backbone in (tiny(), "conv4"):
        large = X if backbone != "conv4" else X.repeat(2, 2).repeat(2, 3)
        fitted = PrototypicalClassifier(backbone=backbone, **SMALL).fit(large, y)
        scores = fitted.class_scores(large)
        assert_array_equal(fitted.class_scores(large.astype(np.int64)), scores)
        assert_allclose(fitted.class_scores(large / 255), scores, rtol=1e-3, atol=1e-4 * np.abs(scores).max())


def test_units_make_no_difference_to_a_backbone_by_name():
    X, y = draw_images(6, 6)
    X = X.repeat(2, 2).repeat(2, 3)
    one, other = (PrototypicalClassifier(backbone="conv4", **SMALL | {"n_episodes": 1}) for _ in range(2))
    scores = one.fit(X, y).class_scores(X)
    assert_allclose(other.fit(8 * X + 2, y).class_scores(8 * X + 2), scores, atol=1e-2 * np.abs(scores).max())


def test_predicted_images_may_have_no_spread():
    X, y = draw_images(6, 6)
    X = X.repeat(2, 2).repeat(2, 3)
    X[:, 1] = 0.1
    fitted = PrototypicalClassifier(backbone="conv4", **SMALL).fit(X, y)
    moved = X.copy()
    moved[:, 1] += 1e-6
    scores = fitted.class_scores(X)
    assert_allclose(fitted.class_scores(moved), scores, atol=1e-3 * np.abs(scores).max())


class Pair(nn.Module):
    """Gives no tensor."""

    def forward(self, X):
        return X, X


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("conv5", "backbone='conv5'; wanted 'conv4', 'conv4_strided', 'resnet12', an nn.Module or None"),
        (3, "backbone=3; wanted"),
        (nn.Linear(5, 2), r"backbone fails on an image of shape \(2, 8, 8\): mat1 and mat2"),
        (Pair(), "backbone gives tuple for one image"),
        (nn.Flatten(0), r"backbone gives \(128,\) for one image; wanted a tensor with one row per image"),
        (nn.Sequential(nn.Flatten(0), nn.Unflatten(0, (2, 64))), r"backbone gives \(2, 64\) for one image"),
    ],
)
def test_backbones_that_cannot_be_used(backbone, message):
    X, y = draw_images(4, 4)
    with pytest.raises(InvalidInputError, match=message):
        PrototypicalClassifier(backbone=backbone, **SMALL).fit(X, y)


def test_a_backbone_of_ones_own_stays_as_it_is():
    X, y = draw_images(6, 6)
    backbone = tiny()
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    fitted = PrototypicalClassifier(backbone=backbone, **SMALL).fit(X, y)
    assert all(torch.equal(value, before[key]) for key, value in backbone.state_dict().items())
    assert backbone.training
    assert all(parameter.requires_grad for parameter in backbone.parameters())
    moved = fitted.method_.state_dict()["backbone.own.0.weight"]
    assert not torch.equal(moved, before["0.weight"])


def test_a_frozen_backbone_stays_frozen():
    X, y = draw_images(6, 6)
    backbone = tiny().requires_grad_(False)
    fitted = PrototypicalClassifier(backbone=backbone, **SMALL).fit(X, y)
    assert torch.equal(fitted.method_.state_dict()["backbone.own.0.weight"], backbone[0].weight)
    with torch.no_grad():
        wanted = backbone.eval()(torch.from_numpy(X[:5]))
    assert_allclose(fitted.embed(X[:5]), wanted, rtol=1e-5)


def test_read_only_images():
    X, y = draw_images(4, 6)
    X.flags.writeable = False
    fitted = PrototypicalClassifier(backbone=tiny(), **SMALL).fit(X, y)
    assert len(fitted.predict(X)) == 24
