"""ImageEncoder: what X may be, that rows keep their order, that it is a scikit-learn step, and what is refused."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from encoder_images import MeanColour, Returns, noise, paint
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from zsl import ImageEncoder, InvalidInputError, RelationClassifier
from zsl.datasets import read_folder
from zsl.encoders import EncodedImages
from zsl.encoders.images import _encoding as _image_encoding

SIZED = {"image_size": 16, "verbose": False}


def encoder(model=None, **parameters):
    return ImageEncoder(model or MeanColour(), **{"verbose": False} | parameters)


@pytest.fixture
def paths(tmp_path):
    """Seven images whose red channel is their number."""
    return [paint(tmp_path / f"{number}.png", (number, 9, 9)) for number in range(7)]


def test_rows_keep_the_order_of_paths_and_come_in_batches(paths):
    model = MeanColour()
    features = encoder(model, batch_size=3).fit_transform(paths[::-1])
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features[:, 0], [6, 5, 4, 3, 2, 1, 0])
    assert [len(call) for call in model.calls] == [3, 3, 1]


def test_large_images_are_held_few_at_a_time(paths, monkeypatch):
    monkeypatch.setattr(_image_encoding, "_HELD", 2 * 8 * 6)
    model = MeanColour()
    encoder(model).transform(paths)
    assert [len(call) for call in model.calls] == [2, 2, 2, 1]


def test_every_kind_of_input_gives_the_same(tmp_path):
    pixels = noise()
    files = [tmp_path / f"{number}.png" for number in range(3)]
    images = [Image.fromarray(each) for each in pixels]
    for file, image in zip(files, images, strict=True):
        image.save(file)
    wanted = encoder().transform(pixels)
    assert wanted.shape == (3, 6)
    kinds = {
        "paths": files,
        "strings": [str(file) for file in files],
        "array of strings": np.array([str(file) for file in files]),
        "series": pd.Series(files),
        "images": images,
        "tuple of arrays": tuple(pixels),
        "channels first": pixels.transpose(0, 3, 1, 2),
        "tensor": torch.from_numpy(pixels),
        "list of tensors": list(torch.from_numpy(pixels)),
        "floats": pixels / 255,
        "single floats": (pixels / 255).astype(np.float32),
        "integers": pixels.astype(np.int64),
        "mixed": [files[0], images[1], pixels[2].transpose(2, 0, 1)],
    }
    for kind, X in kinds.items():
        np.testing.assert_array_equal(encoder().transform(X), wanted, err_msg=kind)


def test_grey_arrays():
    grey = noise()[..., 0]
    wanted = encoder().transform(np.repeat(grey[..., None], 3, axis=3))
    np.testing.assert_array_equal(encoder().transform(list(grey)), wanted)
    np.testing.assert_array_equal(encoder().transform(grey[..., None]), wanted)
    np.testing.assert_array_equal(encoder().transform([np.ones((4, 4), dtype=bool)])[0, :3], [255] * 3)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("folder", r"X='folder' is one path; wanted a list or array of paths.* read_folder reads a folder"),
        ([], "X is empty"),
        (3, "X is of type int; wanted a list or array"),
        (iter(["a.png"]), "X is of type list_iterator"),
        (np.zeros((5, 3)), r"X has shape \(5, 3\) and dtype float64; wanted"),
        (np.zeros((5, 4, 3)), r"shape \(5, 4, 3\).* A single image goes into a list, and list\(X\)"),
        (Image.new("RGB", (2, 2)), "X is of type Image"),
        ([None], r"X\[0\] can't be opened as an image: an object of type NoneType; wanted a path"),
        ([np.zeros((4, 4, 4))], r"X\[0\] can't .* an array of shape \(4, 4, 4\); wanted \(h, w\)"),
        ([np.zeros((0, 4, 3))], r"an array of shape \(0, 4, 3\)"),
        ([np.full((4, 4), 2.0)], r"an array of float64 from 2.0 to 2.0; wanted integers .* floats from 0 to 1"),
        ([np.full((4, 4), np.nan)], "from nan to nan"),
        ([np.full((4, 4), 256)], "from 256 to 256"),
        ([np.full((4, 4), "a")], "an array of dtype <U1; wanted numbers"),
    ],
)
def test_what_X_may_not_be(X, message):
    with pytest.raises(InvalidInputError, match=message):
        encoder().transform(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"model": 3}, "model is of type int; wanted 'efficientnet-lite0', a model by hub name"),
        ({"model": "efficientnet-lite0", "image_size": 0}, "image_size=0; wanted a whole number of 1 or more"),
        ({"image_size": 32}, "image_size=32; model, a MeanColour with an encode method, has its own preprocessing"),
        ({"pooling": "mean"}, "pooling='mean'; model, a MeanColour .* wanted 'auto'"),
        ({"pooling": "max"}, "pooling='max'; wanted one of 'auto', 'pooler', 'cls', 'mean'"),
        ({"model": "efficientnet-lite0", "pooling": "cls"}, "averages: wanted .auto. or .mean."),
        ({"model": "some/model", "image_size": 8}, "image_size=8; model 'some/model' has its own preprocessing"),
        ({"batch_size": True}, "batch_size=True"),
        ({"max_pixels": 1.5}, r"max_pixels=1\.5"),
        ({"on_error": "ignore"}, "on_error='ignore'; wanted 'raise' or 'skip'"),
        ({"device": "nowhere"}, "device='nowhere'; wanted 'auto', 'cpu'"),
    ],
)
def test_bad_parameters_are_named_by_fit(parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        encoder(**{"model": MeanColour()} | parameters).fit([Image.new("RGB", (2, 2))])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((2, 3)), r"shape \(2, 3\) for 1 image\(s\); wanted \(1, d\)"),
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((1, 0)), r"shape \(1, 0\)"),
        ([["a"]], "isn't an array of numbers"),
        ([[1.0, np.inf]], r"1 number\(s\) that aren't finite"),
    ],
)
def test_what_a_model_may_not_return(value, message):
    with pytest.raises(InvalidInputError, match=message):
        encoder(Returns(value)).transform([Image.new("RGB", (2, 2))])


def test_one_width_in_all_batches():
    class Widening:
        width = 0

        def encode(self, images):
            self.width += 1
            return torch.ones(len(images), self.width, requires_grad=True)

    with pytest.raises(InvalidInputError, match=r"shape \(1, 2\) for 1 image\(s\); wanted \(1, 1\)"):
        encoder(Widening(), batch_size=1).transform(noise(2))


def test_skipping_is_for_encode_alone(paths):
    paths[2].write_bytes(b"an error page")
    skipping = encoder(on_error="skip", batch_size=2)
    encoded = skipping.encode(paths)
    assert isinstance(encoded, EncodedImages)
    np.testing.assert_array_equal(encoded.features[:, 0], [0, 1, 3, 4, 5, 6])
    assert encoded.kept.tolist() == [0, 1, 3, 4, 5, 6]
    ((what, why),) = encoded.skipped
    assert what == str(paths[2])
    assert why.startswith("it is damaged or in none of the formats PNG, ")
    for call in (skipping.transform, encoder().encode, skipping):
        with pytest.raises(InvalidInputError, match=r"2\.png can't be opened as an image: it is damaged or .*\. "):
            call(paths)
    with pytest.raises(
        InvalidInputError, match=r"No image of X can be opened; the first problem: .*2\.png: it is damaged"
    ):
        skipping.encode([paths[2]])
    assert encoder().encode(paths[:2]).skipped == ()


def test_parameters_clones_and_pickles(paths):
    model = MeanColour()
    first = ImageEncoder(model, batch_size=2, verbose=False)
    assert first.get_params()["model"] is model
    assert first.set_params(max_pixels=100).max_pixels == 100
    assert clone(first).get_params()["max_pixels"] == 100
    again = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(again.transform(paths), first.transform(paths))
    assert repr(ImageEncoder(image_size=160)) == "ImageEncoder(image_size=160)"
    tags = get_tags(first)
    assert (tags.requires_fit, tags.input_tags.two_d_array) == (False, False)
    with pytest.raises(TypeError):
        ImageEncoder("efficientnet-lite0", 160)


def test_a_pipeline_from_paths_to_labels(tmp_path):
    colours = {
        f"{red}-{green}-{blue}": (red, green, blue) for red in (30, 220) for green in (30, 220) for blue in (30, 220)
    }
    rng = np.random.default_rng(0)
    paths, y = [], []
    for name, colour in colours.items():
        for number in range(6):
            jitter = tuple(int(value) for value in np.array(colour) + rng.integers(-15, 16, 3))
            paths.append(paint(tmp_path / f"{name}_{number}.png", jitter))
            y.append(name)
    table = {name: np.array(colour) / 255 for name, colour in colours.items()}
    small = {"n_episodes": 5, "cv": 2}
    pipeline = make_pipeline(encoder(), RelationClassifier(semantics=table, random_state=0, verbose=False, **small))
    pipeline.fit(paths[:-6], y[:-6])  # the last class is unseen
    predicted = pipeline.predict(paths)
    assert set(predicted) <= set(colours)
    assert np.mean(predicted[:-6] == np.array(y)[:-6]) > 0.8
    copied = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(copied.predict(paths), predicted)


def test_cross_validation_slices_paths(paths):
    from sklearn.linear_model import LogisticRegression

    scores = cross_val_score(make_pipeline(encoder(), LogisticRegression()), paths[:6], [0, 0, 0, 1, 1, 1], cv=2)
    assert scores.shape == (2,)


def test_it_is_an_encoder_for_read_folder(tmp_path):
    for name, red in (("ant", 3), ("bee", 5)):
        (tmp_path / name).mkdir()
        paint(tmp_path / name / "a.png", (red, 0, 0))
    X, y, _ = read_folder(tmp_path, ImageEncoder(MeanColour()), verbose=False)
    assert X.dtype == np.float32
    assert X[:, 0].tolist() == [3, 5]
    assert y.tolist() == ["ant", "bee"]


def test_progress_is_shown_on_a_terminal_unless_silenced(paths, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    encoder(verbose=True).transform(paths)
    assert "images" in capsys.readouterr().err
    encoder().transform(paths)
    assert capsys.readouterr().err == ""


class Head(torch.nn.Module):
    """A map of features, tokens or a vector from pixels, after a layer that acts otherwise while training."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.drop, self.scale = kind, torch.nn.Dropout(0.5), torch.nn.Parameter(torch.ones(()))

    def forward(self, pixels):
        found = self.drop(pixels) * self.scale
        return {"map": found, "tokens": found.flatten(2).transpose(1, 2), "vector": found.mean((2, 3))}[self.kind]


