"""Benchmarks: what a cell measures and keeps, what is run again, and the tables made of the cells."""

import io
import json
import subprocess
import sys
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from nearest_prototype import NearestPrototype, gaussian_split
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from zsl.estimators import RelationClassifier
from zsl.evaluation import BenchmarkResult, ClassKFold, evaluate_gzsl, harmonic_score, run_benchmark
from zsl.evaluation.benchmark._cells import Cell, run_cell, set_up
from zsl.evaluation.benchmark._describe import describe, describe_split
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

FIGURES = ("t1", "seen", "unseen", "harmonic_mean", "ausuc")


class Counting(NearestPrototype):
    """Counts its fits; the seed moves the prototypes a little, and a shift of None fails."""

    n_fits = 0

    def __init__(self, *, semantics=None, alpha=1e-3, seen_bias=0.0, shift=0.3, verbose=False, random_state=None):
        super().__init__(semantics=semantics, alpha=alpha, seen_bias=seen_bias)
        self.shift = shift
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X, y):
        type(self).n_fits += 1
        if self.shift is None:
            raise ValueError("no\nshift")
        super().fit(X, y)
        rng = np.random.default_rng(self.random_state)
        self._sums = {label: x + self.shift * rng.normal(size=x.shape) for label, x in self._sums.items()}
        return self


@pytest.fixture(autouse=True)
def _no_fits():
    Counting.n_fits = 0


@pytest.fixture(scope="module")
def split():
    return gaussian_split(8, 4, n_per_class=10, noise=0.5)


def quiet(methods, splits, **more):
    return run_benchmark(methods, splits, **{"seeds": 2, "verbose": False} | more)


def without_times(cells):
    return [{key: cell[key] for key in cell if not key.endswith("_seconds")} for cell in cells]


def digest_of(estimator, split, seed=0):
    return Cell("a", "b", seed, set_up(estimator, split, seed), split, describe_split(split)).digest


def test_a_cell_measures_what_evaluate_gzsl_does(split):
    (cell,) = quiet({"prototypes": NearestPrototype()}, {"gauss": split}).cells
    expected = evaluate_gzsl(NearestPrototype(semantics=split.semantics), split)
    assert {key: cell[key] for key in FIGURES} == {key: getattr(expected, key) for key in FIGURES}
    assert cell["best_harmonic_mean"] == expected.best_harmonic_mean
    assert (cell["method"], cell["data"], cell["status"], cell["error"]) == ("prototypes", "gauss", "done", None)
    assert cell["fit_seconds"] > 0
    assert cell["predict_seconds"] > 0
    assert cell["seen_bias"] == 0
    assert cell["split"]["n_seen_classes"] == 8
    assert (cell["semantics"]["n_classes"], cell["semantics"]["n_attributes"]) == (12, 6)
    assert cell["versions"].keys() == {"zsl", "torch", "numpy", "scikit-learn", "python"}
    assert cell["machine"]["cpu_count"] >= 1
    assert cell["estimator"]["class"] == "nearest_prototype.NearestPrototype"
    assert cell["estimator"]["parameters"]["semantics"] == cell["semantics"]
    assert json.loads(json.dumps(cell, allow_nan=False)) == cell


def test_the_flagship_gets_each_seed(split):
    relation = RelationClassifier(similarity="both", n_episodes=5, cv=None, verbose=False)
    result = quiet({"relation": relation}, {"gauss": split}, seeds=(3, 1))
    assert [cell["seed"] for cell in result.cells] == [3, 1]
    for cell in result.cells:
        own = clone(relation).set_params(semantics=split.semantics, random_state=cell["seed"])
        assert cell["ausuc"] == evaluate_gzsl(own, split).ausuc
        assert cell["estimator"]["parameters"]["random_state"] == cell["seed"]
    assert relation.semantics is None
    assert relation.random_state is None


def test_a_method_without_random_state_runs_once(split):
    result = quiet({"plain": NearestPrototype(), "random": Counting()}, {"gauss": split}, seeds=3)
    assert [(cell["method"], cell["seed"]) for cell in result.cells] == [
        ("plain", None),
        ("random", 0),
        ("random", 1),
        ("random", 2),
    ]
    assert len({cell["ausuc"] for cell in result.cells[1:]}) > 1


