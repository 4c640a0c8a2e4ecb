"""The one reader of samples: every kind of source, and features that are kept beside the data."""

import os

import numpy as np
import pandas as pd
import pytest

from zsl import ImageEncoder, TextEncoder
from zsl.datasets import read_samples, write_shards
from zsl.datasets.samples import _encoding
from zsl.exceptions import InvalidInputError

Image = pytest.importorskip("PIL.Image")
COLOURS = {"ant": 10, "bee": 120, "cat": 240}


class Colours:
    """Mean of each channel; remembers how many images it was shown."""

    def __init__(self):
        self.shown = 0

    def encode(self, images):
        self.shown += len(images)
        return np.stack([np.asarray(image, dtype=float).mean(axis=(0, 1)) for image in images])


class Letters:
    def encode(self, texts):
        return [[len(text), *(text.count(letter) for letter in "abc")] for text in texts]


@pytest.fixture
def named(monkeypatch):
    """An encoder known by a name, so that its features are kept; and what it was shown."""
    model = Colours()
    monkeypatch.setattr("zsl.encoders.images.image.find_model", lambda *_: _Model(model))
    return model


class _Model:
    side = most_ratio = None

    def __init__(self, model):
        self.run = model.encode


def paint(path, value, size=(4, 2)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, value).save(path)
    return path


@pytest.fixture
def root(tmp_path):
    """Three images of each of three classes; the red channel is the class, the green one the number."""
    for name, red in COLOURS.items():
        for number in range(3):
            paint(tmp_path / "pictures" / name / f"{number}.png", (red, number, 0))
    return tmp_path / "pictures"


def read(path, *labels, encoder=None, **options):
    return read_samples(path, *labels, encoder=encoder, verbose=False, **options)


def test_class_folders(root):
    (root / "dog").mkdir()
    samples = read(root, encoder=Colours())
    assert samples.names == tuple(f"{name}/{number}.png" for name in COLOURS for number in range(3))
    assert samples.y.tolist() == [name for name in COLOURS for _ in range(3)]
    assert samples.X[:, :2].tolist() == [[red, number] for red in COLOURS.values() for number in range(3)]
    assert (samples.kind, samples.parts, samples.X.dtype) == ("images", None, np.float32)
    assert repr(samples) == "Samples(9 images, 3 features, 3 classes)"


def test_folders_of_parts(tmp_path):
    for part, name in (("train", "ant"), ("test_seen", "ant"), ("test_unseen", "bee"), ("pool", "bee")):
        paint(tmp_path / part / name / "a.png", (1, 0, 0))
    samples = read(tmp_path, encoder=Colours())
    assert samples.parts.tolist() == ["train", "test_seen", "test_unseen", "pool"]
    assert samples.y.tolist() == ["ant", "ant", "bee", "bee"]
    assert samples.names[0] == "train/ant/a.png"


def test_loose_images(root):
    samples = read(root / "bee", encoder=Colours())
    assert (samples.names, samples.y) == (("0.png", "1.png", "2.png"), None)
    (root / "labels.txt").write_text("x\ny\nz\n")
    assert read(root / "bee", root / "labels.txt", encoder=Colours()).y.tolist() == ["x", "y", "z"]


@pytest.mark.parametrize("sep", [",", ";"])
def test_a_table_of_image_files(root, sep):
    table = root.parent / "list.csv"
    rows = ["number,photo,species,part", "1,pictures/ant/0.png,ant,train", "2,pictures/bee/1.png,bee,test_seen"]
    table.write_text("\n".join(rows).replace(",", sep))
    samples = read(table, encoder=Colours(), part_column="part")
    assert samples.names == ("pictures/ant/0.png", "pictures/bee/1.png")
    assert samples.y.tolist() == ["ant", "bee"]
    assert samples.X[:, 0].tolist() == [10, 120]
    assert samples.parts.tolist() == ["train", "test_seen"]


