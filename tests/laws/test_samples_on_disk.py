"""Samples on disk in place of an array: the same model and the same answers block by block, or one clear error."""

import tracemalloc

import numpy as np
import pytest
import sklearn

import zsl
from zsl import InvalidInputError
from zsl.datasets import open_shards, write_shards
from zsl.estimators.catalog import CATALOG, fitted_by_blocks
from zsl.estimators.zero_shot._gradient import GradientClassifier
from zsl.testing import LawData, fitted

DATA = LawData.small()
CLASSIFIERS = [entry for entry in CATALOG if entry.knows in ("semantics", "support", "samples")]
STREAMING = [entry for entry in CLASSIFIERS if entry.name in fitted_by_blocks()]
LITTLE = 0.005
"""MiB of working memory: less than the samples take, which are several blocks."""
ENOUGH = 0.4
"""The samples and a window of them, and still several blocks."""
QUICK = ("ESZSLClassifier", "RelationClassifier", "ALEClassifier", "SharedGaussianClassifier", "BDCSPNClassifier")


def quick(entries):
    """Some of the entries in every run, the others in those of what is slow."""
    marks = [[] if entry.name in QUICK else [pytest.mark.slow] for entry in entries]
    given = [pytest.param(entry, marks=mark, id=entry.name) for entry, mark in zip(entries, marks, strict=True)]
    return pytest.mark.parametrize("entry", given)


def little(mib=LITTLE):
    return sklearn.config_context(working_memory=mib)


