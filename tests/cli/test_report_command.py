"""``zsl report`` on small files: the page that it writes, and how it says no."""

import re

import numpy as np
import pandas as pd
import pytest
from command import run
from PIL import Image

from zsl import RelationClassifier, Semantics, load_digits_zsl
from zsl.cli.reading import DataOptions, SplitOptions
from zsl.datasets import make_zero_shot
from zsl.datasets.samples.reading import Samples

QUICK = {"n_episodes": 5, "cv": 2, "random_state": 0, "verbose": False}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A saved model, one without a class table, and all images in a file with a column of parts and one without."""
    folder = tmp_path_factory.mktemp("files")
    split = make_zero_shot(6, 3, n_features=8, n_attributes=5, n_per_class=8, noise=0.1, random_state=0)
    split.semantics.to_frame().to_csv(folder / "classes.csv")
    parts = {"train": "train", "test_seen": "test_seen", "test_unseen": "test_unseen"}
    frames = [
        pd.DataFrame(getattr(split, f"X_{name}")).add_prefix("f").assign(label=getattr(split, f"y_{name}"), part=part)
        for name, part in parts.items()
    ]
    everything = pd.concat(frames)
    everything.to_csv(folder / "parts.csv", index=False)
    everything.drop(columns="part").to_csv(folder / "all.csv", index=False)
    RelationClassifier(semantics=split.semantics, **QUICK).fit(split.X_train, split.y_train).save(folder / "model")
    RelationClassifier(**QUICK).fit(split.X_train, split.y_train).save(folder / "bare")
    return folder


def test_page_of_a_split_with_the_table_of_the_model(files, capsys, tmp_path):
    page = tmp_path / "page.html"
    arguments = [
        "report",
        files / "model",
        files / "parts.csv",
        "--split-column",
        "part",
        "-o",
        page,
        "--examples",
        "1",
    ]
    code, out, err = run([*arguments, "--title", "My <title>", "--png-folder", tmp_path / "png", "--k", "2"], capsys)
    assert (code, err) == (0, "")
    assert out == f"Wrote {page} on RelationClassifier.\n"
    text = page.read_text(encoding="utf-8")
    assert "<h1>My &lt;title&gt;</h1>" in text
    assert "fixed by the user" in text
    assert "one of their 2 best matches" in text
    assert re.search(r"unseen classes, 20\d\d-\d\d-\d\d<", text)
    assert re.search(r"Made with zsl \d", text)
    assert text.count("<article>") <= 2
    assert len(list((tmp_path / "png").iterdir())) == 12


def test_page_of_a_random_split_says_when_it_holds(files, capsys, tmp_path):
    page = tmp_path / "page.html"
    unseen = "unseen_00,unseen_01,unseen_02"
    arguments = ["report", files / "model", files / "all.csv", "--unseen", unseen, "-o", page]
    code, _, err = run([*arguments, "--semantics", files / "classes.csv"], capsys)
    assert (code, err) == (0, "")
    assert "hold only if the model was not fitted on them" in page.read_text(encoding="utf-8")


def test_page_of_digits(capsys, tmp_path):
    split = load_digits_zsl()
    few = np.concatenate([np.flatnonzero(split.y_train == label)[:12] for label in split.seen_classes])
    fitted = RelationClassifier(semantics=split.semantics, **QUICK)
    fitted.fit(split.X_train[few], split.y_train[few]).save(tmp_path / "model")
    code, _, err = run(["report", tmp_path / "model", "--data", "digits", "-o", tmp_path / "page.html"], capsys)
    assert (code, err) == (0, "")
    assert "sklearn.datasets.load_digits" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["model", "-o", "page.html"], "Wanted one of DATA and --data"),
        (["model", "all.csv", "--data", "digits", "-o", "page.html"], "Wanted one of DATA and --data"),
        (["model", "--data", "letters", "-o", "page.html"], "--data 'letters' is not known; wanted digits"),
        (["model", "--data", "digits", "-o", "page.html"], "wanted labels of one kind"),
        (["model", "all.csv", "-o", "page.html"], "--unseen and --split-column"),
        (["model", "parts.csv", "--split-column", "part", "-o", "no/page.html"], "lies in a folder that doesn't exist"),
        (["model", "parts.csv", "--split-column", "part", "--k", "10", "-o", "page.html"], "--k 10; wanted"),
        (["bare", "parts.csv", "--split-column", "part", "-o", "page.html"], "no class table; wanted --semantics"),
        (["none", "parts.csv", "--split-column", "part", "-o", "page.html"], "is no saved model"),
    ],
)
def test_errors_are_one_line(files, capsys, monkeypatch, arguments, complaint):
    monkeypatch.chdir(files)
    code, out, err = run(["report", *arguments], capsys)
    assert code == 2
    assert out == ""
    assert complaint in err
    assert err.startswith("zsl: error: ")
    assert err.count("\n") == 1
    assert not (files / "page.html").exists()


@pytest.mark.parametrize("unseen", ["c,d", None])
def test_pictures_are_those_of_the_test_samples_of_unseen_classes(unseen, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    folders = (
        ["a", "b", "c", "d"] if unseen else ["train/a", "train/b", "test_seen/a", "test_unseen/c", "test_unseen/d"]
    )
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
        for place in range(6):
            Image.fromarray(rng.integers(256, size=(4, 4, 3), dtype=np.uint8)).save(tmp_path / folder / f"{place}.png")

    def take(self, found, encoder=None, quiet=False):
        pixels = np.stack([np.asarray(Image.open(path), dtype=float).ravel() for path in found.items])
        return Samples(pixels, found.labels, found.names, "images", parts=found.parts)

    monkeypatch.setattr(DataOptions, "take", take)
    table = Semantics(np.eye(4), classes=["a", "b", "c", "d"])
    options = SplitOptions(unseen=unseen)
    split = options.read(tmp_path, None, table, DataOptions(), pictures=True)
    assert len(split.info["images"]) == len(split.y_test_unseen) > 0
    for path, label, row in zip(split.info["images"], split.y_test_unseen, split.X_test_unseen, strict=True):
        assert path.parent.name == label
        assert np.asarray(Image.open(path)).ravel().tolist() == row.tolist()
    assert "images" not in options.read(tmp_path, None, table, DataOptions()).info
