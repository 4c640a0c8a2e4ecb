"""What a benchmark is published as: cells read back from a folder or a file, and tables of chosen columns."""

import json
import os
import re
import shutil
import warnings

import numpy as np
import pytest
from nearest_prototype import NearestPrototype, gaussian_split

from zsl import ESZSLClassifier, InvalidInputError
from zsl.evaluation import BenchmarkResult, evaluate_gzsl, run_benchmark
from zsl.evaluation.benchmark._bias import bias_lines, how_bias
from zsl.evaluation.benchmark._records import read_record, write_record


@pytest.fixture(scope="module")
def split():
    return gaussian_split(8, 4, n_per_class=10, noise=0.5)


METHODS = {"ESZSL_&_co": ESZSLClassifier(cv=2), "near": NearestPrototype(), "far": NearestPrototype(alpha=1e2)}


@pytest.fixture(scope="module")
def made(split, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return run_benchmark(METHODS, {"50%": split, "other": split}, folder=folder, verbose=False), folder


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made[1], tmp_path / "cells")


def by_name(cells):
    return sorted(cells, key=lambda cell: (cell["data"], cell["method"]))


def test_a_folder_is_read_back(made, folder):
    (folder / "notes.json").write_text("[1]")
    (folder / "more.json").write_text('{"mine": 1}')
    with pytest.warns(UserWarning, match=r"notes.json was altered or damaged \(no JSON object\); its cell is left out"):
        read = BenchmarkResult.read(folder)
    assert read.cells == by_name(made[0].cells)
    assert str(read.to_frame().sort_values(["data", "method"]).to_numpy().tolist()) == str(
        made[0].to_frame().sort_values(["data", "method"]).to_numpy().tolist()
    )
    for found, cell in zip(read.predictions, read.cells, strict=True):
        assert found.by_class() == cell["classes"]


def test_predictions_are_those_of_the_estimator(made, split):
    place = [cell["method"] for cell in made[0].cells].index("near")
    kept = made[0].predictions[place]
    result = evaluate_gzsl(NearestPrototype(semantics=split.semantics), split)
    fitted = NearestPrototype(semantics=split.semantics).fit(split.X_train, split.y_train)
    np.testing.assert_array_equal(kept.seen_true, split.y_test_seen)
    np.testing.assert_array_equal(kept.seen_predicted, fitted.predict(split.X_test_seen))
    np.testing.assert_array_equal(kept.t1_predicted, fitted.predict(split.X_test_unseen, classes=split.unseen_classes))
    rows = {row["class"]: row for row in made[0].cells[place]["classes"]}
    assert {label: row["accuracy"] for label, row in rows.items() if row["seen"]} == result.seen_by_class
    assert {label: row["t1"] for label, row in rows.items() if not row["seen"]} == result.t1_by_class
    assert sum(row["n_test"] for row in rows.values()) == len(split.X_test_seen) + len(split.X_test_unseen)


def test_a_json_file_is_read_back_without_predictions(made, tmp_path):
    made[0].to_json(tmp_path / "all.json")
    read = BenchmarkResult.read(tmp_path / "all.json")
    assert read.cells == by_name(made[0].cells)
    assert read.predictions == [None] * 6
    frame = read.to_frame()
    assert frame["interval"].tolist() == ["classes"] * 6
    assert frame["t1_95"].notna().all()
    assert frame["ausuc_95"].isna().all()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "can't be read as JSON"),
        ("[]", "holds no list of cells; wanted what"),
        ("[1]", "holds no list of cells; wanted what"),
        ('{"method": "m"}', "at position 0, it names no method or no data set"),
    ],
)
def test_files_that_are_no_benchmark(tmp_path, content, complaint):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InvalidInputError, match=complaint):
        BenchmarkResult.read(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": "0"}, "its seed is '0'"),
        ({"split": {}}, "split is incomplete"),
        ({"semantics": []}, "semantics is incomplete"),
        ({"t1": 0.5}, "t1 isn't the mean over classes"),
        ({"classes": []}, "isn't the mean over classes"),
        ({"classes": [{"class": "a"}]}, "classes is no list of classes"),
        ({"predictions": 3}, "predictions is no table with a sha256"),
        ({"status": "failed"}, "its error is no table"),
    ],
)
def test_cells_of_a_file_are_checked(made, tmp_path, change, reason):
    (tmp_path / "x.json").write_text(json.dumps([made[0].cells[0] | change]))
    with pytest.raises(InvalidInputError, match=f"at position 0, .*{reason}"):
        BenchmarkResult.read(tmp_path / "x.json")


