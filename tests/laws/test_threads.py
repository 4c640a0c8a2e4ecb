"""Threads: a call sees one whole state of an estimator and leaves nothing behind, and no change is lost."""

import copy
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from quickly import one_per_module

from zsl.estimators.catalog import BY_NAME, CATALOG
from zsl.semantics import Semantics
from zsl.testing import LawData, fitted

N_READERS, N_ADDED = 8, 3
DATA = LawData.small()
QUICK = {"n_steps": 1, "hidden": 2, "cv": None}
"""For those that are trained again with each class."""
QUERIES = DATA.queries[:6]
CLASSIFIERS = [entry.name for entry in CATALOG if entry.knows]


@pytest.fixture(autouse=True)
def _many_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def made(name, **parameters):
    """A fitted estimator of the catalogue."""
    entry, more = BY_NAME[name], {}
    if entry.knows == "texts":
        texts = np.random.default_rng(0).normal(size=(len(DATA.semantics), DATA.X.shape[1]))
        more = {"semantics": Semantics(texts, classes=DATA.semantics.classes)}
    return fitted(entry.load()(**entry.small | parameters), DATA, **more)


def asked(estimator):
    """What a reader sees."""
    labels, best = estimator.top_classes(QUERIES, k=2)
    return (
        estimator.predict(QUERIES),
        estimator.predict_proba(QUERIES),
        estimator.class_scores(QUERIES),
        labels,
        best,
    )


def added(estimator, number):
    """Add one more class."""
    return estimator.add_classes(DATA.X_new[number : number + 2], [f"new {number}"] * 2)


@pytest.mark.parametrize("name", one_per_module(CLASSIFIERS))
def test_readers_see_whole_states_while_classes_are_added(name):
    estimator = made(name, **QUICK if BY_NAME[name].knows == "samples" else {})
    serial = copy.deepcopy(estimator)
    states = [asked(serial), *(asked(added(serial, number)) for number in range(N_ADDED))]
    start, done = threading.Barrier(N_READERS + 1), threading.Event()

    def read():
        start.wait()
        seen = [asked(estimator)]
        while not done.is_set() and len(seen) < 3:
            seen.append(asked(estimator))
        return seen

    def write():
        start.wait()
        try:
            for number in range(N_ADDED):
                added(estimator, number)
        finally:
            done.set()

    with ThreadPoolExecutor(N_READERS + 1) as pool:
        reading = [pool.submit(read) for _ in range(N_READERS)]
        pool.submit(write).result()
        seen = [answers for job in reading for answers in job.result()]
    for answers in seen:
        for found, possible in zip(answers, zip(*states, strict=True), strict=True):
            assert any(np.array_equal(found, one) for one in possible)
    for found, wanted in zip(asked(estimator), states[-1], strict=True):
        assert_array_equal(found, wanted)
    if BY_NAME[name].knows != "samples":  # those are trained again
        estimator.remove_classes([f"new {number}" for number in range(N_ADDED)])
        for found, wanted in zip(asked(estimator), states[0], strict=True):
            assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", one_per_module(CLASSIFIERS))
def test_every_class_that_threads_add_is_kept(name):
    estimator = made(name, **QUICK if BY_NAME[name].knows == "samples" else {})
    known = estimator.classes_.tolist()
    names = [f"new {number:02}" for number in range(100)]
    start = threading.Barrier(4)

    def add(part):
        start.wait()
        for label in part:
            estimator.add_classes(DATA.X_new[:1], [label])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, [names[place::4] for place in range(4)]))
    assert estimator.classes_.tolist() == sorted([*known, *names])
    assert set(names) <= set(estimator.unseen_classes_.tolist())
    assert estimator._classes.labels.tolist() == estimator.classes_.tolist()

    def remove(part):
        start.wait()
        for label in part:
            estimator.remove_classes(label)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(remove, [names[place::4] for place in range(4)]))
    assert estimator.classes_.tolist() == known


def test_a_change_that_raises_lets_the_next_one_in():
    estimator = made("ESZSLClassifier")
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="labels names"):
        pool.submit(estimator.remove_classes, "nobody").result()
    assert "new 0" in added(estimator, 0).classes_


def test_a_parameter_that_is_set_while_classes_are_added_stays():
    estimator = made("BDCSPNClassifier")
    embed = type(estimator.method_).embed

    def slow(method, X):
        estimator.set_params(prior="uniform")
        return embed(method, X)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(estimator.method_), "embed", slow)
        added(estimator, 0)
    assert estimator.prior == "uniform"
    assert "new 0" in estimator.classes_


def test_locks_are_no_part_of_an_estimator():
    estimator = added(made("SimpleShotClassifier"), 0)
    before = vars(estimator).copy()
    added(estimator, 1)
    assert vars(estimator).keys() == before.keys()
    for other in (copy.deepcopy(estimator), copy.copy(estimator)):
        assert "new 2" in added(other, 2).classes_
        assert "new 2" not in estimator.classes_
