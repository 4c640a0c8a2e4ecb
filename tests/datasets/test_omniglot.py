"""Omniglot: the authors' files and the one file of small drawings, made up and real."""

import hashlib
import re
import shutil
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest

import zsl.datasets.few_shot._omniglot_files as omniglot_files
from zsl.datasets import OneShotRuns, load_omniglot, read_omniglot_runs
from zsl.datasets.few_shot import omniglot
from zsl.datasets.few_shot._omniglot_files import Character, characters
from zsl.exceptions import InvalidInputError, MissingExtraError

Image = pytest.importorskip("PIL.Image")
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "omniglot"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real drawings are not beside the checkout")
TINY = tuple(
    Character(alphabet, f"{alphabet}/character{number:02d}", evaluation, part)
    for alphabet, evaluation, part, count in (
        ("Elbish", False, 0, 2),
        ("Moonrunes", False, 1, 1),
        ("Ardic", True, 2, 1),
        ("Cirthan", True, 0, 1),
    )
    for number in range(1, count + 1)
)
SETS = {"images_background": TINY[:3], "images_evaluation": TINY[3:]}


@pytest.fixture
def tiny(monkeypatch):
    """Five characters of four alphabets pass for Omniglot."""
    for module in (omniglot_files, omniglot):
        monkeypatch.setattr(module, "characters", lambda: TINY)


def drawing(number):
    """White paper with a black stripe of so many rows at the top."""
    paper = np.full((105, 105), 255, dtype=np.uint8)
    paper[:number] = 0
    file = BytesIO()
    Image.fromarray(paper).convert("1").save(file, "PNG")
    return file.getvalue()


def rows(image):
    """How many of the 28 rows are all ink; 15 rows of a drawing make 4 of these."""
    return int((image == 255).all(axis=-1).sum())


@pytest.fixture
def root(tmp_path, tiny):
    """The drawings of character number c, from 1, have a stripe of 15 c rows, and drawing 20 one of 15 rows more."""
    for name, known in SETS.items():
        for character in known:
            folder = tmp_path / name / character.name
            folder.mkdir(parents=True)
            for number in range(1, 21):
                stripe = 15 * (TINY.index(character) + 1) + (15 if number == 20 else 0)
                (folder / f"0007_{number:02d}.png").write_bytes(drawing(stripe))
    return tmp_path


def zipped(root):
    """The two folders as the authors' archives, with what macOS adds."""
    for name in SETS:
        with ZipFile(root / f"{name}.zip", "w") as archive:
            for file in sorted((root / name).rglob("*.png")):
                archive.write(file, file.relative_to(root).as_posix())
                archive.writestr(f"__MACOSX/{file.parent.relative_to(root).as_posix()}/._{file.name}", b"rubbish")
        shutil.rmtree(root / name)
    return root


@pytest.mark.parametrize("packed", [False, True])
def test_drawings_of_the_authors_files(root, packed):
    split = load_omniglot(zipped(root) if packed else root)
    assert split.names == tuple(character.name for character in TINY)
    assert split.groups.tolist() == [0, 0, 1, 2, 3]
    assert split.y_train.tolist() == [0] * 20 + [1] * 20 + [4] * 20
    assert split.y_val.tolist() == [2] * 20
    assert split.y_test.tolist() == [3] * 20
    assert split.X_train.shape == (60, 1, 28, 28)
    assert [rows(image[0]) for image in split.X_train] == [4] * 19 + [8] + [8] * 19 + [12] + [20] * 19 + [24]
    assert split.X_train[0, 0, :4].min() == 255
    assert split.X_train[0, 0, 4:].max() == 0
    assert split.info["licence"] == "MIT"


def test_the_last_background_alphabets_are_held_out_of_lakes_split(root):
    split = load_omniglot(root, split="lake", n_val_alphabets=1)
    assert [sorted(set(split.part(part)[1].tolist())) for part in ("train", "val", "test")] == [[0, 1], [2], [3, 4]]
    split = load_omniglot(root, split="lake", n_val_alphabets=0)
    assert split.X_val.shape == (0, 1, 28, 28)
    assert sorted(set(split.y_train.tolist())) == [0, 1, 2]


