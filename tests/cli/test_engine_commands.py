"""``--engine``: folders of blocks by the commands, and options that don't go together."""

import numpy as np
import pytest
from command import run

from zsl import ESZSLClassifier, TextEncoder, load, load_digits_zsl
from zsl.datasets import open_shards, write_shards
from zsl.scale import open_predictions


@pytest.fixture(scope="module")
def split():
    return load_digits_zsl()


@pytest.fixture
def model(split, tmp_path):
    clf = ESZSLClassifier(semantics=split.semantics, cv=None).fit(split.X_train, split.y_train)
    clf.save(tmp_path / "model")
    np.save(tmp_path / "X.npy", split.X_test_unseen)
    return tmp_path / "model"


class Letters:
    """In place of a network: how often each letter occurs."""

    def encode(self, texts):
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=np.float32)


def test_predictions_by_blocks_are_those_of_the_model(split, model, tmp_path):
    pytest.importorskip("pyarrow")
    write_shards(tmp_path / "shards", [split.X_test_unseen])
    for name in ("shards", "X.npy"):
        out = tmp_path / f"of_{name[0]}"
        run(
            ["predict", model, tmp_path / name, "-o", out, "--engine", "local", "--unseen-only", "--top", 2], check=True
        )
        found = open_predictions(out)
        wanted = load(model).top_classes(split.X_test_unseen, load(model).unseen_classes_, k=2)[0]
        assert found.columns == ["row", "label", "score", "label_2", "score_2"]
        np.testing.assert_array_equal(np.column_stack([found["label"], found["label_2"]]), wanted)


def test_classes_may_be_added_first(split, model, tmp_path):
    pytest.importorskip("pyarrow")
    row = split.semantics.to_frame().iloc[:2].mean()
    row.to_frame("77").T.rename_axis("class").to_csv(tmp_path / "new.csv")
    arguments = ["predict", model, tmp_path / "X.npy", "-o", tmp_path / "out", "--engine", "local", "--quiet"]
    code, *_ = run([*arguments, "--add-semantics", tmp_path / "new.csv", "--classes", "77"])
    assert code == 0
    assert set(open_predictions(tmp_path / "out")["label"].tolist()) == {77}


def test_texts_become_shards_and_predictions(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pyarrow")
    encoder = TextEncoder(Letters())
    monkeypatch.setattr("zsl.datasets.samples._encoders.encoder_for", lambda *_: encoder)
    (tmp_path / "texts.csv").write_text("text,label\naab,1\nbb,2\nccc,3\n")
    out = tmp_path / "shards"
    _, printed, _ = run(["encode", tmp_path / "texts.csv", "-o", out, "--engine", "local"], capsys, check=True)
    assert "Wrote 3 texts as 3 features" in printed
    assert open_shards(out).labels.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["-o", "x.csv", "--engine", "local"],
            "--output x.csv with --engine local, which writes blocks; wanted a fold",
        ),
        (["--engine", "local"], "no --output with --engine local"),
        (["-o", "out", "--workers", 2], "--workers 2 goes with --engine ray"),
        (["-o", "out", "--engine", "local", "--workers", 2], "--workers 2 goes with --engine ray"),
        (["-o", "out", "--engine", "local", "--gpus", 1], "--gpus 1 goes with --engine ray"),
        (["-o", "out", "--column", "a"], "--column a goes with --engine"),
        (["-o", "out", "--engine", "local", "--column", "a"], "--column a goes with Parquet files"),
        (["-o", "out", "--engine", "local", "--rescale", "csls"], "--rescale doesn't go with --engine"),
        (["-o", "out", "--engine", "local", "--skip-unreadable"], "--skip-unreadable doesn't go with --engine"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(model, tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(["predict", model, "X.npy", *options], capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "out").exists()


def test_features_are_not_encoded_again(tmp_path, model, capsys):
    code, _, err = run(["encode", tmp_path / "X.npy", "-o", tmp_path / "out", "--engine", "local"], capsys)
    assert code == 2
    assert "X.npy holds features already" in err


def test_jobs_are_those_of_one_machine(capsys):
    code, _, err = run(["benchmark", "--data", "digits", "--engine", "ray", "--jobs", 2], capsys)
    assert code == 2
    assert "--jobs 2 doesn't go with --engine ray" in err
