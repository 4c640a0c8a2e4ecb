"""Streams of encoded images: what is written, going on after a break, and what may not be gone on with."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from zsl import ImageEncoder, InvalidInputError
from zsl.datasets import encode_shards, open_shards


class MeanColour:
    """Mean of each channel; breaks off, if wanted, at a call."""

    def __init__(self, breaks_at=None, factor=1.0):
        self.calls, self.breaks_at, self.factor = 0, breaks_at, factor

    def encode(self, images):
        self.calls += 1
        if self.calls == self.breaks_at:
            raise KeyboardInterrupt
        return np.stack([np.asarray(image).mean(axis=(0, 1)) for image in images]) * self.factor


def encoder(model=None, **parameters):
    return ImageEncoder(model or MeanColour(), **{"verbose": False, "batch_size": 3} | parameters)


@pytest.fixture
def paths(tmp_path):
    """Eight images whose red channel is their number."""
    (tmp_path / "images").mkdir()
    paths = [tmp_path / "images" / f"{number}.png" for number in range(8)]
    for number, path in enumerate(paths):
        Image.new("RGB", (4, 4), (number, 9, 9)).save(path)
    return paths


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "shards"


Y = list("aabbccdd")


def test_what_is_written_opens_as_shards(paths, folder):
    assert encode_shards(folder, encoder(), paths, Y, shard_size=3) == folder
    features = open_shards(folder, verify=True)
    assert features.shape == (8, 3)
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features[:][:, 0], range(8))
    assert features.labels.tolist() == Y
    assert sorted(path.name for path in folder.iterdir()) == [
        "X_000.npy", "X_001.npy", "X_002.npy", "encoding.json", "kept.npy", "shards.json", "y.npy"
    ]  # fmt: skip
    assert np.load(folder / "kept.npy").tolist() == list(range(8))


@pytest.mark.parametrize("breaks_at", [1, 2, 3])
def test_it_goes_on_after_the_last_shard(paths, folder, breaks_at):
    with pytest.raises(KeyboardInterrupt):
        encode_shards(folder, encoder(MeanColour(breaks_at)), paths, Y, shard_size=3)
    assert len(list(folder.glob("X_*.npy"))) == breaks_at - 1
    with pytest.raises(InvalidInputError, match=r"no shards\.json"):
        open_shards(folder)
    (folder / "X_001.npy.part").write_bytes(b"half a file")
    model = MeanColour()
    encode_shards(folder, encoder(model), paths, Y, shard_size=3)
    compared = breaks_at > 1  # one image, again
    assert model.calls == 3 - (breaks_at - 1) + compared
    features = open_shards(folder, verify=True)
    np.testing.assert_array_equal(features[:][:, 0], range(8))
    assert features.labels.tolist() == Y


def test_a_finished_folder_is_left_as_it_is(paths, folder):
    encode_shards(folder, encoder(), paths, shard_size=3)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    model = MeanColour()
    encode_shards(folder, encoder(model, batch_size=1), paths, shard_size=3)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert model.calls == 1


def test_a_break_between_the_list_and_the_end_does_no_harm(paths, folder):
    encode_shards(folder, encoder(), paths, Y, shard_size=8)
    (folder / "shards.json").unlink()
    np.save(folder / "kept_000.npy", np.arange(8))
    encode_shards(folder, encoder(), paths, Y, shard_size=8)
    assert open_shards(folder, verify=True).labels.tolist() == Y


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"X": 7}, "rows 8 there, 7 here; inputs "),
        ({"X": [1, 0, 2, 3, 4, 5, 6, 7]}, "inputs '"),
        ({"y": list("aabbccde")}, "labels '"),
        ({"shard_size": 2}, "shard_size 3 there, 2 here"),
        ({"encoder": ImageEncoder("efficientnet-lite0")}, "model 'MeanColour' there, 'efficientnet-lite0' here"),
        ({"encoder": encoder(on_error="skip")}, "on_error 'raise' there, 'skip' here"),
        ({"encoder": encoder(MeanColour(factor=2.0))}, "encodes the first image differently"),
    ],
)
def test_something_else_is_not_continued(paths, folder, change, told, finished):
    if finished:
        encode_shards(folder, encoder(), paths, Y, shard_size=3)
    else:
        with pytest.raises(KeyboardInterrupt):
            encode_shards(folder, encoder(MeanColour(2)), paths, Y, shard_size=3)
    before = sorted(path.name for path in folder.iterdir())
    given = {"encoder": encoder(), "X": range(8), "y": Y, "shard_size": 3} | change
    chosen = range(given["X"]) if isinstance(given["X"], int) else given["X"]
    given["X"] = [paths[number] for number in chosen]
    given["y"] = given["y"][: len(given["X"])]
    with pytest.raises(InvalidInputError, match=told):
        encode_shards(folder, **given)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_file_that_changed_is_another_input(paths, folder):
    encode_shards(folder, encoder(), paths)
    Image.new("RGB", (5, 5), 0).save(paths[3])
    with pytest.raises(InvalidInputError, match="begun with something else"):
        encode_shards(folder, encoder(), paths)


def test_images_and_arrays_are_known_by_their_pixels(folder):
    pixels = np.arange(4 * 5 * 5 * 3, dtype=np.uint8).reshape(4, 5, 5, 3)
    for number, X in enumerate([pixels, torch.from_numpy(pixels), [Image.fromarray(each) for each in pixels]]):
        place = folder / str(number)
        for _ in range(2):
            encode_shards(place, encoder(), X)
        np.testing.assert_allclose(open_shards(place), pixels.mean(axis=(1, 2)))
        with pytest.raises(InvalidInputError, match="begun with something else"):
            encode_shards(place, encoder(), X[::-1] if isinstance(X, list) else X[[1, 0, 2, 3]])


def test_what_can_not_be_opened_is_left_out(paths, folder):
    paths[4].write_bytes(b"an error page")
    with pytest.raises(InvalidInputError, match=r"4\.png can't be opened as an image"):
        encode_shards(folder, encoder(), paths, Y, shard_size=3)
    with pytest.warns(UserWarning, match=r"1 of 8 images can't be opened and are left out; .*kept\.npy lists"):
        encode_shards(folder / "skip", encoder(on_error="skip"), paths, Y, shard_size=3)
    features = open_shards(folder / "skip", verify=True)
    assert features[:][:, 0].tolist() == [0, 1, 2, 3, 5, 6, 7]
    assert features.labels.tolist() == list("aabbcdd")
    assert np.load(folder / "skip" / "kept.npy").tolist() == [0, 1, 2, 3, 5, 6, 7]


def test_errors_count_from_the_first_image(folder):
    X = [np.zeros((4, 4)), np.zeros((4, 4)), None]
    with pytest.raises(InvalidInputError, match=r"X\[2\] can't be opened"):
        encode_shards(folder, encoder(), X, shard_size=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder": MeanColour()}, "encoder is of type MeanColour; wanted an ImageEncoder"),
        ({"shard_size": 0}, "shard_size=0; wanted a whole number"),
        ({"y": ["a"]}, "y has 1 labels, X 8 images"),
        ({"X": []}, "X is empty"),
    ],
)
def test_bad_arguments(paths, folder, change, message):
    with pytest.raises(InvalidInputError, match=message):
        encode_shards(folder, **{"encoder": encoder(), "X": paths} | change)
    assert not folder.exists()


def test_folders_that_hold_something_else(paths, folder):
    folder.mkdir(parents=True)
    np.save(folder / "X_000.npy", np.zeros((2, 2)))
    with pytest.raises(InvalidInputError, match="holds shards that weren't written by encode_shards"):
        encode_shards(folder, encoder(), paths)
    with pytest.raises(InvalidInputError, match="is a file; wanted a folder"):
        encode_shards(paths[0], encoder(), paths)
    (folder / "X_000.npy").unlink()
    (folder / "encoding.json").write_text("[")
    with pytest.raises(InvalidInputError, match=r"encoding\.json can't be read as JSON"):
        encode_shards(folder, encoder(), paths)


def test_a_spoiled_shard_is_named(paths, folder):
    with pytest.raises(KeyboardInterrupt):
        encode_shards(folder, encoder(MeanColour(2)), paths, shard_size=3)
    (folder / "X_000.npy").write_bytes(b"")
    with pytest.raises(InvalidInputError, match=r"aren't as they were written: X_000\.npy\. Delete them"):
        encode_shards(folder, encoder(), paths, shard_size=3)
    (folder / "X_000.npy").unlink()
    encode_shards(folder, encoder(), paths, shard_size=3)
    np.testing.assert_array_equal(open_shards(folder, verify=True)[:][:, 0], range(8))


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("name", ["X_000.npy", "X_001.npy", "kept"])
@pytest.mark.parametrize("damage", ["flip", "missing"])
def test_damage_before_going_on_is_found(paths, folder, finished, name, damage):
    """The sums are those of what was written; they used to be taken at the end, of whatever was there by then."""
    if finished:
        encode_shards(folder, encoder(), paths, Y, shard_size=3)
    else:
        with pytest.raises(KeyboardInterrupt):
            encode_shards(folder, encoder(MeanColour(3)), paths, Y, shard_size=3)
    file = folder / (name if name != "kept" else "kept.npy" if finished else "kept_001.npy")
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content) if damage == "flip" else file.unlink()
    if damage == "missing" and not finished:  # these images are encoded again
        encode_shards(folder, encoder(), paths, Y, shard_size=3)
        features = open_shards(folder, verify=True)
        np.testing.assert_array_equal(features[:][:, 0], range(8))
        assert features.labels.tolist() == Y
        return
    what = "Restore them, or encode into a new folder" if finished else "Delete them to encode their images again"
    with pytest.raises(InvalidInputError, match=rf"aren't as they were written: {file.name}.*\. {what}"):
        encode_shards(folder, encoder(), paths, Y, shard_size=3)


@pytest.mark.parametrize("text", ["{}", "[", '{"features": {}, "kept": 1}'])
def test_a_spoiled_record_is_named(paths, folder, text):
    with pytest.raises(KeyboardInterrupt):
        encode_shards(folder, encoder(MeanColour(2)), paths, shard_size=3)
    (folder / "shard_000.json").write_text(text)
    with pytest.raises(InvalidInputError, match=r"shard_000\.json (isn't the record of a shard|can't be read as JSON)"):
        encode_shards(folder, encoder(), paths, shard_size=3)


def test_a_model_known_by_name_is_listed(paths, folder):
    encode_shards(folder, encoder(torch.nn.Flatten(), image_size=2), paths)
    told = json.loads((folder / "encoding.json").read_text())
    assert (told["model"], told["image_size"], told["rows"]) == ("Flatten", 2, 8)
