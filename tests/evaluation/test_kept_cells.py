"""Cells that a benchmark keeps: altered ones aren't believed, names never fail, and kills change no result."""

import json
import os
import subprocess
import sys
import time
import warnings

import pytest
from nearest_prototype import NearestPrototype, gaussian_split

from zsl import InvalidInputError
from zsl.evaluation import run_benchmark
from zsl.evaluation.benchmark._records import _digest, read_record, write_record


@pytest.fixture(scope="module")
def split():
    return gaussian_split(8, 4, n_per_class=10, noise=0.5)


@pytest.fixture
def run(split, tmp_path):
    return lambda name="m", data="gauss": run_benchmark(
        {name: NearestPrototype()}, {data: split}, seeds=1, folder=tmp_path, verbose=False
    )


@pytest.fixture
def first(run):
    return run()


@pytest.fixture
def path(first, tmp_path):
    (found,) = tmp_path.glob("*.json")
    return found


def without_times(result):
    return [{key: cell[key] for key in cell if not key.endswith("_seconds")} for cell in result.cells]


def test_a_file_is_the_record_with_its_digest(first, path):
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept.pop("record_sha256") == _digest(first.cells[0])
    assert kept == first.cells[0]


ALTERED = {
    "a figure": ({"t1": 0.999}, "its digest is another"),
    "the time": ({"fit_seconds": 0.0}, "its digest is another"),
    "a field more": ({"note": "good"}, "its digest is another"),
    "a list": ("[]", "no JSON object"),
    "half a file": ("{", "Expecting property name"),
    "no UTF-8": (b"\xff", "codec can't decode"),
    "nested too deep": ("[" * 100_000 + "]" * 100_000, "recursion"),
    "a number of 5,000 digits": ('{"t1": ' + "9" * 5000 + "}", "digits"),
}


@pytest.mark.parametrize("change", ALTERED)
def test_an_altered_cell_is_measured_again(run, first, path, change):
    new, reason = ALTERED[change]
    if isinstance(new, dict):
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | new), encoding="utf-8")
    else:
        path.write_bytes(new if isinstance(new, bytes) else new.encode())
    with pytest.warns(UserWarning, match=f"was altered or damaged .*{reason}.*; its cell is measured again"):
        again = run()
    assert without_times(again) == without_times(first)
    assert run().cells == again.cells


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"t1": 1.5}, "t1 is 1.5; wanted a number from 0 to 1"),
        ({"seen": -0.1}, "seen is -0.1"),
        ({"ausuc": "0.5"}, "ausuc is '0.5'"),
        ({"unseen": True}, "unseen is True"),
        ({"ausuc": None}, "ausuc is None"),
        ({"t1": 10**400}, "int too large"),
        ({"harmonic_mean": 0.5}, "harmonic_mean isn't that of seen and unseen"),
        ({"hubness": "high"}, "hubness is 'high'"),
        ({"predict_seconds": -1}, "predict_seconds is -1"),
        ({"error": {"type": "E"}}, "its status"),
        ({"status": "finished"}, "its status"),
        ({"chosen": [1]}, "chosen is no table"),
        ({"machine": {}}, "machine is incomplete"),
        ({"versions": None}, "versions is no table"),
        ({"warnings": "none"}, "warnings is no list"),
    ],
)
def test_values_out_of_range_are_not_believed_even_with_a_digest(run, first, path, change, reason):
    record = {key: value for key, value in first.cells[0].items() if key != "record_sha256"}
    write_record(path, record | change)
    with pytest.warns(UserWarning, match=f"altered or damaged .*{reason}"):
        again = run()
    assert without_times(again) == without_times(first)


def test_what_a_cell_is_of_does_not_come_from_the_file(run, first, path):
    write_record(path, first.cells[0] | {"estimator": "another", "seed": 7, "semantics": None, "method": "x"})
    assert run().cells == first.cells


def test_every_kept_leaf_counts(first, path):
    """Any change of any value in the file is seen."""
    whole = json.loads(path.read_text(encoding="utf-8"))

    def leaves(tree, place=()):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            if isinstance(value, (dict, list)) and value:
                yield from leaves(value, (*place, key))
            else:
                yield (*place, key)

    places = list(leaves(whole))
    assert len(places) > 30
    for place in places:
        changed = json.loads(json.dumps(whole))
        inner = changed
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = "altered"
        path.write_text(json.dumps(changed), encoding="utf-8")
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            assert read_record(path) is None, place


