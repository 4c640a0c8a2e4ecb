"""CIFAR-FS and FC100: the authors' binary files, pictures of all images of a class, and which class is where."""

import csv
import re
import shutil
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import zsl.datasets.few_shot._cifar_files as cifar_files
from zsl.datasets import load_cifar_fs, load_fc100
from zsl.datasets.few_shot._cifar_files import classes
from zsl.exceptions import InvalidInputError, MissingExtraError

Image = pytest.importorskip("PIL.Image")
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "cifar100"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real images are not beside the checkout")
COUNTS = {"train.bin": 2, "test.bin": 1}


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    """Three images of each class pass for all of them."""
    monkeypatch.setattr(cifar_files, "COUNTS", COUNTS)
    monkeypatch.setattr(cifar_files, "_ROWS", 1)
    monkeypatch.setattr(cifar_files, "_COLUMNS", 3)


def all_images(seed=0):
    return np.random.default_rng(seed).integers(0, 256, size=(100, 3, 3, 32, 32), dtype=np.uint8)


def write_binary(root, images):
    """The authors' files: in the order of images, then of classes backwards, so that classes are mixed."""
    folder = root / "cifar-100-binary"
    folder.mkdir()
    start = 0
    for name, count in COUNTS.items():
        records = []
        for image in range(start, start + count):
            for number in reversed(range(100)):
                head = bytes([classes()[number].superclass, number])
                records.append(head + images[number, image].tobytes())
        (folder / name).write_bytes(b"".join(records))
        start += count
    return root


def write_pictures(root, images):
    (root / "images").mkdir()
    for number, known in enumerate(classes()):
        picture = images[number].transpose(2, 0, 3, 1).reshape(32, 96, 3)
        Image.fromarray(picture).save(root / "images" / f"{known.name}.webp", lossless=True, method=0)
    return root


def packed(root):
    with tarfile.open(root / "cifar-100-binary.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(root / "cifar-100-binary", "cifar-100-binary")
    shutil.rmtree(root / "cifar-100-binary")
    return root


@pytest.mark.parametrize("load", [load_cifar_fs, load_fc100])
@pytest.mark.parametrize("write", [write_binary, write_pictures, lambda *given: packed(write_binary(*given))])
def test_every_image_is_where_it_belongs(tmp_path, load, write):
    images = all_images()
    split = load(write(tmp_path, images))
    assert split.names == tuple(known.name for known in classes())
    assert split.groups.tolist() == [known.superclass for known in classes()]
    seen = []
    for part, count in zip(
        ("train", "val", "test"), (64, 16, 20) if load is load_cifar_fs else (60, 20, 20), strict=True
    ):
        X, y = split.part(part)
        assert len(y) == 3 * count
        np.testing.assert_array_equal(X.reshape(count, 3, 3, 32, 32), images[y[::3]])
        np.testing.assert_array_equal(y, np.repeat(y[::3], 3))
        seen += y[::3].tolist()
    assert sorted(seen) == list(range(100))


def spoil(root, name, change):
    file = root / "cifar-100-binary" / name
    data = np.frombuffer(file.read_bytes(), dtype=np.uint8).reshape(-1, 3074).copy()
    file.write_bytes(change(data).tobytes())


def swap(column, value):
    def change(data):
        data[0, column] = value
        return data

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "test.bin has 304326 bytes; wanted 307400"),
        (swap(1, 3), "test.bin doesn't hold 1 images of each of 100 classes"),
        (swap(0, 3), "test.bin assigns classes to other superclasses than CIFAR-100"),
    ],
)
def test_binary_files_of_another_content(tmp_path, change, message):
    write_binary(tmp_path, all_images())
    spoil(tmp_path, "test.bin", change)
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        load_fc100(tmp_path)


def test_files_that_are_missing_or_cannot_be_read(tmp_path):
    with pytest.raises(InvalidInputError, match=r"nor images; the Python version of CIFAR-100 isn't read"):
        load_fc100(tmp_path)
    write_binary(tmp_path, all_images())
    (tmp_path / "cifar-100-binary/test.bin").unlink()
    with pytest.raises(InvalidInputError, match=r"test\.bin can't be read"):
        load_fc100(tmp_path)
    packed(tmp_path)
    with pytest.raises(InvalidInputError, match=r"test\.bin can't be read"):
        load_fc100(tmp_path)
    (tmp_path / "cifar-100-binary.tar.gz").write_bytes(b"no archive")
    with pytest.raises(InvalidInputError, match=r"train\.bin can't be read"):
        load_fc100(tmp_path)