def test_pipelines_and_searches_get_semantics_and_seed(split):
    search = GridSearchCV(
        Counting(shift=0.01), {"alpha": [1e-3, 1e9]}, cv=ClassKFold(2, random_state=0), scoring=harmonic_score
    )
    nested = Pipeline([("scale", StandardScaler()), ("search", search)])
    around = GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("prototypes", Counting(shift=0.01))]),
        {"prototypes__alpha": [1e-3]},
        cv=ClassKFold(2, random_state=0),
        scoring=harmonic_score,
    )
    cells = quiet({"nested": nested, "around": around}, {"gauss": split}, seeds=(5,)).cells
    assert [cell["error"] for cell in cells] == [None, None]
    assert cells[0]["chosen"] == {"alpha": 1e-3}
    assert cells[1]["chosen"] == {"prototypes__alpha": 1e-3}
    steps = cells[0]["estimator"]["parameters"]["steps"]
    assert steps[1][1]["parameters"]["estimator"]["parameters"]["random_state"] == 5
    assert search.estimator.semantics is None


def test_what_an_estimator_says_it_chose(split, monkeypatch):
    monkeypatch.setattr(Counting, "selection_", {"params": {"alpha": np.float32(0.5)}, "history": []}, raising=False)
    result = quiet({"m": Counting()}, {"gauss": split}, seeds=1)
    assert result.cells[0]["chosen"] == {"alpha": 0.5}
    assert result.to_frame()["chosen"].tolist() == ["alpha=0.5"]


def test_finished_cells_are_not_run_again(split, tmp_path):
    folder = tmp_path / "new" / "cells"
    first = quiet({"m": Counting()}, {"a data set": split}, folder=folder)
    assert Counting.n_fits == 2
    names = sorted(path.name for path in folder.glob("*.json"))
    assert [name.rpartition("--")[0] for name in names] == ["m--a_data_set--seed0", "m--a_data_set--seed1"]
    assert quiet({"m": Counting(verbose=True)}, {"a data set": split}, folder=folder).cells == first.cells
    assert Counting.n_fits == 2
    more = quiet({"m": Counting()}, {"a data set": split}, folder=folder, seeds=3)
    assert Counting.n_fits == 3
    assert more.cells[:2] == first.cells
    (folder / names[0]).unlink()
    quiet({"m": Counting()}, {"a data set": split}, folder=folder)
    assert Counting.n_fits == 4
    quiet({"m": Counting(alpha=2.0)}, {"a data set": split}, folder=folder)
    assert Counting.n_fits == 6


def test_a_kept_cell_takes_the_name_that_the_data_have_now(split, tmp_path):
    quiet({"m": Counting()}, {"a b": split}, folder=tmp_path)
    renamed = replace(split, name="renamed", info={"encoder": "none"})
    cells = quiet({"m": Counting()}, {"a_b": renamed}, folder=tmp_path).cells
    assert Counting.n_fits == 2
    assert {cell["data"] for cell in cells} == {"a_b"}
    assert cells[0]["split"]["info"] == {"encoder": "none"}


def test_failed_cells_are_kept_and_run_again(split, tmp_path, monkeypatch):
    assert len(quiet({"m": Counting(shift=None)}, {"gauss": split}, folder=tmp_path, seeds=1).failures) == 1
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text(encoding="utf-8"))["status"] == "failed"
    monkeypatch.setattr(Counting, "fit", NearestPrototype.fit)
    assert not quiet({"m": Counting(shift=None)}, {"gauss": split}, folder=tmp_path, seeds=1).failures
    assert json.loads(path.read_text(encoding="utf-8"))["status"] == "done"