def test_edges_are_averaged(tiny):
    small = omniglot_files._ink(drawing(2), "here")
    assert set(small[0].tolist()) == {127}  # 2 of 4 rows
    assert small[1:].max() == 0


def test_missing_drawings_are_counted(root):
    (root / "images_evaluation/Ardic/character01/0007_03.png").unlink()
    (root / "images_evaluation/Ardic/character01/0007_05.png").unlink()
    with pytest.raises(InvalidInputError, match="lack 2 of 100 drawings, the first Ardic/character01, drawing 03"):
        load_omniglot(root)


def test_files_that_cannot_be_read(root):
    spoiled = root / "images_background/Elbish/character01/0007_01.png"
    spoiled.write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match=r"character01/0007_01\.png can't be opened as an image"):
        load_omniglot(root)
    shutil.rmtree(root / "images_evaluation")
    with pytest.raises(InvalidInputError, match="nor both images_background and images_evaluation"):
        load_omniglot(root)
    (root / "images_evaluation.zip").write_bytes(b"no archive")
    spoiled.write_bytes(drawing(1))
    with pytest.raises(InvalidInputError, match=r"images_evaluation\.zip can't be read as a ZIP archive"):
        load_omniglot(root)


def test_without_pillow(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"needs Pillow: pip install 'zslearn\[images\]'"):
        load_omniglot(root)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"split": "random"}, "split='random'; wanted 'vinyals', 'ren' or 'lake'"),
        ({"split": "lake", "n_val_alphabets": 30}, "n_val_alphabets=30; wanted a whole number from 0 to 29"),
        ({"split": "lake", "n_val_alphabets": 5.0}, "n_val_alphabets=5.0; wanted a whole number"),
        ({"split": "lake", "n_val_alphabets": True}, "n_val_alphabets=True; wanted a whole number"),
    ],
)
def test_wrong_arguments(tmp_path, given, message):
    with pytest.raises(InvalidInputError, match=message):
        load_omniglot(tmp_path, **given)


# ---------------------------------------------------------------- the one file


def one_file(path, **changed):
    n = len(TINY)
    run = np.zeros((20, 20, 2), dtype=np.int16)
    run[..., 1] = np.arange(20)
    arrays = {
        "images": np.arange(n * 20, dtype=np.uint8).reshape(n, 20, 1, 1).repeat(28, 2).repeat(28, 3),
        "alphabet": np.array([character.alphabet for character in TINY]),
        "character": np.array([character.name.split("/")[1] for character in TINY]),
        "run_train": run,
        "run_test": run[:, ::-1] + np.array([2, 0], dtype=np.int16),
        "run_label": np.tile(np.arange(20, dtype=np.int8)[::-1], (20, 1)),
    }
    np.savez(path / "omniglot28.npz", **arrays | changed)
    return path


def test_drawings_and_runs_of_the_one_file(tmp_path, tiny):
    split = load_omniglot(one_file(tmp_path))
    assert split.X_train[:, 0, 3, 4].tolist() == [*range(40), *range(80, 100)]
    assert split.X_test[:, 0, 0, 0].tolist() == list(range(60, 80))
    runs = read_omniglot_runs(tmp_path)
    assert runs.train[7, :, 0, 0, 0].tolist() == list(range(20))
    assert runs.test[7, :, 0, 0, 0].tolist() == list(range(59, 39, -1))
    assert runs.label[7].tolist() == list(range(19, -1, -1))
    assert repr(runs) == "OneShotRuns(20 runs: 20 training and 20 test images, each 1 x 28 x 28)"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": np.zeros((5, 20, 28, 28))}, "images is float64 (5, 20, 28, 28); wanted uint8 (5, 20, 28, 28)"),
        ({"alphabet": np.array(["Elbish"] * 5)}, "other characters than the 5 of Omniglot"),
        ({"run_test": np.full((20, 20, 2), 20)}, "run_test isn't (20, 20, 2) indices"),
        ({"run_train": np.zeros((20, 20))}, "run_train isn't (20, 20, 2) indices"),
        ({"run_label": np.full((20, 20), 20)}, "label is int64 (20, 20); wanted int64 (20, 20), from 0 to 19"),
    ],
)
def test_a_wrong_file(tmp_path, tiny, changed, message):
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        read_omniglot_runs(one_file(tmp_path, **changed))


