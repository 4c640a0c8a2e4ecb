"""Ray on this machine, with two workers: what the plain loop gives, bit for bit, also when a worker is killed."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV

import zsl
from zsl import ClassKFold, load_digits_zsl
from zsl.datasets import open_shards
from zsl.exceptions import InvalidInputError
from zsl.scale import Predictor, encode, on_ray, predict
from zsl.scale._ray import _records
from zsl.scale.jobs.layouts import LAYOUTS
from zsl.scale.jobs.task import Task
from zsl.scale.sources.opening import open_source

ray = pytest.importorskip("ray", reason="Ray isn't installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


@pytest.fixture(scope="module")
def cluster():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    before = signal.getsignal(signal.SIGTERM)  # Ray takes it over, and keeps it
    ray.init(
        "local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=200 * 2**20,
    )
    yield
    ray.shutdown()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
def split():
    return load_digits_zsl()


def files(folder):
    """All files of predictions, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def workers():
    """The processes of actors that do blocks."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"MapWorker" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            pass  # it has ended
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="workers are found in /proc")
def test_two_workers_give_the_files_of_the_loop_and_a_killed_one_changes_nothing(cluster, split, tmp_path):
    clf = zsl.RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    X = np.tile(split.X_train, (8, 1))
    options = {"top": 2, "block_rows": 64, "verbose": False}
    here = predict(X, clf, tmp_path / "here", **options)
    killed = []

    def kill():
        while len(list((tmp_path / "there" / "_blocks").glob("*.json"))) < 3:
            time.sleep(0.01)
        while not killed:
            for number in workers()[:1]:
                os.kill(number, signal.SIGKILL)
                killed.append(number)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    there = predict(X, clf, tmp_path / "there", engine="ray", workers=2, **options)
    killer.join(10)
    assert killed
    assert files(tmp_path / "there") == files(tmp_path / "here")
    assert_array_equal(there["row"], np.arange(len(X)))
    pd.testing.assert_frame_equal(there.table(), here.table())


@pytest.mark.slow
def test_texts_are_encoded_into_the_same_shards(cluster, tmp_path):
    class Letters:
        def encode(self, texts):
            return [[text.count(letter) for letter in "abc"] for text in texts]

    texts = [letter * (1 + number) for number in range(20) for letter in ("a", "b", "ab", "cab")]
    encoder = zsl.TextEncoder(Letters())
    for engine in ("local", "ray"):
        options = {} if engine == "local" else {"workers": 1}
        y = ["even", "odd"] * 40
        encode(texts, encoder, tmp_path / engine, y, engine=engine, block_rows=16, verbose=False, **options)
    here, there = (open_shards(tmp_path / engine) for engine in ("local", "ray"))
    assert_array_equal(here[:], there[:])
    assert_array_equal(here.labels, there.labels)


def test_what_a_worker_refuses_is_an_error_here(split, tmp_path):
    clf = zsl.ESZSLClassifier(semantics=split.semantics, cv=None).fit(split.X_train, split.y_train)
    X = split.X_train[:300].copy()
    X[250, 3] = np.nan
    source = open_source(X)
    task = Task(tmp_path, "", source, source.cuts(100), 100, Predictor(clf), LAYOUTS["npy"], 1)
    told = task({"block": np.array([2])})

    class Done:
        def iter_rows(self):
            return iter([{"block": 2, "record": told["record"][0]}])

    with pytest.raises(InvalidInputError, match=r"rows 200 to 299: .*(NaN|finite)"):
        list(_records(Done(), task))


@pytest.mark.slow
def test_a_search_on_ray_chooses_what_it_chooses_here(cluster, split):
    clf = zsl.ESZSLClassifier(semantics=split.semantics, cv=None)
    search = GridSearchCV(
        clf, {"alpha_features": [0.1, 10.0]}, cv=ClassKFold(2, random_state=0), scoring="accuracy", refit=False
    )
    here = search.fit(split.X_train, split.y_train).cv_results_["mean_test_score"]
    with on_ray(2):
        there = search.fit(split.X_train, split.y_train).cv_results_["mean_test_score"]
    assert_array_equal(here, there)
