"""The benchmarks: all import and are listed, find data by option or variable alone, and print right intervals."""

import importlib
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "benchmarks").rglob("*.py"))
NAMES = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in FILES]
SCRIPTS = [name for name in NAMES if name.count(".") == 2 and "._" not in name]


@pytest.fixture(autouse=True)
def root_on_path(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture
def harness() -> ModuleType:
    return importlib.import_module("benchmarks._harness")


def test_there_are_scripts():
    assert len(SCRIPTS) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_imports_with_a_docstring(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert module.__doc__.partition("\n")[0].endswith(".")


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_names_no_path_above_the_repository(path):
    source = path.read_text(encoding="utf-8")
    assert not [text for text in ("../", ".parents", ".parent.parent", "os.pardir") if text in source]


def test_all_are_listed(capsys):
    importlib.import_module("benchmarks.__main__").main(list=True)
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  benchmarks.")]
    assert sorted(line[0] for line in lines) == SCRIPTS
    assert all(len(line) > 3 for line in lines)


def test_commands_in_texts_exist():
    texts = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/R*.md"), *FILES]
    for path in texts:
        words = path.read_text(encoding="utf-8").replace("`", " ").split()
        named = {name for flag, name in pairwise(words) if flag == "-m" and name.startswith("benchmarks")}
        assert named <= {"benchmarks", *SCRIPTS}, path


def test_spread_is_the_mean_with_the_interval_of_student(harness):
    values = np.array([0.4, 0.5, 0.75, 0.35])
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    assert harness.spread(values) == f"{values.mean():.3f} ± {(high - low) / 2:.3f}"
    assert harness.percent(values) == f"{100 * values.mean():.2f} ± {50 * (high - low):.2f}"
    assert harness.spread([0.5]) == "0.500"


@pytest.mark.parametrize("markdown", [False, True])
def test_table(harness, capsys, monkeypatch, markdown):
    monkeypatch.setattr(harness.Table, "markdown", markdown)
    table = harness.Table("T1", "H", described_by=["name", "sentence"])
    table.row("name", "0.5", 12)
    table.row("sentence", "0.6", 3)
    expected = {
        True: "| described by | T1 | H |\n| --- | --- | --- |\n| name | 0.5 | 12 |\n| sentence | 0.6 | 3 |\n",
        False: "described by   T1   H\nname          0.5  12\nsentence      0.6   3\n",
    }
    assert capsys.readouterr().out == expected[markdown]


def test_fastest_takes_calls_in_turn(harness):
    order = []
    seconds, found = harness.fastest({name: lambda name=name: order.append(name) or name for name in "ab"}, repeats=2)
    assert order == ["a", "b", "a", "b"]
    assert found == {"a": "a", "b": "b"}
    assert all(0 <= value < math.inf for value in seconds.values())


def test_one_fit_per_seed_where_an_estimator_is_random(harness):
    split = harness.SETS["digits"]["digits (7, 8, 9)"]()
    assert len(list(harness.fits("ESZSL", split, 3, alpha_features=1.0, alpha_semantics=1.0, cv=None))) == 1
    states = [clf.random_state for clf in harness.fits("ConSE", split, 2, n_steps=1, cv=None)]
    assert states == [0, 1]


def test_missing_data_say_what_to_set(harness, monkeypatch, tmp_path):
    missing = importlib.import_module("benchmarks._harness.data").MissingDataError
    monkeypatch.delenv("ZSL_DATA", raising=False)
    with pytest.raises(missing, match="--data DIR or the variable ZSL_DATA"):
        harness.data_folder("omniglot")
    monkeypatch.setenv("ZSL_DATA", str(tmp_path))
    with pytest.raises(missing, match="omniglot doesn't exist"):
        harness.data_folder("omniglot")
    (tmp_path / "omniglot").mkdir()
    assert harness.data_folder("omniglot") == tmp_path / "omniglot"


def test_options_come_from_the_signature(tmp_path):
    """A script takes lists, choices and the data folder, and ends with one sentence where data are missing."""
    command = [sys.executable, "-m", "benchmarks.accuracy.flagship", "reject", "--sets", "CIFAR animals", "--data"]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "classes.csv doesn't exist: set --data DIR or ZSL_DATA" in done.stderr


def test_every_comparison_has_a_heading():
    """The first line of `compare` heads the section."""
    known = importlib.import_module("benchmarks._harness.sections").comparisons(ROOT / "benchmarks")
    assert {"fits", "few_shot", "growth", "imports", "relation_scoring", "top_k"} <= set(known)
    assert {module for module, _ in known.values()} <= set(SCRIPTS)
    assert all(heading.count(" ") >= 2 and not heading.endswith(".") for _, heading in known.values())


def test_a_comparison_prints_a_section_of_markdown(harness, monkeypatch):
    """Ratios and the share of the limit stand in a table, at a size that takes a moment."""
    monkeypatch.setattr(harness.Table, "markdown", False)
    sections = importlib.import_module("benchmarks._harness.sections")
    rates = {(precision, threads): 1e9 for precision in ("float32", "float64") for threads in (1, 2)}
    machine = harness.Machine("a processor", rates, rates, {1: 1e9, 2: 1e9}, 1e9)
    compare = importlib.import_module("benchmarks.speed.relation_scoring").compare
    with harness.using_threads(1):
        text = sections.printed("Scores", lambda: compare(harness.Bench(machine, 1, repeats=2, quick=True)))
    lines = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    assert text.startswith("### Scores\n")
    assert [line[0].strip() for line in lines[2:]] == ["scores"] * 2 + ["training step"] * 2
    assert {len(line) for line in lines} == {10}
    assert all(line[-1].strip().endswith("%") for line in lines[2:])


def test_a_missing_peer_is_named_with_its_install(harness, capsys):
    bench = harness.Bench(harness.Machine("", {}, {}, {}, 1.0))
    assert bench.missing("no_such_peer", "pip install it")
    assert not bench.missing("numpy", "pip install numpy")
    assert capsys.readouterr().out == "no_such_peer isn't installed, so it is left out: `pip install it`\n\n"
