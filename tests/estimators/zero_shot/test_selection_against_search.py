"""The built-in choice on held-out classes is that of scikit-learn's search over the same folds."""

import numpy as np
import pytest
from classic import small
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid, cross_val_score, cross_validate

from zsl import ClassKFold, load_digits_zsl
from zsl.datasets import make_zero_shot
from zsl.estimators import (
    ALEClassifier,
    DEMClassifier,
    ESZSLClassifier,
    RidgePrototypeClassifier,
    SAEClassifier,
    SynCClassifier,
)
from zsl.evaluation import harmonic_score, seen_score, unseen_score
from zsl.functional.linear.origins import Origin

CASES = {
    "ESZSL": (ESZSLClassifier, {}),
    "ridge": (RidgePrototypeClassifier, {}),
    "ridge, euclidean": (RidgePrototypeClassifier, {"metric": "euclidean"}),
    "SAE": (SAEClassifier, {}),
    "SAE, semantic": (SAEClassifier, {"direction": "semantic", "feature_scaling": "standard"}),
    "SynC": (SynCClassifier, {}),
}
COARSE = (0.01, 1.0, 100.0)


@pytest.fixture(scope="module", params=["made up", "digits"])
def split(request):
    if request.param == "digits":
        return load_digits_zsl()
    return make_zero_shot(15, 3, n_features=12, n_attributes=6, n_per_class=8, noise=1.0, random_state=0)


@pytest.fixture(params=CASES)
def estimator(request, split):
    kind, parameters = CASES[request.param]
    return kind(semantics=split.semantics, **parameters, **dict.fromkeys(kind._grids, COARSE))


def share_origin(monkeypatch, split):
    """Refits look from the mean of all training samples, as all folds of one fit do."""
    shared = Origin.of(split.X_train)
    monkeypatch.setattr(Origin, "of", lambda X, centred=True, weights=None: shared)


def assert_alike(found, wanted):
    """The same but for the order in which moments are added up: with folds, class by class."""
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("given", ["auto", 0.05])
def test_choice_and_score_are_those_of_a_search(split, estimator, given, monkeypatch):
    chosen = estimator.set_params(seen_bias=given).fit(split.X_train, split.y_train)
    share_origin(monkeypatch, split)
    n_folds = chosen.selection_["n_folds"]
    assert n_folds == min(5, len(split.seen_classes) // 2)
    folds = ClassKFold(n_folds, random_state=0)
    grid = dict.fromkeys(chosen._grids, COARSE)
    one = clone(estimator).set_params(seen_bias=chosen.seen_bias_, cv=None)
    search = GridSearchCV(one, grid, cv=folds, scoring=harmonic_score).fit(split.X_train, split.y_train)
    assert search.best_params_ == chosen.selection_["params"]
    assert chosen.selection_["harmonic_mean"] == pytest.approx(search.best_score_, abs=1e-9)
    assert 0 < search.best_score_ < 1

    record = next(r for r in chosen.selection_["grid"] if r.items() >= search.best_params_.items())
    scorers = {"seen": seen_score, "unseen": unseen_score}
    found = cross_validate(search.best_estimator_, split.X_train, split.y_train, cv=folds, scoring=scorers)
    assert record["seen"] == pytest.approx(found["test_seen"].mean(), abs=1e-9)
    assert record["unseen"] == pytest.approx(found["test_unseen"].mean(), abs=1e-9)
    if given == 0.05:
        figures = [r["harmonic_mean"] for r in chosen.selection_["grid"]]
        assert figures == pytest.approx(search.cv_results_["mean_test_score"].tolist(), abs=1e-9)


def test_default_grid_is_searched_in_the_order_of_a_parameter_grid(split):
    chosen = ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    points = [{name: record[name] for name in chosen._grids} for record in chosen.selection_["grid"]]
    assert points == list(ParameterGrid(dict(chosen._grids)))
    assert len(points) == 49
    best = max(chosen.selection_["grid"], key=lambda record: record["harmonic_mean"])
    assert best.items() >= chosen.selection_["params"].items()
    assert chosen.seen_bias_ == best["seen_bias"]


def test_refit_at_the_choice_is_the_fitted_estimator(split, estimator):
    chosen = clone(estimator).fit(split.X_train, split.y_train)
    one = estimator.set_params(**chosen.selection_["params"], seen_bias=chosen.seen_bias_, cv=None)
    one.fit(split.X_train, split.y_train)
    X = split.X_test_unseen
    assert_alike(one.class_scores(X, calibrated=True), chosen.class_scores(X, calibrated=True))
    assert one.selection_["n_folds"] == 0


@pytest.mark.parametrize("train", ["half", "all but the tested"])
def test_splitters_of_the_users_own(split, estimator, train, monkeypatch):
    """Classes held out twice or never, and images that are neither trained nor tested on."""

    class Own:
        def split(self, X, y):
            for (kept, tested), _ in zip(ClassKFold(3, random_state=1).split(X, y), range(2), strict=False):
                yield (kept[::2] if train == "half" else kept), tested

    chosen = estimator.set_params(cv=Own()).fit(split.X_train, split.y_train)
    share_origin(monkeypatch, split)
    folds = list(Own().split(split.X_train, split.y_train))
    one = clone(estimator).set_params(**chosen.selection_["params"], seen_bias=chosen.seen_bias_, cv=None)
    found = cross_val_score(one, split.X_train, split.y_train, cv=folds, scoring=harmonic_score)
    assert chosen.selection_["harmonic_mean"] == pytest.approx(found.mean(), abs=1e-9)
    one.fit(split.X_train, split.y_train)
    assert_alike(one.class_scores(split.X_test_seen), chosen.class_scores(split.X_test_seen))


def test_the_same_classes_held_out_twice():
    """The held-out images of both folds are as many as there are images, but not all of them."""
    split = make_zero_shot(8, 2, n_features=12, n_attributes=6, n_per_class=8, random_state=0)

    class Twice:
        def split(self, X, y):
            held = np.isin(y, np.unique(y)[:4]) | (np.arange(len(y)) % 4 == 0)
            return [(np.flatnonzero(~held), np.flatnonzero(held))] * 2

    chosen = ESZSLClassifier(semantics=split.semantics, cv=Twice()).fit(split.X_train, split.y_train)
    one = clone(chosen).set_params(**chosen.selection_["params"], cv=None).fit(split.X_train, split.y_train)
    assert_alike(one.class_scores(split.X_test_seen), chosen.class_scores(split.X_test_seen))
    assert chosen.selection_["n_folds"] == 2


@pytest.mark.parametrize("kind", [ALEClassifier, DEMClassifier])
def test_folds_of_a_gradient_method_train_as_a_fit_does(split, kind, monkeypatch):
    """The record after the last step is that of fits of that length on the folds, but for rounding."""
    estimator = small(kind, semantics=split.semantics, cv=3).fit(split.X_train, split.y_train)
    share_origin(monkeypatch, split)
    record = estimator.selection_["grid"][-1]
    assert record["n_steps"] == 40
    one = clone(estimator).set_params(seen_bias=record["seen_bias"], cv=None)
    folds = ClassKFold(3, random_state=0)
    found = cross_val_score(one, split.X_train, split.y_train, cv=folds, scoring=harmonic_score)
    assert record["harmonic_mean"] == pytest.approx(found.mean(), abs=0.02)
    assert found.mean() > 0.1
