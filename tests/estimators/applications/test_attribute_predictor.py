"""Attributes of images: the regression, what is chosen on held-out classes, labels, files."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit_tensors
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.metrics import f1_score, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import (
    AttributePredictor,
    ClassKFold,
    InvalidInputError,
    ModelFileError,
    Semantics,
    SemanticsError,
    load,
    load_digits_zsl,
)
from zsl.datasets import make_zero_shot


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(12, 4, n_features=20, n_attributes=6, noise=0.3, random_state=0)


@pytest.fixture(scope="module")
def table(world):
    """Attributes of units of their own, the last the same for all classes."""
    frame = world.semantics.to_frame() * [1, 10, 1, 1, 1, 1] + [0, 50, 0, 0, 0, 0]
    frame.columns = list("abcdef")
    frame["f"] = 0.1
    return Semantics.from_frame(frame)


@pytest.fixture(scope="module")
def fitted(world, table):
    return AttributePredictor(semantics=table).fit(world.X_train, world.y_train)


def unit(X):
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def scaled(X, by, scaling):
    """Unit rows as seen from the mean, and divided by the deviations of training images where asked for."""
    origin = 0.0 if scaling == "none" else by.mean(axis=0)
    rows, known = unit(X - origin), unit(by - origin)
    return rows / known.std(axis=0) if scaling == "standard" else rows


def oracle(X, S, alpha, scaling="none"):
    """Scikit-learn's ridge regression, with the penalty in the documented units."""
    rows = scaled(X, X, scaling)
    level = np.square(rows - rows.mean(axis=0)).sum() / X.shape[1]
    return Ridge(alpha=alpha * level).fit(rows, S)


@pytest.mark.parametrize("scaling", ["none", "center", "standard"])
def test_values_are_those_of_ridge_regression(world, table, scaling):
    given = {"alpha": 0.3, "feature_scaling": scaling, "cv": None}
    predictor = AttributePredictor(semantics=table, **given).fit(world.X_train, world.y_train)
    expected = oracle(world.X_train, table.rows(world.y_train), 0.3, scaling)
    found = predictor.predict(world.X_test_unseen)
    assert_allclose(found, expected.predict(scaled(world.X_test_unseen, world.X_train, scaling)), rtol=1e-5, atol=1e-6)
    assert_array_equal(found.columns, table.attributes)
    assert predictor.quality_ is None
    assert_array_equal(predictor.thresholds_, predictor.levels_)


def by_hand(world, table, alphas, n_splits=3):
    """Predictions for held-out classes by scikit-learn alone."""
    S, X = table.rows(world.y_train), world.X_train - world.X_train.mean(axis=0)
    told = {alpha: np.empty_like(S) for alpha in alphas}
    means = np.empty_like(S)
    for train, test in ClassKFold(n_splits, seen_test_size=0, random_state=0).split(world.X_train, world.y_train):
        for alpha in alphas:
            model = oracle(X[train], S[train], alpha)
            told[alpha][test] = model.predict(unit(X[test]))
        means[test] = S[train].mean(axis=0)
    r2 = {a: 1 - (np.square(S - told[a]).sum(axis=0) / np.square(S - means).sum(axis=0))[:5] for a in alphas}
    best = max(alphas, key=lambda alpha: r2[alpha].mean())
    return S, told[best], r2[best], best


def test_penalty_thresholds_and_quality_are_those_of_held_out_classes(world, table):
    alphas = (0.001, 0.1, 10.0)
    predictor = AttributePredictor(semantics=table, alpha=alphas, cv=3).fit(world.X_train, world.y_train)
    S, told, r2, best = by_hand(world, table, alphas)
    assert predictor.alpha_ == best
    seen = table.rows(np.unique(world.y_train))
    assert_allclose(predictor.levels_, seen.mean(axis=0))
    quality = predictor.quality_
    assert_allclose(quality["r2"][:5], r2, rtol=1e-4)
    for name, true, values in zip("abcde", S.T, told.T, strict=False):
        present = true > predictor.levels_[name]
        shown = values >= values[:, None]  # at each threshold that the values give
        tried = 2 * (present & shown).sum(axis=1) / (present.sum() + shown.sum(axis=1))
        assert_allclose(tried[0], f1_score(present, values >= values[0]))
        assert_allclose(f1_score(present, values >= predictor.thresholds_[name]), max(tried))
        assert_allclose(quality.loc[name, "f1"], max(tried))
        assert_allclose(quality.loc[name, "base_f1"], f1_score(present, np.ones_like(present)))
        assert_allclose(quality.loc[name, "correlation"], np.corrcoef(true, values)[0, 1], rtol=1e-4)
    assert quality.loc["f"].isna().all()
    assert predictor.thresholds_["f"] == np.inf


