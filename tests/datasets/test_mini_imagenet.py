"""miniImageNet: tables of file names and labels, on generated images."""

import re
import sys

import numpy as np
import pytest

from zsl.datasets import load_mini_imagenet
from zsl.exceptions import InvalidInputError, MissingExtraError

Image = pytest.importorskip("PIL.Image")
TABLES = {"train": ["n02", "n01", "n02"], "val": ["n05"], "test": ["n03", "n03"]}


@pytest.fixture
def root(tmp_path):
    """Image number i over all tables is red by 10 i, green in its left half, 12 wide and 8 high."""
    (tmp_path / "images").mkdir()
    number = 0
    for part, labels in TABLES.items():
        lines = ["filename,label"]
        for label in labels:
            pixels = np.zeros((8, 12, 3), dtype=np.uint8)
            pixels[..., 0] = 10 * number
            pixels[:, :6, 1] = 200
            Image.fromarray(pixels).save(tmp_path / "images" / f"{label}{number:08d}.png")
            lines.append(f"{label}{number:08d}.png,{label}")
            number += 1
        (tmp_path / f"{part}.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_every_image_is_where_it_belongs(root):
    split = load_mini_imagenet(root, size=4, verbose=False)
    assert split.names == ("n01", "n02", "n03", "n05")
    assert [split.part(part)[1].tolist() for part in TABLES] == [[1, 0, 1], [3], [2, 2]]
    assert split.X_train.shape == (3, 3, 4, 4)
    assert [split.part(part)[0][:, 0, 1, 2].tolist() for part in TABLES] == [[0, 10, 20], [30], [40, 50]]
    np.testing.assert_array_equal(split.X_train[0, 1, :, 0], 200)
    np.testing.assert_array_equal(split.X_train[0, 1, :, 3], 0)
    assert split.groups is None


def test_the_usual_size_is_84(root):
    assert load_mini_imagenet(root, verbose=False).X_val.shape == (1, 3, 84, 84)


def test_images_of_the_right_size_are_not_touched(root):
    pixels = np.random.default_rng(0).integers(0, 256, size=(5, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(root / "images/n0500000003.png")
    split = load_mini_imagenet(root, size=5, verbose=False)
    np.testing.assert_array_equal(split.X_val[0].transpose(1, 2, 0), pixels)


def test_smaller_images_are_averages(root):
    pixels = np.zeros((40, 40), dtype=np.uint8)
    pixels[::2, ::2] = 200
    Image.fromarray(pixels).save(root / "images/n0500000003.png")
    X = load_mini_imagenet(root, size=4, verbose=False).X_val[0]
    assert np.abs(X[:, 1:3, 1:3].astype(float) - 50).max() < 5


def test_tables_may_lie_elsewhere(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("splits")
    for part in TABLES:
        (root / f"{part}.csv").rename(elsewhere / f"{part}.csv")
    assert len(load_mini_imagenet(root, splits=elsewhere, size=4, verbose=False).X_train) == 3
    with pytest.raises(InvalidInputError, match=r"train\.csv is not a file"):
        load_mini_imagenet(root)


def test_missing_images_are_counted(root):
    for name in ("n0500000003.png", "n0300000004.png"):
        (root / "images" / name).unlink()
    with pytest.raises(InvalidInputError, match=r"2 of 6 images are missing, the first .*n0500000003\.png"):
        load_mini_imagenet(root)


def test_an_image_that_cannot_be_opened(root):
    (root / "images/n0300000004.png").write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match=r"n0300000004\.png can't be read as an image"):
        load_mini_imagenet(root, verbose=False)


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ("val", "filename,label\nn0200000000.png,n02\n", "train.csv and val.csv share the classes ['n02']"),
        ("test", "filename,label\nn0500000003.png,n05\n", "val.csv and test.csv share the classes ['n05']"),
        ("test", "filename,class\nn0500000003.png,n05\n", "test.csv has no column label"),
        ("test", "filename,label\n", "test.csv lists no images"),
    ],
)
def test_wrong_tables(root, part, text, message):
    (root / f"{part}.csv").write_text(text)
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        load_mini_imagenet(root)


@pytest.mark.parametrize("size", [0, 84.0, True])
def test_wrong_sizes(root, size):
    with pytest.raises(InvalidInputError, match=f"size={size}; wanted a whole number"):
        load_mini_imagenet(root, size=size)


def test_progress_is_shown_on_a_terminal_if_wanted(root, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    load_mini_imagenet(root, size=4)
    assert "images" in capsys.readouterr().err
    load_mini_imagenet(root, size=4, verbose=False)
    assert capsys.readouterr().err == ""


def test_without_pillow(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"needs Pillow: pip install 'zslearn\[images\]'"):
        load_mini_imagenet(root, verbose=False)
