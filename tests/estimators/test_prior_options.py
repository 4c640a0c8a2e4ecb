"""A prior beside the other options of `predict`: samples on disk, memory, rejection, pipelines."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import ESZSLClassifier, InvalidInputError, RelationClassifier, RidgePrototypeClassifier, ZeroShotPipeline
from zsl.datasets import make_zero_shot, open_shards, write_shards
from zsl.functional.scores.priors import estimate_prior
from zsl.scale import by_blocks


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(20, 5, n_features=16, n_attributes=6, n_per_class=10, noise=0.6, random_state=0)


@pytest.fixture(scope="module")
def known(world):
    return RidgePrototypeClassifier(semantics=world.semantics).fit(world.X_train, world.y_train)


@pytest.fixture
def samples(world):
    return np.concatenate([world.X_test_seen, world.X_test_unseen])


def weights(known):
    return dict(zip(known.classes_.tolist(), np.random.default_rng(0).uniform(0, 1, 25).tolist(), strict=True))


def test_a_known_prior_makes_uneven_samples_more_often_right(world, known):
    """Nine of ten samples are of one of five classes that are hard to tell apart."""
    frequent = world.unseen_classes[2]
    rows = np.flatnonzero(world.y_test_unseen == frequent)
    rest = np.concatenate([np.flatnonzero(world.y_test_unseen == label)[:1] for label in world.unseen_classes])
    rows = np.concatenate([np.tile(rows, 4), rest])
    X, y = world.X_test_unseen[rows], world.y_test_unseen[rows]
    prior = {label: float((y == label).mean()) for label in world.unseen_classes.tolist()}
    plain, under = ((known.predict(X, world.unseen_classes, prior=given) == y).mean() for given in (None, prior))
    assert under > plain


def test_samples_on_disk_are_answered_as_an_array_is(known, samples, tmp_path):
    X = np.tile(samples, (4, 1)).astype(np.float32)
    shards = open_shards(write_shards(tmp_path, [X[:300], X[300:]]))
    for prior in (weights(known), "estimate"):
        for method in ("predict", "predict_proba", "predict_log_proba"):
            wanted = getattr(known, method)(X, prior=prior)
            with sklearn.config_context(working_memory=0.5):
                found = getattr(known, method)(shards, prior=prior)
            if method == "predict":
                assert_array_equal(found, wanted)
            else:
                assert_allclose(found, wanted, rtol=1e-5, atol=1e-9)


def test_an_estimate_that_takes_too_much_memory_is_refused(known, samples, tmp_path):
    shards = open_shards(write_shards(tmp_path, [samples]))
    before = vars(known).copy()
    with sklearn.config_context(working_memory=0.01):
        for X in (samples, shards):
            for call in (known.estimate_prior, lambda X: known.predict(X, prior="estimate")):
                with pytest.raises(InvalidInputError, match=r"A prior is estimated from .* MiB; wanted 0.0"):
                    call(X)
        assert known.predict(shards, prior=weights(known)).shape == (len(samples),)
    assert vars(known) == before


def test_an_estimate_of_each_block_is_refused(known, samples):
    with pytest.raises(InvalidInputError, match="prior='estimate' would go by each block alone"):
        by_blocks(known.predict, samples, prior="estimate")
    prior = known.estimate_prior(samples)
    parts = [answer for _, answer in by_blocks(known.predict, samples, size=50, prior=prior)]
    assert_array_equal(np.concatenate(parts), known.predict(samples, prior="estimate"))


@pytest.mark.parametrize("rescale", [None, "transport"])
def test_the_same_samples_are_rejected_under_a_prior(known, samples, rescale):
    prior = weights(known)
    plain, under = (known.predict(samples, prior=given, reject=0.3, rescale=rescale) for given in (None, prior))
    assert_array_equal(plain == "none", under == "none")
    kept = under != "none"
    assert_array_equal(under[kept], known.predict(samples, prior=prior, rescale=rescale)[kept])
    assert (plain != under).any()


def test_classes_of_weight_zero_are_not_there_for_rejection(known, samples):
    prior = weights(known)
    rest = known.classes_[5:]
    left_out = prior | dict.fromkeys(known.classes_[:5].tolist(), 0.0)
    found = known.predict(samples, prior=left_out, reject=0.3)
    assert_array_equal(found, known.predict(samples, rest, prior=prior, reject=0.3))


def test_each_side_keeps_its_share_where_a_bias_balances_them(known, samples):
    unseen = known.unseen_classes_
    found = known.estimate_prior(samples)
    assert found[unseen].sum() == pytest.approx(5 / 25)
    among = known.estimate_prior(samples, unseen)
    assert_allclose(among, estimate_prior(known.predict_proba(samples, unseen)), rtol=1e-6)


def test_unlabelled_samples_and_a_prior_go_together(world):
    clf = RelationClassifier(semantics=world.semantics, alpha=1.0, kernel="linear", cv=2, similarity="metric")
    clf.fit(world.X_train, world.y_train)
    X, unseen = world.X_test_unseen, world.unseen_classes
    only = {label: float(label == unseen[1]) for label in unseen.tolist()}
    assert set(clf.predict(X, unseen, transductive=True, prior=only).tolist()) == {unseen[1]}
    even = dict.fromkeys(unseen.tolist(), 2)
    assert_array_equal(clf.predict(X, unseen, transductive=True, prior=even), clf.predict(X, unseen, transductive=True))


def test_a_pipeline_hands_it_on(world, samples):
    clf = ESZSLClassifier(semantics=world.semantics)
    pipe = ZeroShotPipeline.of(make_pipeline(StandardScaler(), clf)).fit(world.X_train, world.y_train)
    inner, X = pipe[-1], pipe[:-1].transform(samples)
    prior = weights(inner)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        assert_array_equal(getattr(pipe, method)(samples, prior=prior), getattr(inner, method)(X, prior=prior))
    assert_array_equal(pipe.top_classes(samples, prior=prior)[0], inner.top_classes(X, prior=prior)[0])
    assert pipe.estimate_prior(samples).equals(inner.estimate_prior(X))
    assert_array_equal(
        pipe.predict(samples, rescale="transport", prior=prior), inner.predict(X, rescale="transport", prior=prior)
    )