def test_attributes_may_be_present_together(world, table, fitted):
    X = np.concatenate([world.X_test_seen, world.X_test_unseen])
    y = np.concatenate([world.y_test_seen, world.y_test_unseen])
    labels, truth = fitted.predict_labels(X), table.rows(y) > fitted.levels_.to_numpy()
    assert labels.to_numpy().dtype == np.bool_
    assert_array_equal(labels, fitted.predict(X) >= fitted.thresholds_)
    assert (labels.sum(axis=1) >= 2).any()
    assert (labels.sum(axis=1) == 0).sum() < len(X)
    assert not labels["f"].any()
    assert f1_score(truth[:, :5], labels.to_numpy()[:, :5], average="macro") > 0.75


def test_levels_may_be_given(world, table):
    given = AttributePredictor(semantics=table, level=0.2, cv=None).fit(world.X_train, world.y_train)
    assert_array_equal(given.levels_, np.full(6, 0.2))
    each = [0.1, 50.0, 0.0, 0.0, 0.0, 0.0]
    given = AttributePredictor(semantics=table, level=each).fit(world.X_train, world.y_train)
    assert_array_equal(given.levels_, each)
    assert given.thresholds_["f"] == -np.inf  # every class has it
    assert given.predict_labels(world.X_test_seen)["f"].all()


def test_frames_in_and_out(world, table):
    names = [f"p{number}" for number in range(20)]
    X = pd.DataFrame(world.X_train, columns=names)
    predictor = AttributePredictor(semantics=table.to_frame()).fit(X, pd.Series(world.y_train))
    query = pd.DataFrame(world.X_test_seen[:3], columns=names, index=["x", "y", "z"])
    assert predictor.predict(query).index.tolist() == ["x", "y", "z"]
    assert predictor.predict_labels(query).index.tolist() == ["x", "y", "z"]
    assert_array_equal(predictor.feature_names_in_, names)


def test_clone_pickle_pipeline_and_search(world, table, fitted):
    assert clone(fitted).get_params() == fitted.get_params()
    again = pickle.loads(pickle.dumps(fitted))
    assert again.predict(world.X_test_seen).equals(fitted.predict(world.X_test_seen))
    model = make_pipeline(StandardScaler(), AttributePredictor(semantics=table)).fit(world.X_train, world.y_train)
    alone = AttributePredictor(semantics=table).fit(StandardScaler().fit_transform(world.X_train), world.y_train)
    query = model[0].transform(world.X_test_seen)
    assert_allclose(model.predict(world.X_test_seen), alone.predict(query))
    search = GridSearchCV(
        AttributePredictor(semantics=table, cv=None), {"alpha": [0.01, 1000.0]}, cv=ClassKFold(3, random_state=0)
    )
    assert search.fit(world.X_train, world.y_train).best_params_ == {"alpha": 0.01}
    truth = table.rows(world.y_test_unseen)
    expected = r2_score(truth, fitted.predict(world.X_test_unseen))
    assert_allclose(fitted.score(world.X_test_unseen, world.y_test_unseen), expected)
    assert "<DataFrame of 16 classes>" in repr(AttributePredictor(semantics=table.to_frame()))


