"""Files that are hard to open: each is opened as it is meant to be seen, or named with the reason."""

import sys

import numpy as np
import pytest
from encoder_images import MeanColour, noise, paint
from PIL import Image

from zsl import ImageEncoder, InvalidInputError, MissingExtraError
from zsl.encoders.images._files import open_image


def colour(path, **parameters):
    """Mean colour of the file, through an encoder."""
    return ImageEncoder(MeanColour(), verbose=False, **parameters).transform([path])[0, :3].round().tolist()


def test_a_truncated_jpeg(tmp_path):
    path = tmp_path / "cut.jpg"
    Image.fromarray(noise(1, 64, 64)[0]).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InvalidInputError, match=r"cut\.jpg can't be opened as an image: image file is truncated"):
        colour(path)


@pytest.mark.parametrize("content", [b"", b"an error page", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_file_that_is_no_image(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"a\.png can't be opened as an image: \w"):
        colour(path)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(InvalidInputError, match=r"absent\.png can't be opened as an image: .*No such file"):
        colour(tmp_path / "absent.png")
    with pytest.raises(InvalidInputError, match=r"can't be opened as an image: .*directory"):
        colour(tmp_path)


def test_one_pixel(tmp_path):
    assert colour(paint(tmp_path / "a.png", (9, 8, 7), size=(1, 1))) == [9, 8, 7]


def test_a_hundred_million_pixels(tmp_path):
    """More than Pillow warns of, less than it refuses; the limit is a parameter, checked before decoding."""
    path = paint(tmp_path / "large.png", 77, "L", (10_000, 10_000), compress_level=1)
    with pytest.raises(
        InvalidInputError, match=r"large\.png .* 10000 × 10000 pixels; max_pixels allows 50,000,000 in all"
    ):
        colour(path, max_pixels=50_000_000)
    with pytest.raises(InvalidInputError, match="max_pixels allows 89,478,485 in all"):
        colour(path)
    assert open_image(path, max_pixels=100_000_000).size == (10_000, 10_000)


def test_pillows_own_limit_holds_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3)
    with pytest.raises(InvalidInputError, match=r"Image size \(48 pixels\) exceeds limit"):
        colour(paint(tmp_path / "a.png"))


def test_images_in_memory_are_measured_too():
    with pytest.raises(InvalidInputError, match=r"X\[1\] .* 20 × 20 pixels; max_pixels allows 399"):
        ImageEncoder(MeanColour(), max_pixels=399, verbose=False).transform(
            [Image.new("RGB", (4, 4)), Image.new("RGB", (20, 20))]
        )


def test_large_jpegs_are_decoded_at_a_fraction(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.repeat(np.repeat(noise(1, 40, 60)[0], 8, axis=0), 8, axis=1)).save(path, quality=95)
    assert open_image(path).size == (480, 320)
    assert open_image(path, side=32).size == (120, 80)
    assert open_image(path, side=100).size == (480, 320)
    whole, fraction = (np.asarray(open_image(path, side=side), dtype=float).mean((0, 1)) for side in (None, 32))
    np.testing.assert_allclose(whole, fraction, atol=1)


def test_cmyk(tmp_path):
    found = colour(paint(tmp_path / "a.jpg", (0, 255, 255, 0), "CMYK"))
    np.testing.assert_allclose(found, [255, 0, 0], atol=3)


def test_an_animation_shows_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (8, 8), value) for value in ((250, 0, 0), (0, 250, 0))]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(colour(tmp_path / "a.gif"), [250, 0, 0], atol=6)


def test_sixteen_bits(tmp_path):
    grey = np.full((4, 4), 100 * 256 + 5, dtype=np.uint16)
    Image.fromarray(grey).save(tmp_path / "a.png")
    assert colour(tmp_path / "a.png") == [100, 100, 100]


@pytest.mark.parametrize(
    ("values", "wanted"), [(np.int32(100), 100), (np.int32(100 * 256 + 5), 100), (np.float32(100), 100)]
)
def test_thirty_two_bits_in_a_range_that_is_known(tmp_path, values, wanted):
    Image.fromarray(np.full((4, 4), values)).save(tmp_path / "a.tif")
    assert colour(tmp_path / "a.tif") == [wanted] * 3


@pytest.mark.parametrize("value", [np.int32(70_000), np.int32(-1), np.float32(0.5), np.float32(300), np.float32("nan")])
def test_thirty_two_bits_in_a_range_that_is_not(tmp_path, value):
    Image.fromarray(np.full((4, 4), value)).save(tmp_path / "a.tif")
    with pytest.raises(InvalidInputError, match=r"a\.tif can't be opened as an image: grey values from .* of 32 bits"):
        colour(tmp_path / "a.tif")


def test_a_palette_with_transparency(tmp_path):
    image = Image.new("P", (4, 4), 100)
    image.putpalette([number for number in range(256) for _ in range(3)])
    image.save(tmp_path / "a.png", transparency=b"\x05" * 256)
    assert colour(tmp_path / "a.png") == [100, 100, 100]


@pytest.mark.parametrize(("mode", "value"), [("1", 1), ("L", 255), ("LA", (255, 9)), ("RGBA", (255, 255, 255, 0))])
def test_other_modes(tmp_path, mode, value):
    assert colour(paint(tmp_path / "a.png", value, mode)) == [255, 255, 255]


def test_exif_rotation():
    model = MeanColour()
    image = Image.new("RGB", (8, 4))
    image.getexif()[0x0112] = 6  # to be turned by 90 degrees
    ImageEncoder(model, verbose=False).transform([image])
    assert model.calls == [[(4, 8)]]
    assert image.size == (8, 4)


def test_without_pillow_it_is_said_what_to_install(tmp_path, monkeypatch):
    path = paint(tmp_path / "a.png")
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"a\.png needs Pillow: pip install 'zslearn\[images\]'"):
        colour(path)