def test_tables_and_lines_of_texts(tmp_path):
    table = tmp_path / "texts.csv"
    table.write_text("text,category\na cab,car\nNone,nothing\n123,number\n")
    samples = read(table, encoder=Letters())
    assert samples.names == ("a cab", "None", "123")
    assert samples.y.tolist() == ["car", "nothing", "number"]
    np.testing.assert_allclose(np.linalg.norm(samples.X, axis=1)[0], 1)
    assert read(table, encoder=Letters(), text_column="category", label_column="text").names[0] == "car"
    (tmp_path / "t.txt").write_text("a b\n\nc\n")
    lines = read(tmp_path / "t.txt", encoder=Letters())
    assert (lines.names, lines.y, lines.kind) == (("a b", "c"), None, "texts")


def test_features_are_read_as_before(tmp_path):
    X = np.arange(6.0).reshape(3, 2)
    y = np.array(["a", "b", "a"])
    np.savez(tmp_path / "f.npz", X=X, label=y, part=np.array(["train", "pool", "train"]))
    np.save(tmp_path / "f.npy", X)
    np.save(tmp_path / "y.npy", y)
    pd.DataFrame(X, columns=["f", "g"]).assign(label=y).to_csv(tmp_path / "f.csv", index=False)
    write_shards(tmp_path / "shards", [X[:2], X[2:]], y)
    for path, labels in (("f.npz", ()), ("f.npy", [tmp_path / "y.npy"]), ("f.csv", ()), ("shards", ())):
        samples = read(tmp_path / path, *labels, **({"part_column": "part"} if path == "f.npz" else {}))
        np.testing.assert_array_equal(samples.X, X)
        assert samples.y.tolist() == y.tolist()
        assert (samples.kind, samples.names, samples.encoder) == ("features", None, None)
        assert (samples.parts is None) == (path != "f.npz")
    assert read(tmp_path / "f.npy").y is None


def test_only_what_changed_is_encoded_again(root, named):
    first = read(root)
    assert (named.shown, first.n_kept) == (9, 0)
    again = read(root)
    assert (named.shown, again.n_kept) == (9, 9)
    np.testing.assert_array_equal(again.X, first.X)
    assert again.X.dtype == first.X.dtype
    paint(root / "bee" / "1.png", (7, 7, 7))
    (root / "ant" / "0.png").rename(root / "ant" / "renamed.png")
    changed = read(root)
    assert (named.shown, changed.n_kept) == (10, 8)
    assert changed.X[4].tolist() == [7, 7, 7]
    assert (root / ".zsl_cache" / ".gitignore").read_text() == "*\n"
    read(root, encoder=ImageEncoder(pooling="mean", verbose=False))
    assert named.shown == 19
    read(root, cache=False)
    assert named.shown == 28


def test_features_of_texts_are_kept(tmp_path, monkeypatch):
    asked = []

    def encode(texts, *_, **__):
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts])

    monkeypatch.setattr("zsl.encoders.text_encoder.encode_texts", encode)
    path = tmp_path / "t.txt"
    path.write_text("one\ntwo words\none\n")
    first = read(path)
    path.write_text("three\ntwo words\none\n")
    again = read(path)
    assert asked == ["one", "two words", "three"]
    assert (first.n_kept, again.n_kept) == (0, 2)
    np.testing.assert_array_equal(again.X[1], first.X[1])
    assert read(path, encoder=TextEncoder(templates="a {}", verbose=False)).n_kept == 0


def test_an_object_has_no_name_to_keep_features_by(root):
    model = Colours()
    read(root, encoder=model)
    read(root, encoder=model)
    assert model.shown == 18
    assert not (root / ".zsl_cache").exists()


def test_a_folder_that_cannot_be_written_is_no_error(root, named, monkeypatch):
    (root / ".zsl_cache").write_text("in the way")
    samples = read(root)
    assert len(samples) == 9
    assert "can't be used" in samples.problem
    os.remove(root / ".zsl_cache")
    read(root)
    monkeypatch.setattr(_encoding.TextCache, "put", lambda *_: pytest.fail("nothing is new"))
    assert read(root).n_kept == 9