def test_runs_of_another_shape():
    good = np.zeros((20, 20, 1, 28, 28), np.uint8)
    with pytest.raises(InvalidInputError, match="test is uint8"):
        OneShotRuns(good, good[:, :, 0], np.zeros((20, 20), np.int64))


# ---------------------------------------------------------------- the authors' runs


@pytest.fixture
def runs_root(tmp_path):
    """In run r, class c has a stripe of 15 (c mod 7) rows; item i is of class 21 - i, in the last run of class i."""
    for run in range(1, 21):
        folder = tmp_path / "all_runs" / f"run{run:02d}"
        (folder / "training").mkdir(parents=True)
        (folder / "test").mkdir()
        lines = []
        for number in range(1, 21):
            one = number if run == 20 else 21 - number
            (folder / f"training/class{number:02d}.png").write_bytes(drawing(15 * (number % 7)))
            (folder / f"test/item{number:02d}.png").write_bytes(drawing(15 * (one % 7)))
            lines.append(f"{folder.name}/test/item{number:02d}.png {folder.name}/training/class{one:02d}.png")
        (folder / "class_labels.txt").write_text("\r\n".join(lines) + "\n")
    return tmp_path


@pytest.mark.parametrize("packed", [False, True])
def test_the_authors_runs(runs_root, packed):
    if packed:
        shutil.make_archive(str(runs_root / "all_runs"), "zip", runs_root / "all_runs")
        shutil.rmtree(runs_root / "all_runs")
    runs = read_omniglot_runs(runs_root)
    assert runs.label[0].tolist() == list(range(19, -1, -1))
    assert runs.label[19].tolist() == list(range(20))
    assert [rows(image[0]) for image in runs.train[0]] == [4 * (number % 7) for number in range(1, 21)]
    for run in range(20):
        np.testing.assert_array_equal(runs.train[run][runs.label[run]], runs.test[run])


def test_runs_that_are_missing_or_wrong(runs_root, tmp_path_factory):
    labels = runs_root / "all_runs/run03/class_labels.txt"
    labels.write_text(labels.read_text().replace("class20", "class21"))
    with pytest.raises(InvalidInputError, match=r"run03/class_labels\.txt doesn't name a class for each test item"):
        read_omniglot_runs(runs_root)
    (runs_root / "all_runs/run02/test/item05.png").unlink()
    with pytest.raises(InvalidInputError, match=r"has no run02/test/item05\.png; wanted the 20 runs"):
        read_omniglot_runs(runs_root)
    with pytest.raises(InvalidInputError, match=r"has neither omniglot28\.npz nor all_runs"):
        read_omniglot_runs(tmp_path_factory.mktemp("empty"))


# ---------------------------------------------------------------- the cache


def fake_pooch(monkeypatch, cache, source=None):
    """A pooch whose downloads are copies from `source`; returns the list of what it was asked for."""
    asked = []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash))
        if source is None:
            raise OSError("no network")
        Path(path).mkdir(exist_ok=True)
        return str(shutil.copy(source / fname, Path(path) / fname))

    module = SimpleNamespace(os_cache=lambda name: cache / name, retrieve=retrieve)
    monkeypatch.setitem(sys.modules, "pooch", module)
    return asked


def test_the_archives_are_fetched_and_compared(root, tmp_path, monkeypatch):
    asked = fake_pooch(monkeypatch, tmp_path, zipped(root))
    assert len(load_omniglot().X_train) == 60
    base = "https://github.com/brendenlake/omniglot/raw/master/python/"
    assert asked == [
        (f"{base}images_background.zip", "sha256:ad41ab679c8b5d90b271ef46be6987cc81211774a695c29dcc5367b2b26ee640"),
        (f"{base}images_evaluation.zip", "sha256:1f61a8f3366785b057fc117d9228e78a16e3d976c8953b2a10fcc74cf0609cee"),
    ]


