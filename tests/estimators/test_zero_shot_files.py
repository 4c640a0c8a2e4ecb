"""Saved classic estimators come back bit for bit, and spoiled ones don't come back at all."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from classic import CLASSIC, small
from numpy.testing import assert_array_equal
from torch import nn

from zsl import ClassKFold, InvalidInputError, ModelFileError, load
from zsl.datasets import make_zero_shot
from zsl.estimators import ALEClassifier, DEMClassifier, ESZSLClassifier, RidgePrototypeClassifier, zero_shot_methods
from zsl.persistence.folder import _digest

KINDS = {**CLASSIC, "without semantics": ESZSLClassifier, "gate": ESZSLClassifier}


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(10, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)


@pytest.fixture(scope="module", params=KINDS)
def fitted_once(request, world):
    given = {"semantics": None if request.param == "without semantics" else world.semantics}
    if request.param == "gate":
        given["balance"] = "gate"
    return small(KINDS[request.param], **given).fit(world.X_train, world.y_train)


@pytest.fixture
def estimator(fitted_once):
    return copy.deepcopy(fitted_once)


def test_scores_come_back_bit_for_bit(world, estimator, tmp_path):
    X = world.X_test_unseen
    estimator.add_classes(world.X_support[:5], world.y_support[:5]).add_classes(world.X_support[:2], ["new"] * 2)
    estimator.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert type(loaded) is type(estimator)
    for calibrated in (False, True):
        assert_array_equal(
            loaded.class_scores(X, calibrated=calibrated), estimator.class_scores(X, calibrated=calibrated)
        )
    assert_array_equal(loaded.predict(X), estimator.predict(X))
    for name in ("classes_", "seen_classes_", "unseen_classes_"):
        assert_array_equal(getattr(loaded, name), getattr(estimator, name))
    assert loaded.seen_bias_ == estimator.seen_bias_
    assert repr(loaded.selection_) == repr(estimator.selection_)
    for name in estimator.selection_["params"]:
        assert getattr(loaded, f"{name}_") == getattr(estimator, f"{name}_")


def test_a_loaded_model_goes_on(world, estimator, tmp_path):
    estimator.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    for each in (estimator, loaded):
        if each.semantics is not None:
            each.add_classes(semantics={"described": [0.5] * 5})
        each.add_classes(world.X_support, world.y_support).remove_classes(["seen_01"])
    assert_array_equal(loaded.class_scores(world.X_test_seen), estimator.class_scores(world.X_test_seen))
    loaded.save(tmp_path / "model")
    assert_array_equal(load(tmp_path / "model").classes_, estimator.classes_)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    loaded.fit(world.X_train, world.y_train)
    assert loaded.n_features_in_ == 12


def test_parameters_come_back(world, estimator, tmp_path):
    estimator.save(tmp_path / "model")
    before, after = estimator.get_params(), load(tmp_path / "model").get_params()
    lost = {"semantics", "verbose", "device"}
    assert {k: v for k, v in after.items() if k not in lost} == {k: v for k, v in before.items() if k not in lost}


@pytest.mark.parametrize("kind", ["integers", "objects", "frame", "whitened", "grid"])
def test_kinds_of_models(world, tmp_path, kind):
    X, y, estimator = world.X_train, world.y_train, ESZSLClassifier(semantics=world.semantics)
    if kind == "integers":
        table = world.semantics.to_frame().reset_index(drop=True)
        estimator, y = ESZSLClassifier(semantics=table), np.unique(y, return_inverse=True)[1]
    if kind == "objects":
        y = y.astype(object)
    if kind == "frame":
        X = pd.DataFrame(X, columns=[f"f{i}" for i in range(12)])
    if kind == "whitened":
        estimator.set_params(feature_scaling="whiten", semantic_scaling="standard")
    if kind == "grid":
        estimator.set_params(alpha_features=np.array([0.1, 1.0]), alpha_semantics=[np.float32(0.5), 2])
    estimator.fit(X, y).save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.classes_.dtype == estimator.classes_.dtype
    np.testing.assert_allclose(loaded.class_scores(X), estimator.class_scores(X), rtol=1e-12)
    assert_array_equal(loaded.predict(X), estimator.predict(X))
    if kind == "frame":
        assert loaded.feature_names_in_.tolist() == X.columns.tolist()
    if kind == "grid":
        assert loaded.alpha_features == (0.1, 1.0)
        assert loaded.alpha_semantics == (0.5, 2)


@pytest.mark.parametrize(
    ("given", "stored"), [(3, 3), (np.int64(2), 2), (None, None), (ClassKFold(2, random_state=0), None)]
)
def test_a_splitter_is_not_stored(world, tmp_path, given, stored):
    estimator = ESZSLClassifier(semantics=world.semantics, cv=given).fit(world.X_train, world.y_train)
    estimator.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.cv == stored
    assert loaded.selection_["n_folds"] == estimator.selection_["n_folds"]


def test_a_generator_is_not_stored(world, tmp_path):
    estimator = small(ALEClassifier, semantics=world.semantics, random_state=np.random.RandomState(0), cv=None)
    estimator.fit(world.X_train, world.y_train).save(tmp_path / "m")
    assert load(tmp_path / "m").random_state is None


def test_an_encoder_that_is_not_needed(world, estimator, tmp_path):
    estimator.save(tmp_path / "m")
    with pytest.raises(InvalidInputError, match="has none"):
        load(tmp_path / "m", encoder=nn.Identity())


@pytest.mark.parametrize("name", CLASSIC)
def test_an_unfitted_estimator_cannot_be_saved(name, tmp_path):
    with pytest.raises(ValueError, match="not fitted"):
        CLASSIC[name]().save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_names_of_the_methods():
    methods = zero_shot_methods()
    assert list(methods) == sorted(methods)
    assert all(name == kind.__name__ for name, kind in methods.items())
    methods.clear()
    assert len(zero_shot_methods()) == 16


def edit(model, change):
    header = json.loads((model / "model.json").read_text())
    change(header)
    (model / "model.json").write_text(json.dumps(header))


def resign(model, change):
    """Change tensors and note their new digests, as somebody would who means it."""
    tensors = safetensors.numpy.load_file(model / "tensors.safetensors")
    change(tensors)
    safetensors.numpy.save_file(tensors, model / "tensors.safetensors")
    edit(model, lambda header: header.update(sha256={key: _digest(tensor) for key, tensor in tensors.items()}))


@pytest.fixture(scope="module")
def model_once(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for kind in (DEMClassifier, ESZSLClassifier):
        estimator = small(kind, semantics=world.semantics, balance="gate").fit(world.X_train, world.y_train)
        estimator.save(folder / kind.__name__)
    return folder


@pytest.fixture(params=["DEMClassifier", "ESZSLClassifier"])
def model(request, model_once, tmp_path):
    for part in (model_once / request.param).iterdir():
        (tmp_path / part.name).write_bytes(part.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h.pop("selection"), "don't fit together"),
        (lambda h: h["selection"].pop("params"), "don't fit together"),
        (lambda h: h["selection"].update(more=1), "don't fit together"),
        (lambda h: h["selection"].update(seen_bias="much"), "don't fit together"),
        (lambda h: h.pop("sizes"), "don't fit together"),
        (lambda h: h["sizes"].pop(), "don't fit together"),
        (lambda h: h.update(sizes=[11, 5, 10]), "don't fit together"),
        (lambda h: h.update(sizes=[-12, 5, 10]), "don't fit together"),
        (lambda h: h.update(sizes="wide"), "don't fit together"),
        (lambda h: h.pop("parameters"), "don't fit together"),
        (lambda h: h["parameters"].update(colour="red"), "don't fit together"),
        (lambda h: h.pop("cv"), "don't fit together"),
        (lambda h: h.update(support_scale="wide"), "don't fit together"),
        (lambda h: h.update(support_scale=0.0), "wanted (one|two temperatures) above 0"),
        (lambda h: h["labels"]["values"].pop(), "differ in length"),
        (lambda h: h.update(n_features_in=11), "don't fit together"),
        (lambda h: h.update(estimator="SAEClassifier"), "don't fit together"),
        (lambda h: h.update(estimator="Pipeline"), "class 'Pipeline'"),
        (lambda h: h["selection"]["gate"].pop("offset"), "don't fit together"),
        (lambda h: h["selection"]["gate"].update(temperatures=[1.0]), "wanted (one|two temperatures) above 0"),
        (lambda h: h["selection"]["gate"].update(temperatures=[0.0, 1.0]), "wanted (one|two temperatures) above 0"),
        (lambda h: h["selection"]["gate"].update(weights=[1.0]), "wanted (one|two temperatures) above 0"),
    ],
)
def test_damaged_headers_are_refused(model, change, message):
    edit(model, change)
    with pytest.raises(ModelFileError, match=message):
        load(model)


@pytest.mark.parametrize(
    ("model", "parameter", "value"),
    [
        ("ESZSLClassifier", "prior_strength", -4.0),
        ("ESZSLClassifier", "prior_strength", "strong"),
        ("ESZSLClassifier", "balance", "luck"),
        ("ESZSLClassifier", "seen_bias", "much"),
        ("ESZSLClassifier", "feature_scaling", "minmax"),
        ("ESZSLClassifier", "alpha_features", -1.0),
        ("DEMClassifier", "hidden", 0),
        ("DEMClassifier", "n_steps", 0),
    ],
    indirect=["model"],
)
def test_a_parameter_out_of_range_is_refused(model, parameter, value):
    edit(model, lambda header: header["parameters"].update({parameter: value}))
    with pytest.raises((InvalidInputError, ModelFileError)):
        load(model)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.update({"scaler.features.mean": np.zeros(11)}), "don't fit together"),
        (lambda t: t.update({"scaler.semantics.mean": np.zeros(4)}), "don't fit together"),
        (lambda t: t.update({"classes.sums": np.zeros((13, 99))}), "don't fit together"),
        (lambda t: t.update({"classes.counts": np.full(13, np.nan)}), "not finite"),
        (lambda t: t.pop("classes.seen"), "don't fit together"),
        (lambda t: t.pop(next(key for key in t if key.startswith("method."))), "don't fit together"),
        (lambda t: t.update({"method.more": np.zeros(1)}), "don't fit together"),
    ],
)
def test_damaged_tensors_are_refused(model, change, message):
    resign(model, change)
    with pytest.raises(ModelFileError, match=message):
        load(model)


def test_a_flipped_bit_is_found(model):
    content = bytearray((model / "tensors.safetensors").read_bytes())
    content[-5] ^= 1
    (model / "tensors.safetensors").write_bytes(content)
    with pytest.raises(ModelFileError, match="spoiled"):
        load(model)


def test_other_things_are_not_overwritten(world, tmp_path):
    estimator = RidgePrototypeClassifier(semantics=world.semantics).fit(world.X_train, world.y_train)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="is no saved model"):
        estimator.save(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
