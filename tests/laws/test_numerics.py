"""Repeated samples, constants added to columns, other units: what every estimator of the catalogue makes of them."""

import warnings
from functools import cache

import numpy as np
import pytest
from worlds import JOINT, WAYS, Way

from zsl import AttributePredictor, PromptClassifier, RidgePrototypeClassifier, Semantics
from zsl.estimators.catalog import CATALOG
from zsl.exceptions import InvalidInputError, ScalingWarning
from zsl.testing import LawData

KNOWN = {entry.name: entry.knows for entry in CATALOG if entry.knows}
DATA = LawData.small()
EPISODIC = [name for name in KNOWN if "n_episodes" in WAYS[name]().get_params() and KNOWN[name] == "support"]
NOT_MOVED = {
    "PromptClassifier": "features are compared with texts of the same model, from zero; it warns, see below",
    **dict.fromkeys(JOINT, "features are compared with texts of the same model, from zero"),
    "MatchingClassifier": "cosines of features as they are, as published",
    "MemoryAugmentedClassifier": "a controller on features as they are, as published",
}
NOT_SCALED = {
    "RelationNetworkClassifier": "the variance of a support is taken to be well above 1e-6, as with a backbone",
}
NOT_REPEATED = {
    "SharedGaussianClassifier": "the covariance is shrunk by the number of samples, as published",
    "BDCSPNClassifier": "prototypes are means of support and queries, which repeated support outweighs",
    "LaplacianShotClassifier": "the same",
}
DRAWN = ["FeatureGeneratingClassifier"]
"""What is generated of a class is drawn by a seed that its semantic vector gives."""
CLOSED = ["ESZSLClassifier", "RidgePrototypeClassifier", "SAEClassifier", "SynCClassifier", "RelationClassifier"]
FROZEN = ["SimpleShotClassifier", "TipAdapterClassifier"]
CHAOTIC = ["NPlusOneClassifier"]
"""Two networks trained against each other turn rounding errors into others."""
CONSTANTS = np.resize([1.0, 100.0, 1e4], 12)


def texts_like_features():
    """A class table as wide as the features, for prompts."""
    rng = np.random.default_rng(3)
    return Semantics(rng.normal(size=(len(DATA.semantics), DATA.X.shape[1])), classes=DATA.semantics.classes)


def fit(name, change=lambda X: X, rows=slice(None), **parameters):
    """Fit on changed samples, with the new classes added where only samples make them known."""
    way = WAYS[name] if parameters.get("cv", 0) is not None else WAYS[name].having(cv=None)
    estimator = Way(way.kind, **way.given)()
    taken = estimator.get_params(deep=False)
    given = {"random_state": 0, "verbose": False} | parameters
    if KNOWN[name] in ("semantics", "texts"):
        given["semantics"] = DATA.semantics if KNOWN[name] == "semantics" else texts_like_features()
    estimator.set_params(**{key: value for key, value in given.items() if key in taken})
    estimator.fit(change(DATA.X[rows]), DATA.y[rows])
    if KNOWN[name] in ("support", "samples"):
        estimator.add_classes(change(DATA.X_new), DATA.y_new)
    return estimator


@cache
def usual(name):
    return fit(name).predict(DATA.queries)


def assert_predicts(name, change):
    found = fit(name, change).predict(change(DATA.queries))
    assert found.tolist() == usual(name).tolist()


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in NOT_MOVED])
def test_a_constant_added_to_a_column_changes_no_prediction(name):
    assert_predicts(name, lambda X: X + CONSTANTS)


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in NOT_MOVED])
def test_a_constant_costs_single_precision_only_the_digits_that_it_takes(name):
    """The estimator knows of samples what is left of them in single precision beside 10⁴: three digits."""

    def moved(X):
        return (X + CONSTANTS).astype(np.float32)

    def left(X):
        return moved(X).astype(np.float64) - CONSTANTS

    found = fit(name, moved).predict(moved(DATA.queries))
    same = found == fit(name, left).predict(left(DATA.queries))
    assert same.mean() > (0.5 if name in CHAOTIC else 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1e-150, 1e-6, 1e6, 1e150])
@pytest.mark.parametrize("name", [name for name in KNOWN if name not in EPISODIC])
def test_another_unit_of_all_features_changes_no_prediction(name, factor):
    assert_predicts(name, lambda X: X * factor)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("name", [name for name in EPISODIC if name not in NOT_SCALED])
def test_networks_on_features_take_ordinary_units(name, factor):
    assert (fit(name, lambda X: X * factor).predict(DATA.queries * factor) == usual(name)).mean() > 0.8


@pytest.mark.parametrize("factor", [1e-150, 1e150])
@pytest.mark.parametrize("name", EPISODIC)
def test_networks_on_features_refuse_what_single_precision_cannot_hold(name, factor):
    with pytest.raises(InvalidInputError, match=r"^X holds float64 numbers of magnitude .*; wanted 1e-15 to 1e\+15"):
        fit(name, lambda X: X * factor)


