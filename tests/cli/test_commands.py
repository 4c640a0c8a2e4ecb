"""The command line on small files: what it prints and writes, and how it says no."""

import io
import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from command import run

from zsl import AttributePredictor, ZSLError, load, load_digits_zsl
from zsl.cli._demo import _nearest_attributes
from zsl.cli._shared import as_known
from zsl.datasets import make_zero_shot
from zsl.semantics._labels import listing


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
            "30", *more]  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["fit", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    program = f"""
import sys
from zsl.cli import main
sys.argv = ["zsl", *{arguments}]
try:
    main()
except SystemExit as stop:
    assert not stop.code
heavy = {{"torch", "sklearn", "pandas", "numpy", "sentence_transformers"}}
print("heavy:", sorted(heavy & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "heavy: []"


def test_module_answers_help():
    found = subprocess.run([sys.executable, "-m", "zsl", "--help"], capture_output=True, text=True, check=True)
    assert all(command in found.stdout for command in ("demo", "fit", "predict", "evaluate", "benchmark", "report"))


def test_version(capsys):
    code, out, _ = run(["--version"], capsys)
    assert code == 0
    assert out.startswith("zsl 0.")


def test_fit_tells_what_it_chose(files, capsys):
    folder, _ = files
    code, out, _ = run(fit_arguments(folder), capsys)
    assert code == 0
    assert "48 samples of 6 seen classes: seen_00, seen_01, " in out
    assert "semantics only: 3 classes: unseen_00, unseen_01, unseen_02." in out
    assert "γ = " in out
    params = load(folder / "model").selection_["params"]
    assert f"kernel = {params['kernel']}, alpha = {params['alpha']:g}, " in out
    assert f"block_weights = 1, prior_strength = {params['prior_strength']:g}, " in out
    assert load(folder / "model").n_episodes == 30


@pytest.mark.parametrize(
    ("method", "said"), [("ESZSLClassifier", "alpha_features = "), ("ALEClassifier", "n_steps = ")]
)
def test_another_method_is_fitted_and_predicts(files, capsys, method, said):
    folder, _ = files
    arguments = [part for part in fit_arguments(folder) if part not in ("--episodes", "30")]
    code, out, _ = run([*arguments, "--method", method], capsys)
    assert code == 0
    assert said in out
    assert type(load(folder / "model")).__name__ == method


def test_predict_with_rescaled_scores_and_a_reject_rate(files, capsys):
    folder, _ = files
    arguments = [part for part in fit_arguments(folder) if part not in ("--episodes", "30")]
    assert run([*arguments, "--method", "RidgePrototypeClassifier"], capsys)[0] == 0
    code, out, _ = run(
        ["predict", folder / "model", folder / "all.csv", "--rescale", "csls", "--reject", "0.9"], capsys
    )
    assert code == 0
    assert "none" in out


def test_methods_that_are_not_there_or_take_no_episodes(files, capsys):
    folder, _ = files
    arguments = [part for part in fit_arguments(folder) if part not in ("--episodes", "30")]
    code, _, error = run([*arguments, "--method", "Oracle"], capsys)
    assert code == 2
    assert "--method names no method by 'Oracle'; known are ALEClassifier, " in error
    code, _, error = run([*arguments, "--method", "SAEClassifier", "--episodes", "3"], capsys)
    assert code == 2
    assert "--episodes has no meaning for SAEClassifier" in error


def test_fit_without_semantics(files, capsys, tmp_path):
    folder, _ = files
    code, out, _ = run(["fit", folder / "train.npz", "-o", tmp_path / "m", "--episodes", "10"], capsys)
    assert code == 0
    assert "Known by semantics" not in out
    assert load(tmp_path / "m").semantics is None


def test_fit_tells_of_the_audit(files, capsys, tmp_path):
    folder, _ = files
    table = pd.read_csv(folder / "classes.csv", index_col=0)
    table.assign(same=1.0).to_csv(tmp_path / "classes.csv")
    arguments = ["fit", folder / "train.npz", "--semantics", tmp_path / "classes.csv", "-o", tmp_path / "m"]
    code, out, _ = run([*arguments, "--episodes", "5"], capsys)
    assert code == 0
    assert "Class table: " in out
    assert "same" in out


def columns_of(out, count):
    """The first cells of each line."""
    return [",".join(line.split(",")[:count]) for line in out.splitlines()]


def test_predict_prints_what_python_predicts(files, capsys):
    folder, split = files
    code, out, _ = run(["predict", folder / "model", folder / "unseen.npy", "--unseen-only"], capsys)
    assert code == 0
    expected = load(folder / "model").predict(split.X_test_unseen, classes=split.unseen_classes)
    assert columns_of(out, 2) == ["index,label", *(f"{place},{label}" for place, label in enumerate(expected))]
    p = load(folder / "model").predict_proba(split.X_test_unseen, classes=split.unseen_classes).max(axis=1)
    np.testing.assert_allclose(pd.read_csv(io.StringIO(out))["p"], p, atol=1e-6)


def test_predict_writes_probabilities(files, capsys, tmp_path):
    folder, split = files
    names = split.unseen_classes[:2].tolist()
    arguments = ["predict", folder / "model", folder / "unseen.npy", "--classes", ",".join(names), "--proba"]
    code, out, _ = run([*arguments, "-o", tmp_path / "p.csv"], capsys)
    assert code == 0
    assert "Wrote" in out
    written = pd.read_csv(tmp_path / "p.csv")
    assert list(written) == ["index", "label", "p", *(f"p_{name}" for name in names)]
    np.testing.assert_allclose(written.iloc[:, 3:].sum(axis=1), 1)


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
    expected = load(folder / "model").add_classes(
        split.X_support[:2], ["pictured"] * 2, semantics=rows.set_axis(["novel"])
    )
    assert [line.split(",")[1] for line in out.splitlines()[1:]] == expected.predict(
        split.X_test_unseen, classes=["novel", "pictured"]
    ).tolist()


def test_support_has_a_label_column_of_its_own(files, capsys, tmp_path):
    folder, split = files
    frame = pd.DataFrame(split.X_support[:2], columns=[f"f{i}" for i in range(8)])
    frame.assign(species="pictured").to_csv(tmp_path / "support.csv", index=False)
    frame.to_csv(tmp_path / "images.csv", index=False)
    arguments = ["predict", folder / "model", tmp_path / "images.csv", "--support", tmp_path / "support.csv"]
    code, out, _ = run([*arguments, "--support-label-column", "species", "--classes", "pictured"], capsys)
    assert code == 0
    assert columns_of(out, 2) == ["index,label", "0,pictured", "1,pictured"]


def test_evaluate_prints_a_table(files, capsys):
    folder, split = files
    arguments = ["evaluate", folder / "all.csv", "--semantics", folder / "classes.csv", "--episodes", "20", "--quiet"]
    code, out, _ = run([*arguments, "--unseen", ",".join(split.unseen_classes), "--seeds", "2"], capsys)
    assert code == 0
    assert "6 seen and 3 unseen classes, 2 seed(s)" in out
    assert re.search(r"^ +T1 +\d\.\d{3} ± \d+\.\d{3} +unseen samples among the unseen classes", out, re.MULTILINE)
    assert "AUSUC" in out
    assert max(len(line) for line in out.splitlines()) <= 80


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
    ]
    assert run([*arguments, "--unseen", "3,4"], capsys)[0] == 0
    code, _, err = run([*arguments, "--unseen", "three"], capsys)
    assert code == 2
    assert "integers" in err


def test_missing_attributes_are_filled_on_request(files, capsys, tmp_path):
    folder, _ = files
    table = pd.read_csv(folder / "classes.csv", index_col=0)
    table.iloc[0, 0] = -1
    table.to_csv(tmp_path / "classes.csv")
    arguments = ["fit", folder / "train.npz", "--semantics", tmp_path / "classes.csv", "-o", tmp_path / "m"]
    arguments += ["--episodes", "5", "--missing-value", "-1"]
    code, _, err = run(arguments, capsys)
    assert code == 2
    assert "has no value" in err
    code, out, _ = run([*arguments, "--missing", "zero"], capsys)
    assert code == 0
    assert "1 of 45 values were filled in" in out


def test_fit_tells_of_twins_once(files, capsys, tmp_path):
    folder, _ = files
    table = pd.read_csv(folder / "classes.csv", index_col=0)
    table.iloc[1] = table.iloc[0]
    table.to_csv(tmp_path / "classes.csv")
    arguments = ["fit", folder / "train.npz", "--semantics", tmp_path / "classes.csv", "-o", tmp_path / "m"]
    code, out, err = run([*arguments, "--episodes", "5"], capsys)
    assert code == 0
    assert out.count("have the same row") == 1
    assert err == ""


@pytest.mark.filterwarnings("always::zsl.SemanticsWarning")
def test_evaluate_warns_in_one_line(files, capsys, tmp_path):
    folder, split = files
    table = pd.read_csv(folder / "classes.csv", index_col=0)
    table.iloc[1] = table.iloc[0]
    table.to_csv(tmp_path / "classes.csv")
    arguments = ["evaluate", folder / "all.csv", "--semantics", tmp_path / "classes.csv", "--episodes", "5", "--quiet"]
    code, _, err = run([*arguments, "--unseen", ",".join(split.unseen_classes)], capsys)
    assert code == 0
    assert err.startswith("zsl: warning: semantics: 'seen_00', 'seen_01' have the same row")
    assert err.count("\n") == 1


def test_fit_says_when_nothing_could_be_chosen(files, capsys, tmp_path):
    _, split = files
    few = np.isin(split.y_train, split.seen_classes[:3])
    np.savez(tmp_path / "few.npz", X=split.X_train[few], label=split.y_train[few])
    code, out, _ = run(["fit", tmp_path / "few.npz", "-o", tmp_path / "m", "--episodes", "5"], capsys)
    assert code == 0
    assert "Too few seen classes or samples to choose on held-out classes: feature_root = False, kernel = rbf, " in out
    assert "prior_strength = 4, relation_gate = 0, γ = 0." in out


def test_names_of_classes():
    assert as_known(" ant, 'bee' ,", ["ant"]) == ["ant", "'bee'"]
    assert as_known('"shark, white", ant', ["ant"]) == ["shark, white", "ant"]
    assert as_known("7, -8", np.array([1, 2])) == [7, -8]
    assert listing(range(10), 10, str) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert listing(range(12), 10, str) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


def test_texts_as_class_table(files, capsys, tmp_path, monkeypatch):
    folder, split = files
    asked = []

    def encode(texts, encoder, **_):
        asked.append(encoder)
        return np.array([[len(text), text.count("e"), ord(text[-1])] for text in texts], dtype=float)

    monkeypatch.setattr("zsl.semantics._texts.encode_texts", encode)
    sentences = [f"a sentence of {label}" for label in split.semantics.classes]
    pd.DataFrame({"class": split.semantics.classes, "text": sentences}).to_csv(tmp_path / "t.csv", index=False)
    arguments = ["fit", folder / "train.npz", "--semantics", tmp_path / "t.csv", "--texts", "-o", tmp_path / "m"]
    code, out, _ = run([*arguments, "--episodes", "5"], capsys)
    assert code == 0
    assert "semantics only: 3 classes" in out
    pd.DataFrame({"class": ["novel"], "text": ["a new sentence"]}).to_csv(tmp_path / "n.csv", index=False)
    add = ["predict", tmp_path / "m", folder / "unseen.npy", "--add-semantics", tmp_path / "n.csv", "--texts"]
    code, out, _ = run([*add, "--classes", "novel"], capsys)
    assert code == 0
    assert set(columns_of(out, 2)[1:]) == {f"{place},novel" for place in range(len(split.X_test_unseen))}
    assert asked[0] == asked[1].encoder
    pd.DataFrame({"class": ["a"], "text": ["b"], "more": ["c"]}).to_csv(tmp_path / "t.csv", index=False)
    code, _, err = run(arguments, capsys)
    assert code == 2
    assert "3 columns" in err
    (tmp_path / "t.csv").write_bytes(b"")
    code, _, err = run(arguments, capsys)
    assert code == 2
    assert "t.csv is empty" in err


def test_texts_of_integer_classes(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("zsl.semantics._texts.encode_texts", lambda texts, *_, **__: np.eye(len(texts)))
    pd.DataFrame({"class": [3, 1, 2], "text": ["c", "a", "b"]}).to_csv(tmp_path / "t.csv", index=False)
    np.savez(tmp_path / "train.npz", X=np.eye(4), label=[1, 1, 2, 2])
    arguments = ["fit", tmp_path / "train.npz", "--semantics", tmp_path / "t.csv", "--texts", "-o", tmp_path / "m"]
    code, out, _ = run([*arguments, "--episodes", "1"], capsys)
    assert code == 0
    assert load(tmp_path / "m").classes_.tolist() == [1, 2, 3]
    assert "1 classes: 3." in out


def test_demo(capsys, monkeypatch):
    import torch

    monkeypatch.setattr("zsl.RelationClassifier", quick_classifier, raising=False)
    threads = torch.get_num_threads()
    code, out, _ = run(["demo"], capsys)
    assert code == 0
    assert torch.get_num_threads() == threads
    assert "nearest attributes" in out
    assert "nearest class mean" in out
    assert [f"truth {label}, predicted" in out for label in (7, 8, 9)] == [True] * 3
    assert out.count("against:") == 3
    assert "▓" in out
    assert "\x1b" not in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_demo_without_block_characters(monkeypatch):
    monkeypatch.setattr("zsl.RelationClassifier", quick_classifier, raising=False)
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="cp1252"))
    assert run(["demo", "--quiet"])[0] == 0
    sys.stdout.flush()
    assert b"%%@@" in written.getvalue()
    assert written.getvalue().rstrip().endswith(b"with features and a class table of your own.")


def test_a_greek_letter_that_the_terminal_lacks(files, monkeypatch):
    folder, _ = files
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="cp1252"))
    assert run(fit_arguments(folder))[0] == 0
    sys.stdout.flush()
    assert b"? = " in written.getvalue()


@pytest.mark.parametrize(("more", "verbose"), [([], True), (["--quiet"], False)])
def test_quiet_silences_the_progress_bar(files, capsys, monkeypatch, more, verbose):
    folder, _ = files

    def tell(**parameters):
        raise ValueError(f"verbose={parameters['verbose']}")

    monkeypatch.setattr("zsl.RelationClassifier", tell, raising=False)
    for command in ("fit", "evaluate"):
        monkeypatch.setattr(f"zsl.cli._{command}.make_method", lambda *names, **parameters: tell(**parameters))
    for arguments in (
        ["demo"],
        ["fit", folder / "train.npz", "-o", "m"],
        ["evaluate", folder / "all.csv", "--semantics", folder / "classes.csv", "--unseen", "unseen_00"],
    ):
        code, _, err = run([*arguments, *more], capsys)
        assert code == 2
        assert f"verbose={verbose}" in err


def test_nearest_attributes_agrees_with_the_normal_equations():
    split = load_digits_zsl()
    X, S = split.X_train, split.semantics.rows(split.y_train)
    centred = X - X.mean(axis=0)
    weights = np.linalg.solve(centred.T @ centred + np.eye(X.shape[1]), centred.T @ (S - S.mean(axis=0)))
    found = (split.X_test_unseen - X.mean(axis=0)) @ weights + S.mean(axis=0)
    right = []
    for label in split.unseen_classes:
        rows = found[split.y_test_unseen == label]
        gaps = [((rows - split.semantics.rows([other])) ** 2).sum(axis=1) for other in split.unseen_classes]
        right.append(np.mean(split.unseen_classes[np.argmin(gaps, axis=0)] == label))
    assert _nearest_attributes(split) == pytest.approx(np.mean(right))


def quick_classifier(**parameters):
    from zsl.estimators import RelationClassifier

    return RelationClassifier(**parameters, n_episodes=5, cv=2)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["fit", "nowhere.npz", "-o", "{folder}"], "--output '"),
        (["fit", "nowhere.npz", "-o", "m"], "nowhere.npz is not a file or folder"),
        (["fit", "{folder}/unseen.npy", "-o", "m"], "has no labels"),
        (["fit", "{folder}/train.npz", "-o", "m", "--texts"], "wasn't given"),
        (["fit", "{folder}/train.npz", "-o", "m", "--label-column", "species"], "'species'"),
        (["predict", "{folder}/model", "{folder}/unseen.npy", "--support-labels", "l.txt"], "--support, which"),
        (["predict", "{folder}/model", "{folder}/unseen.npy", "-o", "{folder}/no/p.csv"], "non-existent"),
        (["evaluate", "{folder}/all.csv", "--semantics", "{folder}/classes.csv", "--unseen", "a"], "has no samples"),
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


@pytest.mark.parametrize(("command", "option"), [("predict", []), ("episodes", ["--features"])])
def test_a_model_of_attributes_predicts_no_classes(files, capsys, tmp_path, command, option):
    folder, split = files
    AttributePredictor(semantics=split.semantics).fit(split.X_train, split.y_train).save(tmp_path / "attributes")
    code, _, err = run([command, tmp_path / "attributes", *option, folder / "all.csv"], capsys)
    assert code == 2
    assert "AttributePredictor; wanted a model that predicts classes" in " ".join(err.split())


def test_unseen_only_needs_unseen_classes(files, capsys, tmp_path):
    folder, _ = files
    run(["fit", folder / "train.npz", "-o", tmp_path / "m", "--episodes", "5", "--quiet"], check=True)
    code, _, err = run(["predict", tmp_path / "m", folder / "unseen.npy", "--unseen-only"], capsys)
    assert code == 2
    assert "no class without training samples" in err


def test_debug_shows_the_traceback(files):
    with pytest.raises(ValueError, match="is not a file"):
        run(["--debug", "fit", "nowhere.npz", "-o", "m"])


def test_a_loss_that_diverges_is_one_line(files, capsys, monkeypatch):
    folder, _ = files

    def diverge(self, X, y):
        raise ZSLError("The loss is nan after 50 steps.")

    monkeypatch.setattr("zsl.estimators.RelationClassifier.fit", diverge)
    code, _, err = run(fit_arguments(folder), capsys)
    assert code == 2
    assert err == "zsl: error: The loss is nan after 50 steps.\n"


@pytest.mark.parametrize("arguments", [["fit"], ["paint"], ["demo", "--seed", "one"], ["fit", "x", "-o"]])
def test_wrong_usage_is_code_2(capsys, arguments):
    assert run(arguments, capsys)[0] == 2