def test_the_cache_will_do_without_a_download(root, tmp_path, monkeypatch):
    asked = fake_pooch(monkeypatch, tmp_path)
    with pytest.raises(
        InvalidInputError, match=r"download=False, and .* pass download=True to fetch it, or the folder"
    ):
        load_omniglot(download=False)
    (tmp_path / "zslearn").mkdir()
    for file in zipped(root).glob("*.zip"):
        shutil.copy(file, tmp_path / "zslearn")
    with pytest.raises(InvalidInputError, match=r"images_background\.zip isn't the file"):
        load_omniglot(download=False)
    sums = {name: hashlib.sha256((tmp_path / "zslearn" / f"{name}.zip").read_bytes()).hexdigest() for name in SETS}
    monkeypatch.setattr(omniglot, "_SETS", sums)
    assert len(load_omniglot(download=False).X_train) == 60
    assert asked == []


def test_the_runs_are_fetched(runs_root, tmp_path, monkeypatch):
    shutil.make_archive(str(runs_root / "all_runs"), "zip", runs_root / "all_runs")
    asked = fake_pooch(monkeypatch, tmp_path, runs_root)
    read_omniglot_runs()
    read_omniglot_runs(download=False)
    ((url, known),) = asked
    assert url.endswith("/python/one-shot-classification/all_runs.zip")
    assert known is None


def test_a_failed_download_and_no_pooch(tmp_path, monkeypatch):
    fake_pooch(monkeypatch, tmp_path)
    with pytest.raises(InvalidInputError, match=r"can't be fetched \(no network\); fetch it by other means"):
        load_omniglot()
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match=r"needs pooch: pip install 'zslearn\[download\]'"):
        load_omniglot()


# ---------------------------------------------------------------- the real characters


def test_published_counts():
    known = characters()
    assert len(known) == len({character.name for character in known}) == 1623
    assert sum(not character.evaluation for character in known) == 964
    assert np.bincount([character.part for character in known]).tolist() == [1028, 172, 423]
    assert len({character.alphabet for character in known if not character.evaluation}) == 30
    assert len({character.alphabet for character in known}) == 50
    # The characters of the evaluation set that the training part holds, and the only alphabet in two parts.
    assert sum(character.evaluation and character.part == 0 for character in known) == 236
    parts = {}
    for character in known:
        parts.setdefault(character.alphabet, set()).add(character.part)
    assert [alphabet for alphabet, found in parts.items() if len(found) > 1] == ["Gurmukhi"]


@needs_shared
@pytest.mark.parametrize("split", ["vinyals", "ren"])
def test_the_splits_are_those_recorded_with_the_drawings(split):
    recorded = np.load(SHARED / "omniglot28.npz")
    loaded = load_omniglot(SHARED, split=split)
    for number, part in enumerate(("train", "val", "test")):
        X, y = loaded.part(part)
        chosen = np.flatnonzero(recorded[{"vinyals": "vinyals_split", "ren": "ren2018_split"}[split]] == number)
        np.testing.assert_array_equal(y, np.repeat(chosen, 20))
        np.testing.assert_array_equal(X[:, 0], recorded["images"][chosen].reshape(-1, 28, 28))


@needs_shared
def test_lakes_split_of_the_real_drawings():
    split = load_omniglot(SHARED, split="lake")
    recorded = np.load(SHARED / "omniglot28.npz")
    np.testing.assert_array_equal(np.unique(split.y_test), np.flatnonzero(recorded["evaluation"]))
    assert len({split.groups[number] for number in np.unique(split.y_val)}) == 5
    assert len(np.unique(split.y_train)) + len(np.unique(split.y_val)) == 964
    last = max(split.names[number] for number in np.unique(split.y_train))
    assert last < min(split.names[number] for number in np.unique(split.y_val))


@needs_shared
def test_pixels_of_the_nearest_drawing_by_cosine_on_the_official_runs():
    runs = read_omniglot_runs(SHARED)
    train, test = (images.reshape(20, 20, -1).astype(float) for images in (runs.train, runs.test))
    train, test = (flat / np.linalg.norm(flat, axis=2, keepdims=True) for flat in (train, test))
    nearest = (test @ train.transpose(0, 2, 1)).argmax(axis=2)
    assert (nearest == runs.label).mean() == pytest.approx(0.2175)
    assert (np.sort(runs.label, axis=1) == np.arange(20)).all()