@pytest.mark.parametrize("name", list(KNOWN))
def test_features_too_large_for_sums_are_refused_in_fit_and_in_prediction(name):
    with pytest.raises(InvalidInputError, match=r"^X holds float64 numbers of magnitude"):
        fit(name, lambda X: X * 1e160)
    fitted = fit(name)
    before = usual(name)
    for call in (fitted.predict, lambda X: fitted.add_classes(X, DATA.y_new[: len(X)])):
        with pytest.raises(InvalidInputError, match=r"^X holds float64 numbers of magnitude"):
            call(DATA.X_new * 1e160)
    assert fitted.predict(DATA.queries).tolist() == before.tolist()


@pytest.mark.parametrize("name", CLOSED)
def test_repeated_samples_change_no_prediction_of_a_closed_form(name):
    once, often = (fit(name, rows=np.tile(np.arange(len(DATA.y)), k), cv=None) for k in (1, 7))
    assert often.predict(DATA.queries).tolist() == once.predict(DATA.queries).tolist()


@pytest.mark.parametrize("name", FROZEN)
def test_repeated_samples_change_no_prediction_by_means(name):
    assert fit(name, rows=np.tile(np.arange(len(DATA.y)), 3)).predict(DATA.queries).tolist() == usual(name).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("name", list(KNOWN))
def test_one_sample_per_class_again_and_again_is_enough(name, kind):
    rows = np.repeat([np.flatnonzero(DATA.y == label)[0] for label in np.unique(DATA.y)], 12)
    noise = np.random.default_rng(0).normal(size=(len(DATA.X), DATA.X.shape[1]))
    for jitter in (0.0, 1e-7):
        fitted = fit(name, lambda X, jitter=jitter: (X + jitter * np.resize(noise, X.shape)).astype(kind), rows)
        assert np.isfinite(fitted.class_scores(DATA.queries.astype(kind))).all()


def test_ridge_prototypes_stand_one_sample_per_class():
    for draw in range(100):
        rng = np.random.default_rng(draw)
        X, y = rng.normal(size=(8, 20)) + rng.normal(size=20), np.arange(8)
        table = Semantics(rng.normal(size=(10, 4)), classes=np.arange(10))
        scores = RidgePrototypeClassifier(semantics=table).fit(X, y).class_scores(X)
        assert np.isfinite(scores).all()


@pytest.mark.parametrize("factor", [1e-170, 1e170])
@pytest.mark.parametrize("name", [name for name, knows in KNOWN.items() if knows == "semantics" and name not in DRAWN])
def test_another_unit_of_a_class_table_changes_no_prediction(name, factor):
    table = Semantics(DATA.semantics.vectors * factor, classes=DATA.semantics.classes)
    estimator = WAYS[name](semantics=table)
    taken = estimator.get_params(deep=False)
    estimator.set_params(**{k: v for k, v in {"random_state": 0, "verbose": False}.items() if k in taken})
    assert estimator.fit(DATA.X, DATA.y).predict(DATA.queries).tolist() == usual(name).tolist()


def test_a_class_table_of_numbers_without_digits_is_refused():
    table = Semantics(DATA.semantics.vectors * 1e-310, classes=DATA.semantics.classes)
    with pytest.raises(InvalidInputError, match=r"^semantics holds numbers of magnitude .* wanted 1e-300 to 1e\+300"):
        RidgePrototypeClassifier(semantics=table).fit(DATA.X, DATA.y)


def test_predicted_attributes_come_in_the_unit_of_their_table_within_a_stated_range():
    tables = {f: Semantics(DATA.semantics.vectors * f, classes=DATA.semantics.classes) for f in (1.0, 1e-80, 1e80)}
    found = {f: AttributePredictor(semantics=t).fit(DATA.X, DATA.y).predict(DATA.queries) for f, t in tables.items()}
    for factor, predicted in found.items():
        np.testing.assert_allclose(predicted / factor, found[1.0], rtol=1e-6, atol=1e-9)
    for factor in (1e-170, 1e170):
        table = Semantics(DATA.semantics.vectors * factor, classes=DATA.semantics.classes)
        with pytest.raises(InvalidInputError, match=r"^semantics holds numbers .* wanted 1e-100 to 1e\+100"):
            AttributePredictor(semantics=table).fit(DATA.X, DATA.y)


def test_predicted_attributes_do_not_depend_on_origin_and_unit():
    usual = AttributePredictor(semantics=DATA.semantics).fit(DATA.X, DATA.y).predict(DATA.queries)
    for change in (lambda X: X + CONSTANTS, lambda X: X * 1e150, lambda X: X * 1e-150):
        fitted = AttributePredictor(semantics=DATA.semantics).fit(change(DATA.X), DATA.y)
        np.testing.assert_allclose(fitted.predict(change(DATA.queries)), usual, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("estimator", [PromptClassifier(), RidgePrototypeClassifier(feature_scaling="none")])
def test_directions_from_zero_that_hardly_differ_are_warned_of(estimator):
    table = texts_like_features()
    estimator.set_params(semantics=table)
    with pytest.warns(ScalingWarning, match=r"of the mean squared length of samples is that of their mean"):
        estimator.fit(DATA.X + 100, DATA.y)
    for ordinary in (DATA.X, np.maximum(DATA.X, 0) + 1e-3, DATA.X + 2):  # the last two as after a ReLU, and off zero
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            estimator.fit(ordinary, DATA.y)