def test_a_folder_in_place_of_a_file_in_the_archive(tmp_path):
    (tmp_path / "cifar-100-binary/train.bin").mkdir(parents=True)
    with pytest.raises(InvalidInputError, match=r"train\.bin can't be read: .*is no file"):
        load_fc100(packed(tmp_path))


def test_pictures_that_are_missing_or_wrong(tmp_path):
    write_pictures(tmp_path, all_images())
    (tmp_path / "images/bear.webp").write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match=r"bear\.webp can't be read as an image"):
        load_cifar_fs(tmp_path)
    Image.new("RGB", (32, 32)).save(tmp_path / "images/bear.webp")
    with pytest.raises(InvalidInputError, match=r"bear\.webp has the shape \(32, 32, 3\)"):
        load_cifar_fs(tmp_path)
    (tmp_path / "images/bear.webp").unlink()
    (tmp_path / "images/apple.webp").unlink()
    with pytest.raises(InvalidInputError, match=r"lacks the sheets of 2 classes, the first apple\.webp"):
        load_cifar_fs(tmp_path)


def test_the_archive_is_fetched_and_compared(tmp_path, monkeypatch):
    archive = packed(write_binary(tmp_path, all_images())) / "cifar-100-binary.tar.gz"
    asked = []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash))
        return str(archive)

    monkeypatch.setitem(sys.modules, "pooch", SimpleNamespace(os_cache=lambda name: "cache", retrieve=retrieve))
    assert len(load_cifar_fs().X_train) == 192
    assert asked == [
        (
            "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            "sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        )
    ]
    with pytest.raises(InvalidInputError, match="root=None and download=False"):
        load_cifar_fs(download=False)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match="needs pooch"):
        load_cifar_fs()


# ---------------------------------------------------------------- the published splits


def test_published_counts():
    known = classes()
    assert len(known) == 100
    assert [sum(one.cifar_fs == part for one in known) for part in ("train", "val", "test")] == [64, 16, 20]
    assert [sum(one.fc100 == part for one in known) for part in ("train", "val", "test")] == [60, 20, 20]
    assert np.bincount([one.superclass for one in known]).tolist() == [5] * 20


def test_no_superclass_is_in_two_parts_of_fc100():
    parts = {}
    for one in classes():
        parts.setdefault(one.superclass, set()).add(one.fc100)
    assert all(len(found) == 1 for found in parts.values())


@needs_shared
def test_the_classes_are_those_recorded_with_the_images():
    with (SHARED / "classes.csv").open(encoding="utf-8") as file:
        recorded = {row["class"]: (row["cifar_fs"], row["fc100"]) for row in csv.DictReader(file)}
    assert {one.name: (one.cifar_fs, one.fc100) for one in classes()} == recorded
    with np.load(SHARED / "features_lite0_160px.npz") as features:
        assert features["names"].tolist() == [one.name for one in classes()]
        assert features["coarse_of_fine"].tolist() == [one.superclass for one in classes()]


@needs_shared
def test_a_real_picture(monkeypatch):
    monkeypatch.setattr(cifar_files, "_ROWS", 20)
    monkeypatch.setattr(cifar_files, "_COLUMNS", 30)
    known = {one.name: one for one in classes()}
    monkeypatch.setattr(cifar_files, "classes", lambda: (known["whale"],))
    (images,) = cifar_files.read_sheets(SHARED / "images")
    picture = np.asarray(Image.open(SHARED / "images/whale.webp"))
    assert images.shape == (600, 3, 32, 32)
    np.testing.assert_array_equal(images[0].transpose(1, 2, 0), picture[:32, :32])
    np.testing.assert_array_equal(images[31].transpose(1, 2, 0), picture[32:64, 32:64])
    # Neighbouring pixels of a photograph are alike, which they wouldn't be if the cells were cut wrongly.
    steps = np.abs(np.diff(images.astype(int), axis=3)).mean()
    assert steps < 0.5 * np.abs(images.astype(int) - images[::-1]).mean()