def test_an_interrupted_write_leaves_no_file(split, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr("zsl._files.writing.os.replace", refuse)
    with pytest.raises(InvalidInputError, match=r"folder='.*': m--gauss--.* can't be written: disk full"):
        quiet({"m": Counting()}, {"gauss": split}, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_digest_knows_what_can_change_a_figure(split, monkeypatch):
    table, changed = split.semantics, split.X_train.copy()
    changed[0, 0] += 1e-9
    other_rows = Semantics(table.vectors * 2, classes=table.classes)
    other_names = Semantics(table.vectors, classes=table.classes, attributes=list("abcdef"))
    own = digest_of(Counting(), split)
    others = [
        digest_of(Counting(), split, seed=1),
        digest_of(Counting(alpha=0.5), split),
        digest_of(NearestPrototype(), split, seed=None),
        digest_of(Pipeline([("m", Counting())]), split),
        digest_of(Counting(), replace(split, X_train=changed)),
        digest_of(Counting(), replace(split, X_train=split.X_train.astype(np.float32))),
        digest_of(Counting(), replace(split, y_test_unseen=split.y_test_unseen[::-1])),
        digest_of(Counting(), replace(split, semantics=other_rows)),
        digest_of(Counting(), replace(split, semantics=other_names)),
        digest_of(Counting(), replace(split, semantics=None)),
    ]
    same = [
        digest_of(Counting(), split),
        digest_of(Counting(verbose=True), split),
        digest_of(Counting(), replace(split, X_support=None, y_support=None, name="another")),
        digest_of(Counting(), replace(split, y_train=split.y_train.astype("<U40"))),
    ]
    assert set(same) == {own}
    assert len({own, *others}) == 1 + len(others)
    monkeypatch.setattr("zsl.__version__", "9.9")
    assert digest_of(Counting(), split) != own


def test_parameters_as_json():
    assert describe({"a": (np.int64(1), np.float64(0.5)), "b": [None, True, float("nan"), -np.inf]}) == {
        "a": [1, 0.5],
        "b": [None, True, "nan", "-inf"],
    }
    assert describe({0: 0.7, "0": 0.3}) == [[0, 0.7], ["0", 0.3]]
    assert describe(Ridge(alpha=2))["parameters"]["alpha"] == 2
    assert describe(Ridge) == describe(Ridge) != describe(StandardScaler)
    assert describe(np.arange(3)) == describe(np.arange(3)) != describe(np.arange(4))


def test_what_has_no_lasting_content_never_matches():
    function = lambda x: x  # noqa: E731
    assert describe(function) != describe(function)


def test_digests_of_modules_know_the_weights():
    module = torch.nn.Linear(2, 2)
    before = describe(module)
    assert describe(module) == before
    with torch.no_grad():
        module.bias += 1
    assert describe(module) != before


def test_digests_of_modules_are_the_same_in_another_process():
    program = (
        "import torch; from zsl.evaluation.benchmark._describe import describe\n"
        "module = torch.nn.Linear(2, 2); torch.nn.init.ones_(module.weight); torch.nn.init.zeros_(module.bias)\n"
        "print(describe(module))"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert first.startswith("torch.nn.modules.linear.Linear ")


def test_a_failing_cell_leaves_the_others_alone(split, capsys):
    methods = {"broken": Counting(shift=None), "plain": NearestPrototype()}
    result = run_benchmark(methods, {"gauss": split, "again": split}, seeds=2)
    assert [cell["status"] for cell in result.cells] == ["failed", "failed", "done"] * 2
    assert len(result.failures) == 4
    error = result.failures[0]["error"]
    assert (error["type"], error["message"]) == ("ValueError", "no\nshift")
    assert error["traceback"].startswith("Traceback")
    assert "in fit" in error["traceback"]
    assert repr(result) == "BenchmarkResult(6 cells, 4 of them failed)"
    line = "Failed: broken on gauss, seed 0, 1: ValueError: no shift"
    assert line in result.to_text().splitlines()
    assert capsys.readouterr() == ("", f"{line}\n{line.replace('gauss', 'again')}\n")
    frame = result.to_frame().set_index(["data", "method"])
    assert frame.index.tolist() == [(d, m) for d in ("gauss", "again") for m in ("plain", "broken")]
    assert frame.loc[("gauss", "broken"), ["seeds", "failed"]].tolist() == [0, 2]
    assert frame.loc[("gauss", "broken"), ["t1", "harmonic_mean", "fit_seconds"]].isna().all()
    assert "0 of 2" in str(result)


def test_data_that_cannot_be_loaded(split, tmp_path):
    def missing():
        raise FileNotFoundError("no such file")

    result = quiet({"m": Counting()}, {"a": missing, "b": lambda: 1, "c": split}, folder=tmp_path)
    assert [cell["status"] for cell in result.cells] == ["failed"] * 4 + ["done"] * 2
    assert result.cells[0]["error"]["message"] == "no such file"
    assert "returned a int; wanted a GZSLSplit" in result.cells[2]["error"]["message"]
    assert len(list(tmp_path.glob("*.json"))) == 2
    assert "Failed: m on a, seed 0, 1: FileNotFoundError: no such file" in result.to_markdown()


def test_data_are_loaded_when_it_is_their_turn(split):
    fits_before = []

    def load():
        fits_before.append(Counting.n_fits)
        return split

    quiet({"m": Counting()}, {"a": load, "b": load})
    assert fits_before == [0, 2]


def test_a_split_without_class_table_fails_with_a_reason(split):
    (cell,) = quiet({"m": NearestPrototype()}, {"gauss": replace(split, semantics=None)}).failures
    assert "doesn't know 4 of 4 unseen classes" in cell["error"]["message"]
    assert cell["semantics"] is None


def test_parallel_is_serial(split, tmp_path):
    methods = {"m": Counting(), "broken": Counting(shift=None), "plain": NearestPrototype()}
    serial = quiet(methods, {"a": split, "b": gaussian_split(5, 2, n_per_class=8, noise=0.3, seed=1)}, seeds=3)
    splits = {"a": split, "b": lambda: gaussian_split(5, 2, n_per_class=8, noise=0.3, seed=1)}
    parallel = quiet(methods, splits, seeds=3, n_jobs=2, folder=tmp_path)
    same = [
        [
            {key: value for key, value in cell.items() if key not in ("error", "torch_threads")}
            for cell in without_times(result.cells)
        ]
        for result in (serial, parallel)
    ]
    assert same[0] == same[1]
    assert [cell["error"]["message"] for cell in parallel.failures] == ["no\nshift"] * 6
    assert {cell["torch_threads"] for cell in parallel.cells} == {max(1, joblib.cpu_count() // 2)}
    assert len(list(tmp_path.glob("*.json"))) == len(parallel.cells)
    Counting.n_fits = 0
    assert without_times(quiet(methods, splits, seeds=3, folder=tmp_path).cells[:3]) == without_times(
        parallel.cells[:3]
    )
    assert Counting.n_fits == 6  # the failed ones


def test_threads_are_given_back(split):
    before = torch.get_num_threads()
    cell = Cell("m", "d", None, set_up(NearestPrototype(), split, None), split, describe_split(split))
    assert run_cell(cell, None, before + 1)[0]["torch_threads"] == before + 1
    assert torch.get_num_threads() == before


@pytest.mark.filterwarnings("always")
def test_warnings_of_a_cell_are_kept(split, monkeypatch):
    import warnings

    plain = NearestPrototype.fit

    def warn(self, X, y):
        for _ in range(2):
            warnings.warn("did not\nconverge", RuntimeWarning, stacklevel=2)
        return plain(self, X, y)

    monkeypatch.setattr(NearestPrototype, "fit", warn)
    result = quiet({"m": NearestPrototype()}, {"gauss": split})
    assert result.cells[0]["warnings"] == ["RuntimeWarning: did not\nconverge"]
    assert "Warned: m on gauss: RuntimeWarning: did not converge" in result.to_text()


def test_progress_shows_on_a_terminal_only(split, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = {}
    for verbose in (True, False):
        monkeypatch.setattr("sys.stderr", Terminal())
        quiet({"m": Counting()}, {"gauss": split}, verbose=verbose)
        shown[verbose] = sys.stderr.getvalue()
    assert "gauss" in shown[True]
    assert "/2 " in shown[True]
    assert shown[False] == ""


def synthetic(method, data, seed, t1, harmonic, **more):
    figures = {"t1": t1, "seen": 0.5, "unseen": 0.25, "harmonic_mean": harmonic, "ausuc": 0.125}
    split = {
        "n_seen_classes": 3,
        "n_unseen_classes": 2,
        "n_train": 30,
        "n_test_seen": 20,
        "n_test_unseen": 10,
        "n_features": 7,
        "info": {"version": "v2", "encoder": "pixels"},
    }
    return {
        "method": method,
        "data": data,
        "seed": seed,
        "status": "done",
        "error": None,
        "split": split,
        "semantics": {"n_attributes": 5},
        "fit_seconds": 1.0 + (seed or 0),
        "predict_seconds": 0.125,
        "chosen": None,
        "versions": {"zsl": "0.1.0"},
        "machine": {"platform": "Linux", "cpu_count": 2, "gpu": None},
        **figures,
        **more,
    }


@pytest.fixture
def result():
    birds = {"split": {**synthetic("", "", 0, 0, 0)["split"], "n_train": 31}}
    error = {"type": "E", "message": "m", "traceback": "t"}
    return BenchmarkResult(
        [
            synthetic("low", "animals", 0, 0.2, 0.1, chosen={"alpha": 0.30000000000000004, "kind": "rbf"}),
            synthetic("low", "animals", 1, 0.4, 0.3),
            synthetic("hi|gh", "animals", None, 0.6, 0.5),
            synthetic("low", "birds", 0, 0.1, 0.1, **birds),
            synthetic("low", "birds", 1, 0, 0, **birds, status="failed", error=error),
        ]
    )


def test_frame_of_hand_worked_figures(result):
    frame = result.to_frame()
    assert frame[["data", "method"]].to_numpy().tolist() == [["animals", "hi|gh"], ["animals", "low"], ["birds", "low"]]
    low = frame.iloc[1]
    assert low["t1"] == pytest.approx(0.3)
    assert low["t1_95"] == pytest.approx(12.7062 * 0.1, rel=1e-5)  # t quantile of 1 degree of freedom; s / √2 = .1
    assert low["seen_95"] == 0
    assert low["fit_seconds"] == 1.5
    assert low["chosen"] == "alpha=0.3, kind=rbf"
    assert frame["seeds"].tolist() == [1, 2, 1]
    assert frame["failed"].tolist() == [0, 0, 1]
    assert frame["t1_95"].isna().tolist() == [True, False, True]


def test_text_and_markdown(result):
    lines = result.to_text().splitlines()
    assert lines[0].split() == ["data", "method", "T1", "S", "U", "H", "AUSUC", "hubness", "fit", "s", "predict", "s",
                                "seeds", "chosen"]  # fmt: skip
    assert lines[2].split() == ["animals", "hi|gh", "0.600", "0.500", "0.250", "0.500", "0.125", "1", "0.125", "1"]
    assert lines[3].split()[2:8] == ["0.300", "±", "1.271", "0.500", "±", "0.000"]
    assert lines[3].endswith("2       alpha=0.3, kind=rbf")
    assert lines[4].endswith("1 of 2")
    assert lines[5] == ""
    assert lines[6].startswith("Accuracies averaged over classes; T1:")
    assert lines[7].startswith("Mean ± half the width of the 95 % interval over seeds")
    assert lines[8] == (
        "animals: 3 seen and 2 unseen classes, 30 training samples, 20 and 10 test samples, 7 features, 5 attributes, "
        "version v2, encoder pixels."
    )
    assert lines[9].startswith("birds: 3 seen and 2 unseen classes, 31 training samples")
    assert lines[10:] == ["Failed: low on birds, seed 1: E: m", "zsl 0.1.0; Linux, 2 CPUs, no GPU."]
    table = result.to_markdown().split("\n\n")[0].splitlines()
    assert table[1] == "| " + " | ".join(["---"] * 12) + " |"
    assert table[2] == "| animals | hi\\|gh | 0.600 | 0.500 | 0.250 | 0.500 | 0.125 |  | 1 | 0.125 | 1 |  |"
    assert [f"- {line}" for line in lines[6:]] == result.to_markdown().split("\n\n")[1].splitlines()


def test_intervals_are_those_over_seeds_or_of_a_single_fit_over_classes(split):
    result = quiet({"m": NearestPrototype(), "seeds": Counting()}, {"gauss": split})
    frame = result.to_frame().set_index("method")
    assert frame["interval"].to_dict() == {"m": "classes", "seeds": "seeds"}
    fitted = evaluate_gzsl(NearestPrototype(semantics=split.semantics), split)
    half = (fitted.intervals()["high"] - fitted.intervals()["value"])["t1"]
    assert frame.loc["m", "t1_95"] == pytest.approx(half) or fitted.intervals()["high"]["t1"] == 1
    table, notes = result.to_text().split("\n\n")
    assert [("†" in line) for line in table.splitlines()[2:]] == [name == "m" for name in frame.index]
    assert "Mean ± half" in notes
    assert "† Of a method that ran once" in notes
    assert "no class table" in quiet({"m": NearestPrototype()}, {"d": replace(split, semantics=None)}).to_text()


def test_csv_and_json(result, tmp_path):
    read = pd.read_csv(io.StringIO(result.to_csv())).fillna({"chosen": ""})
    pd.testing.assert_frame_equal(read, result.to_frame(), check_dtype=False)
    assert json.loads(result.to_json()) == result.cells
    assert result.to_csv(tmp_path / "t.csv") is None
    assert result.to_json(tmp_path / "t.json") is None
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == result.to_csv()
    assert (tmp_path / "t.json").read_text(encoding="utf-8") == result.to_json()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"estimators": {}}, "estimators={}; wanted a mapping"),
        ({"estimators": [NearestPrototype()]}, "wanted a mapping"),
        ({"estimators": {"m": NearestPrototype}}, "estimators\\['m'\\].*wanted an instance"),
        ({"estimators": {"m": 3}}, "estimators\\['m'\\]=3; wanted an instance"),
        ({"estimators": {"": NearestPrototype()}}, "estimators has the key ''"),
        ({"estimators": {"m": Ridge()}}, "estimators\\['m'\\]: Ridge has no parameter 'semantics'"),
        ({"estimators": {"m": BaggingClassifier(Ridge())}}, "estimators\\['m'\\]: Ridge has no parameter 'semantics'"),
        (
            {"estimators": {"m": Pipeline([("p", "passthrough")])}},
            "estimators\\['m'\\]: Pipeline has no parameter 'semantics'",
        ),
        ({"splits": {}}, "splits={}; wanted a mapping"),
        ({"splits": {"d": 3}}, "splits\\['d'\\] is a int; wanted a GZSLSplit"),
        ({"splits": {4: lambda: None}}, "splits has the key 4"),
        ({"splits": {"a\ud800": lambda: None}}, r"splits has the key 'a\\ud800', which can't be written as UTF-8"),
        ({"seeds": 0}, "seeds=0; wanted"),
        ({"seeds": True}, "seeds=True; wanted"),
        ({"seeds": (1, 1)}, "seeds=\\(1, 1\\); wanted"),
        ({"seeds": (-1,)}, "seeds=\\(-1,\\); wanted"),
        ({"seeds": None}, "seeds=None; wanted"),
        ({"seeds": ("0",)}, "seeds=\\('0',\\); wanted"),
        ({"n_jobs": 0}, "n_jobs=0; wanted"),
        ({"n_jobs": 1.5}, "n_jobs=1.5; wanted"),
        ({"folder": __file__}, "can't be made or isn't a folder"),
    ],
)
def test_bad_arguments(split, change, complaint):
    arguments = {"estimators": {"m": NearestPrototype()}, "splits": {"d": split}} | change
    with pytest.raises(InvalidInputError, match=complaint):
        run_benchmark(**arguments, verbose=False)
