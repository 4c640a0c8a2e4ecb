"""``zsl benchmark`` on small files and made-up data."""

import io
import json

import command
import numpy as np
import pandas as pd
import pytest

from zsl import RelationClassifier, evaluate_gzsl, load_features
from zsl.datasets import make_zero_shot


class Quick(RelationClassifier):
    """The flagship with few parameters and few steps."""

    def __init__(self, *, semantics=None, verbose=True, random_state=None):
        super().__init__(
            semantics=semantics,
            n_episodes=5,
            cv=None,
            verbose=verbose,
            random_state=random_state,
        )

    def fit(self, X, y):
        assert not self.verbose
        return super().fit(X, y)


class Fixed(Quick):
    """The same without a random state or a progress bar of its own."""

    def __init__(self, *, semantics=None):
        super().__init__(semantics=semantics, verbose=False, random_state=0)


class Broken(Fixed):
    """Fails."""

    def fit(self, X, y):
        raise ValueError("nothing to fit")


@pytest.fixture(autouse=True)
def _methods(monkeypatch):
    known = {"Quick": Quick, "Fixed": Fixed}
    monkeypatch.setattr("zsl.estimators.zero_shot_methods", lambda: dict(known), raising=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Features with labels and parts, the labels once more on their own, and a class table."""
    folder = tmp_path_factory.mktemp("files")
    split = make_zero_shot(6, 3, n_features=8, n_attributes=5, n_per_class=8, noise=0.1, random_state=0)
    split.semantics.to_frame().to_csv(folder / "classes.csv")
    X = np.concatenate([split.X_train, split.X_test_seen, split.X_test_unseen])
    y = np.concatenate([split.y_train, split.y_test_seen, split.y_test_unseen])
    parts = np.repeat(["train", "test_seen", "test_unseen"], [len(split.X_train), len(split.X_test_seen), 60])
    pd.DataFrame(X, columns=[f"f{i}" for i in range(8)]).assign(label=y, part=parts).to_csv(
        folder / "all.csv", index=False
    )
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    return folder


def run(arguments, capsys):
    """Run the command; return exit code, what it printed and what it complained of."""
    return command.run(["benchmark", *arguments], capsys)


def test_table_of_own_files(files, capsys):
    arguments = [files / "all.csv", "--semantics", files / "classes.csv", "--split-column", "part"]
    code, out, err = run([*arguments, "--seeds", "2", "--quiet"], capsys)
    assert (code, err) == (0, "")
    header, _, *rows = out.split("\n\n")[0].splitlines()
    assert header.split()[:7] == ["data", "method", "T1", "S", "U", "H", "AUSUC"]
    assert sorted(row.split()[1] for row in rows) == ["Fixed", "Quick"]
    assert all(row.startswith("all.csv") and "±" in row and ("†" in row) == ("Fixed" in row) for row in rows)
    assert "all.csv: 6 seen and 3 unseen classes, 48 training samples" in out


def test_cells_as_json_are_what_evaluate_gzsl_measures(files, capsys):
    arguments = [files / "X.npy", files / "y.npy", "--semantics", files / "classes.csv", "--unseen", "seen_00,seen_01"]
    code, out, _ = run([*arguments, "--methods", "Quick", "--seeds", "1", "--format", "json", "--quiet"], capsys)
    assert code == 0
    (cell,) = json.loads(out)
    split = load_features(
        files / "X.npy", files / "y.npy", semantics=files / "classes.csv", unseen=["seen_00", "seen_01"]
    )
    expected = evaluate_gzsl(Quick(semantics=split.semantics, verbose=False, random_state=0), split)
    assert cell["ausuc"] == expected.ausuc
    assert cell["split"]["n_unseen_classes"] == 2


@pytest.mark.parametrize(("form", "start"), [("csv", "data,method,seeds"), ("markdown", "| data | method")])
def test_output_of_several_data_sets(capsys, tmp_path, form, start):
    path = tmp_path / "table"
    arguments = ["--data", "digits,synthetic", "--methods", "Fixed", "--format", form, "--output", path]
    code, out, err = run(arguments, capsys)
    assert (code, err) == (0, "")
    assert out == f"Wrote 1 method(s) on 2 data set(s) to {path}.\n"
    text = path.read_text(encoding="utf-8")
    assert text.startswith(start)
    assert "digits" in text
    assert "synthetic" in text
    assert text.endswith("\n")
    if form == "csv":
        assert pd.read_csv(io.StringIO(text))["data"].tolist() == ["digits", "synthetic"]


def test_a_folder_lets_it_go_on(files, capsys, tmp_path, monkeypatch):
    arguments = [files / "all.csv", "--semantics", files / "classes.csv", "--split-column", "part"]
    arguments += ["--methods", "Quick", "--seeds", "2", "--folder", tmp_path, "--format", "json", "--jobs", "2"]
    code, out, _ = run(arguments, capsys)
    assert code == 0
    assert len(list(tmp_path.glob("*.json"))) == len(list(tmp_path.glob("*.npz"))) == 2
    monkeypatch.setattr(Quick, "fit", Broken.fit)
    assert run(arguments, capsys)[:2] == (0, out)


def test_it_ends_with_what_can_be_said_of_the_best_two(files, capsys, tmp_path, monkeypatch):
    arguments = [files / "all.csv", "--semantics", files / "classes.csv", "--split-column", "part", "--seeds", "2"]
    out = run(arguments, capsys)[1]
    first, second = out.rstrip("\n").split("\n\n")[-2:]
    assert all(part in first for part in ("in H", "Quick", "Fixed", "on all.csv", "(95 % interval "))
    assert "from resampling 6 seen and 3 unseen classes and 2 random states of Quick)." in first
    assert second.startswith("On these very classes: ")
    assert "60 unseen samples" in second
    monkeypatch.setattr(
        "zsl.estimators.zero_shot_methods", lambda: {"Fixed": Fixed, "Quick": Quick, "Again": Quick}, raising=False
    )
    path = tmp_path / "table.tex"
    arguments += ["--format", "latex", "--columns", "method,T1,H", "-o", path]
    lines = run(arguments, capsys)[1].splitlines()
    assert lines[0].startswith("Wrote 3 method(s)")
    assert "the two of the largest H among 3 methods" in lines[-1]
    text = path.read_text(encoding="utf-8")
    assert "\\begin{tabular}{lrr}" in text
    assert "all.csv: 6 seen and 3 unseen classes" in text


def test_a_failed_fit_is_told_and_code_1(capsys, monkeypatch):
    monkeypatch.setattr("zsl.estimators.zero_shot_methods", lambda: {"Fixed": Fixed, "Broken": Broken}, raising=False)
    code, out, err = run(["--data", "synthetic", "--format", "csv", "--quiet"], capsys)
    assert code == 1
    assert [line.split(",")[1] for line in out.splitlines()[1:]] == ["Fixed", "Broken"]
    assert err == "zsl: error: 1 of 2 fits failed. Failed: Broken on synthetic: ValueError: nothing to fit\n"


def test_proposed_splits_are_loaded_from_the_folder(capsys, monkeypatch, tmp_path):
    asked = []

    def load(name, root):
        asked.append((name, root))
        return make_zero_shot(4, 2, n_features=6, n_attributes=4, random_state=len(asked))

    monkeypatch.setattr("zsl.datasets.load_gbu", load, raising=False)
    arguments = ["--gbu", "AWA2, CUB", "--root", tmp_path, "--methods", "Fixed", "--format", "csv", "--quiet"]
    code, out, _ = run(arguments, capsys)
    assert code == 0
    assert asked == [("AWA2", tmp_path), ("CUB", tmp_path)]
    assert pd.read_csv(io.StringIO(out))["data"].tolist() == ["AWA2", "CUB"]


def test_progress_unless_quiet(capsys, monkeypatch):
    told = []

    def stand_in(*_, verbose, **__):
        told.append(verbose)
        raise ValueError("enough")

    monkeypatch.setattr("zsl.evaluation.run_benchmark", stand_in)
    for more in ([], ["--quiet"]):
        assert run(["--data", "digits", *more], capsys)[0] == 2
    assert told == [True, False]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Wanted DATA, --data or --gbu"),
        (["--data", "digits", "--columns", "t1"], "--columns goes with --format markdown or latex, not text"),
        (["--data", "digits", "--format", "latex", "--columns", "t2"], "--columns t2 names ['t2']; known are data"),
        (["--data", "letters"], "--data names 'letters'; wanted digits or synthetic"),
        (["--data", "digits", "--methods", "Quick,Slow"], "'Slow'; known are Quick, Fixed, PromptClassifier."),
        (["--data", "digits", "--methods", ","], "known are Quick, Fixed, or all"),
        (["--data", "digits", "--unseen", "1"], "go with DATA"),
        (["--data", "digits", "--jobs", "0"], "n_jobs=0"),
        (["--data", "digits", "-o", "{folder}/no/table.csv"], "a folder that doesn't exist"),
        (["--gbu", "AWA2"], "--gbu and --root go together"),
        (["--root", "{folder}"], "--gbu and --root go together"),
        (["{folder}/all.csv"], "without --semantics"),
        (["{folder}/all.csv", "--semantics", "{folder}/classes.csv"], "one of --unseen and --split-column"),
        (["{folder}/all.csv", "--semantics", "{folder}/nothing.csv", "--unseen", "a"], "nothing.csv"),
    ],
)
def test_errors_are_one_line(files, capsys, arguments, complaint):
    code, _, err = run([argument.format(folder=files) for argument in arguments], capsys)
    assert code == 2
    assert complaint in err
    assert err.startswith("zsl: error: ")
    assert err.count("\n") == 1