def test_places_without_cells(tmp_path):
    with pytest.raises(InvalidInputError, match="holds no cells; wanted a folder"):
        BenchmarkResult.read(tmp_path)
    for path in (tmp_path / "nothing", None, 3):
        with pytest.raises(InvalidInputError):
            BenchmarkResult.read(path)


def test_cells_that_were_made_otherwise_are_not_averaged(folder, split):
    run_benchmark({"near": NearestPrototype(alpha=7.0)}, {"other": split}, folder=folder, verbose=False)
    newest = [p for p in folder.glob("near--other--*.json") if '"alpha": 7.0' in p.read_text()]
    os.utime(newest[0], (2e9, 2e9))
    with pytest.warns(UserWarning, match="2 cells of near on other with several parameters, data or versions; the 1 "):
        read = BenchmarkResult.read(folder)
    (cell,) = [cell for cell in read.cells if (cell["method"], cell["data"]) == ("near", "other")]
    assert cell["estimator"]["parameters"]["alpha"] == 7.0


def test_failed_cells_are_read_too(split, tmp_path):
    run_benchmark({"m": NearestPrototype(alpha="a")}, {"d": split}, folder=tmp_path, verbose=False)
    read = BenchmarkResult.read(tmp_path)
    assert [cell["status"] for cell in read.cells] == ["failed"]
    assert "failed" in read.to_latex()


def again(folder, split, **options):
    return run_benchmark({"near": METHODS["near"]}, {"other": split}, folder=folder, verbose=False, **options)


def test_altered_predictions_are_measured_again(folder, split):
    (path,) = folder.glob("near--other--*.npz")
    for content in (path.read_bytes()[:-1], b"", b"PK"):
        path.write_bytes(content)
        with pytest.warns(UserWarning, match=r"\(the digest of .* is another\); its cell is measured again"):
            assert again(folder, split).predictions[0] is not None


def test_predictions_of_other_content_with_a_digest_are_refused(folder, split, tmp_path):
    """Whoever can write a new digest still can't have predictions that don't go with the record."""
    import hashlib

    (path,) = folder.glob("near--other--*.json")
    record, _ = read_record(path)
    with np.load(path.with_suffix(".npz")) as file:
        arrays = dict(file)
    changes = {
        "of another kind": {"seen_true": arrays["seen_true"].astype(float)},
        "of more classes than there are": {"seen_predicted": np.full_like(arrays["seen_predicted"], 200)},
        "other accuracies": {"seen_predicted": arrays["seen_true"][::-1]},
        "other arrays": {"more": np.zeros(1)},
        "unseen_margins of another kind": {"unseen_margins": arrays["unseen_margins"][:-1]},
        "seen_margins of another kind": {"seen_margins": arrays["seen_margins"] * np.nan},
    }
    for reason, change in changes.items():
        np.savez(tmp_path / "x.npz", **arrays | change)
        packed = (tmp_path / "x.npz").read_bytes()
        noted = {"predictions": {"sha256": hashlib.sha256(packed).hexdigest()}}
        write_record(path, record | noted, packed)
        with pytest.warns(UserWarning, match=f"altered or damaged .*{reason}"):
            assert read_record(path) is None