@pytest.mark.parametrize(
    ("kind", "pooling"), [("map", "auto"), ("map", "mean"), ("tokens", "auto"), ("tokens", "cls"), ("vector", "auto")]
)
def test_torch_modules_are_pooled_and_left_as_they_were(kind, pooling):
    pixels = noise(2, 16, 16)
    module = Head(kind).train()
    module.drop.eval()
    features = ImageEncoder(module, pooling=pooling, **SIZED).transform(pixels)
    scaled = (pixels.astype(np.float64) - 127) / 128
    wanted = scaled[:, 0, 0] if pooling == "cls" else scaled.mean(axis=(1, 2))
    np.testing.assert_allclose(features, wanted, atol=1e-6)
    assert module.training
    assert not module.drop.training


@pytest.mark.parametrize(("kind", "pooling"), [("map", "cls"), ("vector", "mean"), ("tokens", "pooler")])
def test_pooling_that_does_not_fit(kind, pooling):
    with pytest.raises(InvalidInputError, match=f"pooling='{pooling}' doesn't go with a model that returns shape"):
        ImageEncoder(Head(kind), pooling=pooling, **SIZED).transform(noise(1))


def test_a_module_that_returns_something_else():
    class Odd(torch.nn.Module):
        def forward(self, pixels):
            return pixels.sum()

    with pytest.raises(InvalidInputError, match=r"model returned \(\); wanted \(n, d\)"):
        ImageEncoder(Odd(), **SIZED).transform(noise(1))


def test_import_brings_in_no_image_or_model_library():
    code = (
        "import sys, zsl.encoders; "
        "print(sorted({'PIL', 'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
