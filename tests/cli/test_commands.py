"""The command line on small files: what it prints and writes, and how it says no."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from zsl import load, make_zero_shot
from zsl.cli import main


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Features, labels and class table of a split, as a user has them; and a model fitted by the command."""
    folder = tmp_path_factory.mktemp("files")
    split = make_zero_shot(6, 3, n_features=8, n_attributes=5, n_per_class=8, noise=0.1, random_state=0)
    split.semantics.to_frame().to_csv(folder / "classes.csv")
    np.savez(folder / "train.npz", X=split.X_train, label=split.y_train)
    np.save(folder / "unseen.npy", split.X_test_unseen)
    np.save(folder / "unseen_labels.npy", split.y_test_unseen)
    everything = pd.DataFrame(
        np.concatenate([split.X_train, split.X_test_seen, split.X_test_unseen]), columns=[f"f{i}" for i in range(8)]
    )
    everything["label"] = np.concatenate([split.y_train, split.y_test_seen, split.y_test_unseen])
    everything.to_csv(folder / "all.csv", index=False)
    sizes = len(split.X_train), len(split.X_test_seen), len(split.X_test_unseen)
    parts = np.repeat(["train", "test_seen", "test_unseen"], sizes)
    everything.assign(part=parts).to_csv(folder / "parts.csv", index=False)
    assert run(fit_arguments(folder), check=True)[0] == 0
    return folder, split


def fit_arguments(folder, *more):
    return ["fit", folder / "train.npz", "--semantics", folder / "classes.csv", "-o", folder / "model", "--episodes",
            "30", "--quiet", *more]  # fmt: skip


