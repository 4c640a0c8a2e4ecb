"""Weights of samples are repeated samples where they are taken, and refused by the name of the estimator elsewhere."""

from inspect import signature

import numpy as np
import pytest
from checks import is_unchanged, refused, saved_and_loaded
from sklearn.utils.validation import has_fit_parameter
from worlds import WAYS, data

from zsl import ESZSLClassifier, RidgePrototypeClassifier, SAEClassifier, SynCClassifier
from zsl.estimators.catalog import CATALOG

WEIGHED = (ESZSLClassifier, RidgePrototypeClassifier, SAEClassifier, SynCClassifier)
OTHERS = [name for name in WAYS if name in {entry.name for entry in CATALOG} - {kind.__name__ for kind in WEIGHED}]
KNOWN = data("ESZSLClassifier")
TIMES = np.random.default_rng(5).integers(0, 4, len(KNOWN.X))
REPEATED = np.repeat(np.arange(len(KNOWN.X)), TIMES)
each = pytest.mark.parametrize("kind", WEIGHED, ids=lambda kind: kind.__name__)


class ByContent:
    """Hold out two classes at a time, and of the others samples by their content, so that copies stay together."""

    def split(self, X, y):
        number = np.floor(np.abs(X[:, 0]) * 1e6).astype(int) % 3 == 0
        for held in (("c0", "c1"), ("c2", "c3"), ("c4", "c5")):
            test = np.isin(np.asarray(y), np.unique(y)[[int(label[1]) for label in held]]) | number
            yield np.flatnonzero(~test), np.flatnonzero(test)


def both(kind, **given):
    """An estimator fitted with weights, and one on repeated samples."""
    given = {"semantics": KNOWN.table} | given
    return (
        kind(**given).fit(KNOWN.X, KNOWN.y, sample_weight=TIMES),
        kind(**given).fit(KNOWN.X[REPEATED], KNOWN.y[REPEATED]),
    )


def alike(weighed, repeated):
    for calibrated in (False, True):
        found, wanted = (own.class_scores(KNOWN.queries, calibrated=calibrated) for own in (weighed, repeated))
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7 * np.abs(wanted).max())
    np.testing.assert_array_equal(weighed.predict(KNOWN.queries), repeated.predict(KNOWN.queries))


@each
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"feature_scaling": "whiten"},
        {"feature_scaling": "standard"},
        {"feature_scaling": "none"},
        {"semantics": None},
    ],
    ids=lambda given: "-".join(f"{name}={value}" for name, value in given.items()) or "default",
)
def test_whole_numbers_are_repeated_samples(kind, given):
    alike(*both(kind, cv=None, **given))


@each
def test_what_is_chosen_on_held_out_classes_is_the_same(kind):
    weighed, repeated = both(kind, cv=ByContent())
    assert weighed.selection_["params"] == repeated.selection_["params"]
    for name in ("ausuc", "harmonic_mean", "seen_bias"):
        assert weighed.selection_[name] == pytest.approx(repeated.selection_[name], rel=1e-6, abs=1e-6)
    assert weighed.temperature_ == pytest.approx(repeated.temperature_, rel=1e-4)
    assert weighed._confidence.threshold(0.2, 10) == pytest.approx(repeated._confidence.threshold(0.2, 10), rel=1e-4)
    alike(weighed, repeated)


@each
def test_weights_matter_and_equal_ones_do_not(kind):
    plain, one, seven, uneven = (
        kind(semantics=KNOWN.table, cv=None).fit(KNOWN.X, KNOWN.y, sample_weight=weight)
        for weight in (None, np.ones(len(KNOWN.X)), 7.5, np.linspace(0.01, 3, len(KNOWN.X)))
    )
    alike(one, plain)
    found, wanted = (own.predict_proba(KNOWN.queries) for own in (seven, plain))
    np.testing.assert_allclose(found, wanted, atol=0.01)
    assert np.abs(uneven.class_scores(KNOWN.queries) - plain.class_scores(KNOWN.queries)).max() > 1e-3


@each
def test_a_class_without_weight_is_unseen_and_weighed_means_are_saved(kind):
    weights = np.where(KNOWN.y == "c3", 0.0, np.linspace(0.1, 2, len(KNOWN.y)))
    own = kind(semantics=KNOWN.table).fit(KNOWN.X, KNOWN.y, sample_weight=weights)
    assert "c3" in own.unseen_classes_
    bare = kind(cv=None).fit(KNOWN.X, KNOWN.y, sample_weight=weights)
    assert "c3" not in bare.classes_
    for fitted in (own, bare):
        again = saved_and_loaded(fitted, KNOWN)
        np.testing.assert_array_equal(again.class_scores(KNOWN.queries), fitted.class_scores(KNOWN.queries))
    assert not np.isin(bare._classes.counts % 1, 0).all()


@each
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), "shape (3,)"),
        (-np.ones(len(KNOWN.X)), "of 0 or more"),
        (np.zeros(len(KNOWN.X)), "zero"),
        (np.full(len(KNOWN.X), np.nan), "finite"),
        (["a"] * len(KNOWN.X), "sample_weight"),
    ],
)
def test_bad_weights_are_named_and_change_nothing(kind, weight, message):
    own = kind(semantics=KNOWN.table, cv=None).fit(KNOWN.X, KNOWN.y)
    before = dict(vars(own))
    refused(lambda: own.fit(KNOWN.X, KNOWN.y, sample_weight=weight), "sample_weight", message)
    assert is_unchanged(own, before)


def test_a_gate_counts_samples_alike():
    own = ESZSLClassifier(semantics=KNOWN.table, balance="gate")
    refused(lambda: own.fit(KNOWN.X, KNOWN.y, sample_weight=TIMES), "sample_weight", "balance='gate'")


@pytest.mark.parametrize("name", OTHERS)
def test_others_refuse_weights_by_their_name(name):
    known, estimator = data(name), WAYS[name]()
    assert "sample_weight" not in signature(estimator.fit).parameters
    assert not has_fit_parameter(estimator, "sample_weight")
    weights = np.ones(len(known.X))
    refused(lambda: estimator.fit(known.X, known.y, sample_weight=weights), name, "no meaning for sample_weight")
    assert not hasattr(estimator, "classes_")