@pytest.mark.parametrize("scaling", ["center", "whiten"])
def test_a_saved_predictor_comes_back_bit_for_bit(world, table, tmp_path, scaling):
    predictor = AttributePredictor(semantics=table, feature_scaling=scaling, level=[0.0, 50.0, 0, 0, 0, 0.0])
    predictor.fit(pd.DataFrame(world.X_train, columns=[f"p{i}" for i in range(20)]), world.y_train)
    predictor.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    query = pd.DataFrame(world.X_test_seen, columns=predictor.feature_names_in_)
    assert loaded.predict(query).equals(predictor.predict(query))
    assert loaded.predict_labels(query).equals(predictor.predict_labels(query))
    assert loaded.quality_.equals(predictor.quality_)
    assert_array_equal(loaded.seen_classes_, predictor.seen_classes_)
    assert loaded.alpha_ == predictor.alpha_
    assert loaded.level == predictor.level
    assert_allclose(loaded.score(query, world.y_test_seen), predictor.score(query, world.y_test_seen))
    with pytest.raises(InvalidInputError, match="the model was fitted without"):
        load(tmp_path / "m", encoder=object())


def test_predictions_of_a_file_have_to_be_finite(fitted, tmp_path):
    fitted.save(tmp_path / "m")
    large = {"method_.weight": np.full((20, 6), 1e308), "_scaler.mean": np.full(20, -1e5)}
    edit_tensors(tmp_path / "m", lambda tensors: tensors.update(large))
    with np.errstate(all="ignore"), pytest.raises(ModelFileError, match="not finite"):
        load(tmp_path / "m")


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("semantics", None, "needs a class table"),
        ("alpha", 0, "alpha=0"),
        ("feature_scaling", "cube", "feature_scaling='cube'"),
        ("level", "median", "level='median'"),
        ("level", [0.0, 1.0], "level has 2 numbers; wanted one for each of the 6"),
        ("level", [0.0, 1.0, 0, 0, 0, float("nan")], "level=nan"),
        ("cv", 1, "cv=1"),
    ],
)
def test_bad_parameters_are_told_and_change_nothing(world, table, parameter, value, message):
    predictor = AttributePredictor(semantics=table).fit(world.X_train, world.y_train)
    predictor.set_params(**{parameter: value})
    before = vars(predictor).copy()
    with pytest.raises(InvalidInputError, match=message):
        predictor.fit(world.X_train[:, :5], world.y_train)
    assert vars(predictor) == before


def test_bad_images_and_labels_are_told(world, table, fitted):
    with pytest.raises(NotFittedError):
        AttributePredictor(semantics=table).predict(world.X_test_seen)
    with pytest.raises(InvalidInputError, match="y has one class or none"):
        clone(fitted).fit(world.X_train[:3], ["seen_00"] * 3)
    with pytest.raises(SemanticsError, match=r"no row for 1 of the classes in y: \['zebra'\]"):
        clone(fitted).fit(world.X_train[:2], ["seen_00", "zebra"])
    with pytest.raises(SemanticsError, match="in y"):
        fitted.score(world.X_test_seen[:1], ["zebra"])
    with pytest.raises(ValueError, match="20 features"):
        fitted.predict(world.X_test_seen[:, :3])
    seen_only = [(np.arange(len(world.y_train) - 1), np.array([len(world.y_train) - 1]))]

    class Splitter:
        def split(self, X, y):
            return seen_only

    with pytest.raises(InvalidInputError, match="without new classes"):
        clone(fitted).set_params(cv=Splitter()).fit(world.X_train, world.y_train)


def test_strokes_of_digits_that_were_never_seen():
    split = load_digits_zsl()
    predictor = AttributePredictor(semantics=split.semantics).fit(split.X_train, split.y_train)
    true, told = split.semantics.rows(split.y_test_unseen), predictor.predict(split.X_test_unseen).to_numpy()
    varies = np.ptp(true, axis=0) > 0
    found = [np.corrcoef(a, b)[0, 1] for a, b in zip(true.T[varies], told.T[varies], strict=True)]
    assert np.mean(found) > 0.2
    shuffled = Semantics(split.semantics.vectors[::-1], classes=split.semantics.classes)
    other = AttributePredictor(semantics=shuffled).fit(split.X_train, split.y_train).predict(split.X_test_unseen)
    control = [np.corrcoef(a, b)[0, 1] for a, b in zip(true.T[varies], other.to_numpy().T[varies], strict=True)]
    assert np.mean(found) > np.mean(control) + 0.1