def test_a_link_in_place_of_the_folder_is_not_followed(root, named):
    (root.parent / "elsewhere").mkdir()
    (root / ".zsl_cache").symlink_to(root.parent / "elsewhere")
    assert "is a link" in read(root).problem
    assert list((root.parent / "elsewhere").iterdir()) == []


def test_what_an_interruption_leaves_is_used(root, named, monkeypatch):
    monkeypatch.setattr(_encoding, "_BLOCK", 4)
    whole = named.encode

    def stop(images):
        if named.shown >= 8:
            raise KeyboardInterrupt
        return whole(images)

    named.encode = stop
    with pytest.raises(KeyboardInterrupt):
        read(root)
    named.encode = whole
    assert read(root).n_kept == 8


def test_another_model_by_the_same_name_is_not_mixed_in(root, named):
    read(root)
    paint(root / "bee" / "1.png", (7, 7, 7))
    whole = named.encode
    named.encode = lambda images: whole(images)[:, :2]
    assert read(root).X.shape == (9, 2)


def test_broken_images_are_named_or_left_out(root, named):
    (root / "ant" / "1.png").write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match=r"1\.png can't be opened as an image"):
        read(root)
    with pytest.warns(UserWarning, match=r"1 images can't be opened and are left out: .*1\.png"):
        samples = read(root, on_error="skip")
    assert len(samples) == len(samples.y) == len(samples.names) == 8
    (root / "bee" / "0.png").rename(root.parent / "0.png")
    for file in (root / "ant").iterdir():
        file.write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match="ant has no image that can be opened"):
        read(root / "ant", on_error="skip")


def test_errors_name_what_was_found(root, tmp_path):
    def refused(match, path, *labels, **options):
        with pytest.raises(InvalidInputError, match=match):
            read(path, *labels, **options)

    refused(r"nowhere is not a file or folder; wanted one that exists\.$", tmp_path / "nowhere")
    refused(r"picturs is not a file or folder.* Did you mean 'pictures'\?", tmp_path / "picturs")
    (tmp_path / "empty").mkdir()
    refused(r"empty holds no images .*no folders of images and no shards\.json", tmp_path / "empty")
    paint(root / "cover.png", (0, 0, 0))
    refused(r"1 loose images, such as cover\.png, beside folders of images", root)
    (root / "cover.png").unlink()
    (tmp_path / "l.txt").write_text("a\n")
    refused(r"has labels of its own, and .*l\.txt", root, tmp_path / "l.txt")
    refused(r"has 3 samples and 1 labels", root / "ant", tmp_path / "l.txt")
    (tmp_path / "list.csv").write_text("file,label\npictures/ant/0.png,a\nlost.png,b\n")
    refused(r"names 1 files in the column 'file' that aren't in .*: 'lost\.png'", tmp_path / "list.csv")
    (tmp_path / "gap.csv").write_text("text,label\na,x\n,y\n")
    refused(r"gap\.csv has no 'text' in row 1", tmp_path / "gap.csv")
    (tmp_path / "both.csv").write_text("f,name,label\n1,a,x\n2,b,y\n")
    refused(r"both\.csv has columns that aren't numeric, \['name'\]", tmp_path / "both.csv")
    (tmp_path / "data.xls").touch()
    refused(r"ends in '\.xls'", tmp_path / "data.xls")
    np.save(tmp_path / "f.npy", np.eye(2))
    refused(r"encoder='clip' was given, and .*f\.npy holds features", tmp_path / "f.npy", encoder="clip")
    refused(r"encoder is of type TextEncoder, and .*pictures holds images", root, encoder=TextEncoder())
    refused(r"on_error='ignore'", root, on_error="ignore")
    (tmp_path / "parts.csv").write_text("f,part\n1,train\n2,dev\n")
    refused(r"has the parts \['dev'\]; wanted train", tmp_path / "parts.csv", part_column="part")
    (tmp_path / "empty.txt").write_text("\n")
    refused(r"empty\.txt is empty; wanted one text per line", tmp_path / "empty.txt")