def run(arguments, capsys=None, check=False):
    """Run the command line in this process; return exit code, what it printed and what it complained of."""
    old, sys.argv = sys.argv, ["zsl", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.argv = old
    out, err = capsys.readouterr() if capsys else ("", "")
    if check:
        assert code == 0, err
    return code, out, err


def test_help_is_quick_to_import():
    program = (
        "import sys, zsl.cli; print([name for name in ('torch', 'sklearn', 'pandas', 'numpy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_module_answers_help():
    found = subprocess.run([sys.executable, "-m", "zsl", "--help"], capture_output=True, text=True, check=True)
    assert all(command in found.stdout for command in ("demo", "fit", "predict", "evaluate"))


def test_version(capsys):
    code, out, _ = run(["--version"], capsys)
    assert code == 0
    assert out.startswith("zsl 0.")


def test_fit_tells_what_it_chose(files, capsys):
    folder, _ = files
    code, out, _ = run(fit_arguments(folder), capsys)
    assert code == 0
    assert "6 seen classes" in out
    assert "semantics alone: 3 classes" in out
    assert "γ = " in out
    assert load(folder / "model").n_episodes_ <= 30


def test_fit_without_semantics(files, capsys, tmp_path):
    folder, _ = files
    code, out, _ = run(["fit", folder / "train.npz", "-o", tmp_path / "m", "--episodes", "10", "--quiet"], capsys)
    assert code == 0
    assert "Known by semantics" not in out
    assert load(tmp_path / "m").semantics is None


def test_fit_tells_of_the_audit(files, capsys, tmp_path):
    folder, _ = files
    table = pd.read_csv(folder / "classes.csv", index_col=0)
    table.assign(same=1.0).to_csv(tmp_path / "classes.csv")
    arguments = ["fit", folder / "train.npz", "--semantics", tmp_path / "classes.csv", "-o", tmp_path / "m"]
    code, out, _ = run([*arguments, "--episodes", "5", "--quiet"], capsys)
    assert code == 0
    assert "Class table: " in out
    assert "same" in out


def test_predict_prints_what_python_predicts(files, capsys):
    folder, split = files
    code, out, _ = run(["predict", folder / "model", folder / "unseen.npy", "--unseen-only"], capsys)
    assert code == 0
    expected = load(folder / "model").predict(split.X_test_unseen, classes=split.unseen_classes)
    assert out.split()[1:] == expected.tolist()


def test_predict_writes_probabilities(files, capsys, tmp_path):
    folder, split = files
    names = split.unseen_classes[:2].tolist()
    arguments = ["predict", folder / "model", folder / "unseen.npy", "--classes", ",".join(names), "--proba"]
    code, out, _ = run([*arguments, "-o", tmp_path / "p.csv"], capsys)
    assert code == 0
    assert "Wrote" in out
    written = pd.read_csv(tmp_path / "p.csv")
    assert list(written) == ["label", *(f"p_{name}" for name in names)]
    np.testing.assert_allclose(written.iloc[:, 1:].sum(axis=1), 1)


def test_predict_adds_classes_first(files, capsys, tmp_path):
    folder, split = files
    rows = split.semantics.select([split.unseen_classes[0]]).to_frame()
    rows.set_axis(["novel"]).to_csv(tmp_path / "novel.csv")
    np.save(tmp_path / "support.npy", split.X_support[:2])
    (tmp_path / "labels.txt").write_text("pictured\npictured\n")
    arguments = ["predict", folder / "model", folder / "unseen.npy", "--add-semantics", tmp_path / "novel.csv"]
    more = ["--support", tmp_path / "support.npy", "--support-labels", tmp_path / "labels.txt"]
    code, out, _ = run([*arguments, *more, "--classes", "novel,pictured"], capsys)
    assert code == 0
    assert set(out.split()[1:]) <= {"novel", "pictured"}


def test_evaluate_prints_a_table(files, capsys):
    folder, split = files
    arguments = ["evaluate", folder / "all.csv", "--semantics", folder / "classes.csv", "--episodes", "20", "--quiet"]
    code, out, _ = run([*arguments, "--unseen", ",".join(split.unseen_classes), "--seeds", "2"], capsys)
    assert code == 0
    assert "AUSUC" in out
    assert "±" in out


def test_evaluate_takes_a_split_and_prints_json(files, capsys):
    folder, _ = files
    arguments = ["evaluate", folder / "parts.csv", "--semantics", folder / "classes.csv", "--split-column", "part"]
    code, out, _ = run([*arguments, "--episodes", "20", "--quiet", "--json"], capsys)
    assert code == 0
    (result,) = json.loads(out)
    assert result["n_seen_classes"] == 6
    assert 0 <= result["t1"] <= 1


def test_integer_labels_from_the_command_line(capsys, tmp_path):
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.normal(size=(4, 3)), index=pd.Index([1, 2, 3, 4], name="class")).to_csv(tmp_path / "classes.csv")
    frame = pd.DataFrame(rng.normal(size=(40, 5)), columns=list("abcde"))
    frame.assign(label=np.repeat([1, 2, 3, 4], 10)).to_csv(tmp_path / "all.csv", index=False)
    arguments = [
        "evaluate",
        tmp_path / "all.csv",
        "--semantics",
        tmp_path / "classes.csv",
        "--episodes",
        "5",
        "--quiet",
    ]
    assert run([*arguments, "--unseen", "3,4"], capsys)[0] == 0
    code, _, err = run([*arguments, "--unseen", "three"], capsys)
    assert code == 2
    assert "integers" in err


def test_texts_as_class_table(files, capsys, tmp_path, monkeypatch):
    folder, split = files

    def encode(texts, encoder, **_):
        return np.array([[len(text), text.count("e"), ord(text[-1])] for text in texts], dtype=float)

    monkeypatch.setattr("zsl.semantics._texts.encode_texts", encode)
    sentences = [f"a sentence of {label}" for label in split.semantics.classes]
    pd.DataFrame({"class": split.semantics.classes, "text": sentences}).to_csv(tmp_path / "t.csv", index=False)
    arguments = ["fit", folder / "train.npz", "--semantics", tmp_path / "t.csv", "--texts", "-o", tmp_path / "m"]
    code, out, _ = run([*arguments, "--episodes", "5", "--quiet"], capsys)
    assert code == 0
    assert "semantics alone: 3 classes" in out
    pd.DataFrame({"class": ["a"], "text": ["b"], "more": ["c"]}).to_csv(tmp_path / "t.csv", index=False)
    code, _, err = run(arguments, capsys)
    assert code == 2
    assert "3 columns" in err


def test_demo(capsys, monkeypatch):
    monkeypatch.setattr("zsl.RelationClassifier", quick_classifier, raising=False)
    code, out, _ = run(["demo", "--quiet"], capsys)
    assert code == 0
    assert "nearest attributes" in out
    assert "nearest class mean" in out
    assert "against:" in out


def quick_classifier(**parameters):
    from zsl.estimators import RelationClassifier

    return RelationClassifier(**parameters, n_episodes=30, n_folds=1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["fit", "nowhere.npz", "-o", "m"], "nowhere.npz is not a file"),
        (["fit", "{folder}/unseen.npy", "-o", "m"], "has no labels"),
        (["predict", "{folder}/none", "{folder}/unseen.npy"], "is no saved model"),
        (["predict", "{folder}/model", "{folder}/unseen.npy", "--classes", "unicorn"], "unicorn"),
        (["predict", "{folder}/model", "{folder}/unseen.npy", "--classes", "a", "--unseen-only"], "exclude each other"),
        (["predict", "{folder}/model", "{folder}/unseen.npy", "--support", "{folder}/unseen.npy"], "has no labels"),
        (["evaluate", "{folder}/all.csv", "--semantics", "{folder}/classes.csv"], "--unseen"),
        (["evaluate", "{folder}/all.csv", "--semantics", "{folder}/nothing.csv", "--unseen", "a"], "nothing.csv"),
    ],
)
def test_errors_are_one_line(files, capsys, arguments, complaint):
    folder, _ = files
    code, _, err = run([argument.format(folder=folder) for argument in arguments], capsys)
    assert code == 2
    assert complaint in err
    assert err.startswith("zsl: error: ")
    assert err.count("\n") == 1


def test_unseen_only_needs_unseen_classes(files, capsys, tmp_path):
    folder, _ = files
    run(["fit", folder / "train.npz", "-o", tmp_path / "m", "--episodes", "5", "--quiet"], check=True)
    code, _, err = run(["predict", tmp_path / "m", folder / "unseen.npy", "--unseen-only"], capsys)
    assert code == 2
    assert "no class without training images" in err


def test_debug_shows_the_traceback(files):
    with pytest.raises(ValueError, match="is not a file"):
        run(["--debug", "fit", "nowhere.npz", "-o", "m"])


def test_wrong_usage_is_code_2(capsys):
    assert run(["fit"], capsys)[0] == 2