def test_cells_without_predictions_run_again_only_if_wanted(folder, split, monkeypatch):
    (path,) = folder.glob("near--other--*.npz")
    path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(NearestPrototype, "fit", None)
        result = again(folder, split)
        assert result.predictions == [None]
        assert result.failures == []
    assert not path.exists()
    assert again(folder, split, complete=True).predictions[0] is not None
    assert path.exists()
    with pytest.raises(InvalidInputError, match="complete=1; wanted True or False"):
        again(folder, split, complete=1)


def test_markdown_of_chosen_columns(made):
    lines = made[0].to_markdown(["method", "T1", "harmonic_mean", "fit s"]).splitlines()
    assert lines[0] == "| method | T1 | H | fit s |"
    assert all(line.count(" | ") == 3 for line in lines[:8])
    for columns in ([], ["t1", "accuracy"], [3], ["t1_95"]):
        with pytest.raises(InvalidInputError, match=r"columns names .*; known are data, method, t1"):
            made[0].to_markdown(columns)


def test_latex(made):
    text = made[0].to_latex(label="tab:mine")
    frame = made[0].to_frame()
    assert text.startswith("\\begin{table}\n\\centering\n\\caption{Accuracies averaged over classes. T1: ")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n\\end{table}")
    assert "\\label{tab:mine}\n\\begin{tabular}{llrrrrr}\n\\toprule\ndata & method & T1 & $S$ & $U$ & $H$" in text
    assert "The seen-class bias $\\gamma$ was " in text
    assert "chosen by H on held{-}out".replace("{-}", "-") in text
    assert "in 2 folds (ESZSL\\_\\&\\_co)" in text
    assert text.count("\\midrule") == 2
    rows = [line for line in text.splitlines() if line.endswith(r"\\")][1:]
    assert len(rows) == len(frame)
    assert [row.split(" & ")[0] for row in rows] == ["50\\%", "", "", "other", "", ""]
    for place, key in enumerate(("t1", "seen", "unseen", "harmonic_mean", "ausuc"), start=2):
        parts = [re.split(r"(?<!\\) & ", row.removesuffix(r" \\"))[place] for row in rows]
        for part, row in zip(parts, frame.to_dict("records"), strict=True):
            best = frame[frame["data"] == row["data"]][key].round(3).max()
            number = f"{row[key]:.3f}"
            number = f"\\mathbf{{{number}}}" if round(row[key], 3) == best else number
            assert part == f"${number} \\pm {row[f'{key}_95']:.3f}$\\rlap{{$^\\dagger$}}"
    assert not re.search(r"(?<!\\)[%#]|(?<!\\)_|±|γ", text)
    assert made[0].to_latex(["method", "H"], caption="Mine.").splitlines()[2] == "\\caption{Mine.}"
    with pytest.raises(InvalidInputError, match="label="):
        made[0].to_latex(label="a}b")
    with pytest.raises(InvalidInputError, match="caption=3"):
        made[0].to_latex(caption=3)


def test_how_the_bias_came_about():
    assert how_bias({}) == "not used"
    assert how_bias({"seen_bias": 0.5, "cv": 5}) == "set to 0.5"
    assert how_bias({"seen_bias": "auto", "cv": None}) == "0, since no classes were held out"
    assert how_bias({"seen_bias": "auto", "cv": 5, "balance": "gate"}).startswith("replaced by a gate")
    inner = {"class": "c", "parameters": {"seen_bias": "auto", "cv": "a splitter"}}
    steps = [["scale", {"class": "s", "parameters": {"mean": True}}], ["m", inner]]
    cells = [{"method": "m", "status": "done", "estimator": {"class": "p", "parameters": {"steps": steps}}}]
    assert bias_lines(cells) == ["The seen-class bias γ was chosen by H on held-out seen classes."]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bias_lines([{"method": "m", "status": "failed", "estimator": inner}]) == []