def many(copies=3, seed=0):
    X = np.tile(DATA.X, (copies, 1))
    return (X + np.random.default_rng(seed).normal(scale=0.1, size=X.shape)).astype(np.float32), np.tile(DATA.y, copies)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An array, its labels, and both on disk in files of unequal length."""
    X, y = many()
    folder = write_shards(tmp_path_factory.mktemp("samples") / "shards", [X[:100], X[100:130], X[130:]], y)
    return X, y, open_shards(folder)


def made(entry):
    kind = entry.load()
    own = kind(**entry.small)
    few = {"n_steps": 5, "cv": 2, "n_episodes": 3} if entry not in STREAMING or "n_steps" in entry.small else {}
    own.set_params(**{name: value for name, value in few.items() if name in own.get_params(deep=False)})
    return own.set_params(semantics=DATA.semantics) if "semantics" in own.get_params(deep=False) else own


@quick(CLASSIFIERS)
def test_a_fit_is_that_on_the_array_or_names_those_that_can(entry, world):
    X, y, shards = world
    if entry not in STREAMING:
        own = made(entry)
        with little(), pytest.raises(InvalidInputError, match=r"needs it in memory.*block by block: ALEClassifier, "):
            own.fit(shards, shards.labels)
        assert not hasattr(own, "classes_")
        return
    with little(ENOUGH):  # gradient methods shuffle all samples where a window holds them
        found = made(entry).fit(shards, shards.labels)
    wanted = made(entry).fit(X, y)
    scores = [own.class_scores(DATA.queries, calibrated=True) for own in (found, wanted)]
    if issubclass(entry.load(), GradientClassifier):
        np.testing.assert_allclose(*scores, rtol=1e-3, atol=1e-3 * np.abs(scores[1]).max())
    else:
        np.testing.assert_array_equal(*scores)


@quick([entry for entry in STREAMING if entry.name != "RelationClassifier"])
def test_with_little_memory_the_model_is_as_good(entry, world):
    X, y, shards = world
    with little():
        found = made(entry).fit(shards, shards.labels)
    wanted = made(entry).fit(X, y)
    right = [(own.predict(X, own.seen_classes_) == y).mean() for own in (found, wanted)]
    assert right[0] > right[1] - 0.15


@quick(CLASSIFIERS)
def test_answers_block_by_block_are_those_for_the_array(entry, world):
    X, _, shards = world
    own = fitted(made(entry), DATA)
    for call in (
        lambda X: own.predict(X),
        lambda X: own.class_scores(X),
        lambda X: own.predict_proba(X),
        lambda X: own.top_classes(X, k=2)[1],
    ):
        wanted = call(X)
        with little(0.04):
            found = call(shards)
        assert found.dtype == wanted.dtype
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())
        else:
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", ["ESZSLClassifier", "RelationClassifier", "PrototypicalClassifier"])
def test_classes_are_added_from_samples_on_disk(name, tmp_path):
    own, other = (fitted(getattr(zsl, name)(), DATA) for _ in range(2))
    X, y = np.tile(DATA.X_new, (9, 1)).astype(np.float32), np.tile(DATA.y_new, 9)
    own.add_classes(X, y)
    with little(0.04):
        other.add_classes(open_shards(write_shards(tmp_path, [X[:50], X[50:]])), y)
    np.testing.assert_allclose(other.class_scores(DATA.queries), own.class_scores(DATA.queries), rtol=1e-6, atol=1e-9)


@quick(STREAMING)
def test_what_is_no_number_is_named_by_its_row(entry, tmp_path):
    X, y = many()
    X[170, 3] = np.nan
    shards = open_shards(write_shards(tmp_path, [X[:90], X[90:]], y))
    own = made(entry)
    with little():
        with pytest.raises(InvalidInputError, match="X holds NaN in row 170, column 3; wanted finite numbers"):
            own.fit(shards, y)
        assert not hasattr(own, "classes_")
        with pytest.raises(InvalidInputError, match="X holds NaN in row 170, column 3"):
            fitted(own, DATA).predict(shards)


@quick(CLASSIFIERS)
def test_shapes_are_checked_as_those_of_an_array(entry, world, tmp_path):
    X, y, shards = world
    own = fitted(made(entry), DATA)
    narrow = open_shards(write_shards(tmp_path, [X[:, :-1]]))
    with little(0.04):
        with pytest.raises(ValueError, match=r"X has 11 features, but .* is expecting 12 features"):
            own.predict(narrow)
        with pytest.raises(InvalidInputError, match=r"X has 240 samples and y 239 labels; wanted one per sample"):
            made(entry).fit(shards, y[:-1])


def test_scores_that_take_more_than_the_working_memory_are_refused(world):
    own = fitted(zsl.ESZSLClassifier(), DATA)
    wanted = r"class_scores for X of 240 samples, .* shape \(240, 13\), .* zsl\.scale\.by_blocks gives"
    with little(), pytest.raises(InvalidInputError, match=wanted):
        own.class_scores(world[2])
    with little():
        assert own.predict(world[2]).shape == (240,)


def test_a_memory_map_is_such_samples(world, tmp_path):
    X, y, _ = world
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    with little():
        found = made(CATALOG[6]).fit(mapped, y)
        labels = found.predict(mapped)
    wanted = made(CATALOG[6]).fit(X, y)
    np.testing.assert_array_equal(labels, wanted.predict(X))


@pytest.mark.parametrize("name", ["ESZSLClassifier", "RidgePrototypeClassifier", "RelationClassifier", "ALEClassifier"])
def test_memory_is_that_of_blocks(name, tmp_path):
    """A fit and a prediction take less memory than a quarter of the samples, beside numbers per label."""
    rng = np.random.default_rng(0)
    means, n = rng.normal(size=(10, 64)), 120_000
    y = np.arange(n) % 10
    X = (means[y] + rng.normal(size=(n, 64))).astype(np.float16)
    table = dict(enumerate(rng.normal(size=(12, 5))))
    shards = open_shards(write_shards(tmp_path, [X[:50_000], X[50_000:]], y))
    entry = next(entry for entry in CATALOG if entry.name == name)
    with little(8):
        own = made(entry).set_params(semantics=table, cv=None)
        tracemalloc.start()
        try:
            own.fit(shards, shards.labels)
            own.predict(shards)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    per_label = 6 * 8 * n  # labels, codes and what sorts them
    assert peak - per_label < n * 64 * 4 / 4
    assert (own.predict(X[:100].astype(np.float32), list(range(10))) == y[:100]).mean() > 0.25