def test_cells_of_before_have_no_digest_and_run_again(run, first, path):
    path.write_text(json.dumps(first.cells[0]), encoding="utf-8")
    again = run()
    assert without_times(again) == without_times(first)
    assert "record_sha256" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["类" * 120, "é" * 300, "a" * 300, "🜁" * 99, "../../etc/passwd", "a\nb|c", "a\0b", " . "]
)
def test_names_of_any_length_and_alphabet(run, tmp_path, name):
    result = run(name, name)
    path, _ = sorted(tmp_path.iterdir())
    assert len(path.name.encode()) <= 255
    assert result.cells[0]["method"] == result.cells[0]["data"] == name
    assert run(name, name).cells == result.cells


def test_a_message_that_utf8_cannot_write(split, tmp_path, monkeypatch):
    def fail(self, X, y):
        raise ValueError("half a pair: \ud800")

    monkeypatch.setattr(NearestPrototype, "fit", fail)
    result = run_benchmark({"m": NearestPrototype()}, {"d": split}, folder=tmp_path, verbose=False)
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text(encoding="utf-8"))["error"] == result.cells[0]["error"]
    result.to_json(tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8")) == result.cells


def test_a_folder_that_cannot_be_written_to_is_told_before_any_fit(split, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("Read-only file system")

    monkeypatch.setattr("zsl.evaluation.benchmark.running.TemporaryFile", refuse)
    monkeypatch.setattr(NearestPrototype, "fit", None)
    with pytest.raises(InvalidInputError, match="isn't a folder to write to: Read-only file system"):
        run_benchmark({"m": NearestPrototype()}, {"d": split}, folder=tmp_path, verbose=False)


def test_strays_of_killed_processes_are_removed_later(run, first, path, tmp_path):
    old, new = tmp_path / ".zsl-old.tmp", tmp_path / ".zsl-new.tmp"
    for stray in (old, new):
        stray.write_text("{")
    os.utime(old, (time.time() - 3600,) * 2)
    run()
    assert [stray.exists() for stray in (old, new)] == [False, True]


KILLED = """
import json, os, random, signal, sys, time, warnings
import torch
from zsl import ALEClassifier, ESZSLClassifier
from zsl.datasets import make_zero_shot
from zsl.evaluation import run_benchmark

torch.set_num_threads(1)
split = make_zero_shot(6, 3, n_features=8, n_attributes=4, n_per_class=6, n_test_per_class=3, random_state=0)
methods = {"ALE": ALEClassifier(n_steps=20, cv=None), "ESZSL": ESZSLClassifier(cv=None)}

def run(folder, file):
    warnings.simplefilter("ignore")
    result = run_benchmark(methods, {"a": split, "b": split}, seeds=3, folder=folder, verbose=False)
    times = ("fit_seconds", "predict_seconds")
    with open(file, "w") as opened:
        json.dump([{k: v for k, v in cell.items() if k not in times} for cell in result.cells], opened)

def child(folder, file):
    pid = os.fork()
    if not pid:
        run(folder, file)
        os._exit(0)
    return pid

folder, generator = sys.argv[1], random.Random(0)
begun = time.time()
os.waitpid(child(folder + "/whole", folder + "/whole.json"), 0)
needed = time.time() - begun
for kill in range(4):
    pid = child(folder + "/killed", folder + "/killed.json")
    time.sleep(needed * generator.uniform(0.1, 0.6))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    print(len([name for name in os.listdir(folder + "/killed") if name.endswith(".json")]))
os.waitpid(child(folder + "/killed", folder + "/killed.json"), 0)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that share what was imported")
def test_killed_at_random_times_and_resumed_the_results_are_identical(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path], capture_output=True, text=True, check=True)
    assert (tmp_path / "killed.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    kept = [int(line) for line in done.stdout.split()]
    assert len(kept) == 4
    assert kept == sorted(kept)
    assert {path.name for path in (tmp_path / "killed").glob("*.json")} == {
        path.name for path in (tmp_path / "whole").glob("*.json")
    }
    for path in (tmp_path / "killed").glob("*.json"):
        assert read_record(path) is not None
