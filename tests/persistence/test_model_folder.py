"""Model folders: what is no model, or was changed since it was written, is refused, and nothing is overwritten."""

import pickle
import shutil

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from saved import edit, edit_tensors, flip_bit, tensors_of

from zsl import ALEClassifier, ClassKFold, ESZSLClassifier, InvalidInputError, ModelFileError, load
from zsl.datasets import make_zero_shot
from zsl.persistence.header import MOST_BYTES


class Bomb:
    """Unpickling this would leave a mark."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(10, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)


@pytest.fixture
def fitted(world):
    return ESZSLClassifier(semantics=world.semantics, cv=2).fit(world.X_train, world.y_train)


@pytest.fixture(scope="module")
def model_once(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "model"
    ESZSLClassifier(semantics=world.semantics, cv=2).fit(world.X_train, world.y_train).save(folder)
    return folder


@pytest.fixture
def model(model_once, tmp_path):
    return shutil.copytree(model_once, tmp_path / "model")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m: (m / "model.json").unlink(), "is no saved model"),
        (lambda m: tensors_of(m).unlink(), "is incomplete"),
        (lambda m: (m / "model.json").write_text("{"), "cannot be read as JSON"),
        (lambda m: (m / "model.json").write_text("[]"), "not of the format"),
        (lambda m: (m / "model.json").write_bytes(pickle.dumps(Bomb())), "cannot be read as JSON"),
        (lambda m: (m / "model.json").write_text("[" * 200_000), "cannot be read as JSON"),
        (lambda m: edit(m, lambda h: h.update(format_version=99)), "format version 99"),
        (lambda m: edit(m, lambda h: h.update(format_version=2)), "format version 2"),
        (lambda m: edit(m, lambda h: h.update(estimator="os.system")), "class 'os.system'"),
        (lambda m: edit(m, lambda h: h.update(more=[])), "has others"),
        (lambda m: edit(m, lambda h: h.update(state=[])), "wanted a dict"),
        (lambda m: edit(m, lambda h: h.update(own_module=0)), "wanted a bool"),
        (lambda m: edit(m, lambda h: h.update(format_version=True)), "format version True"),
        (lambda m: edit(m, lambda h: h.pop("digest"), sign=False), "lacks fields"),
        (lambda m: edit(m, lambda h: h.update(digest="0" * 63 + "A"), sign=False), "no sha256"),
        (lambda m: edit(m, lambda h: h.update(digest="0" * 64), sign=False), "is incomplete"),
        (lambda m: edit(m, lambda h: h["state"].update(n_features_in_=13), sign=False), "is corrupt"),
        (lambda m: edit(m, lambda h: h["tensors"].pop("_table.vectors"), sign=False), "is corrupt"),
        (lambda m: edit(m, lambda h: h["tensors"].update(more=["F64", [2]]), sign=False), "lists the tensor 'more'"),
        (lambda m: edit(m, lambda h: h["tensors"].update(more="F64 -2"), sign=False), "lists the tensor 'more'"),
        (lambda m: edit_tensors(m, lambda t: t.update(more=np.zeros(1)), sign=False), "is corrupt: it has"),
        (lambda m: edit_tensors(m, lambda t: t.update(more=np.zeros(1))), "tensors .'more'. are not as they are saved"),
        (
            lambda m: edit_tensors(m, lambda t: t.update({"_table.vectors": t["_table.vectors"] + 1}), sign=False),
            "is corrupt",
        ),
        (flip_bit, "is corrupt"),
        (lambda m: edit_tensors(m, lambda t: t.update({"_scaler.mean": np.full(12, np.inf)})), "not finite"),
        (lambda m: tensors_of(m).write_bytes(b"\x08"), "is corrupt"),
        (lambda m: tensors_of(m).write_bytes(pickle.dumps(Bomb())), "is corrupt"),
    ],
)
def test_corrupt_models_are_refused(model, spoil, message):
    spoil(model)
    with pytest.raises(ModelFileError, match=message):
        load(model)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('"more": NaN, "_support_scale": ', "holds NaN; wanted finite"),
        ('"more": -Infinity, "_support_scale": ', "holds -Infinity; wanted finite"),
        ('"more": 1e400, "_support_scale": ', "holds 1e400; wanted finite"),
        ('"_support_scale": 2.0, "_support_scale": ', "key '_support_scale' more than once"),
        ('"more": 18446744073709551616, "_support_scale": ', "wanted at most 64 bits"),
        (f'"more": {"9" * 5000}, "_support_scale": ', "wanted at most 64 bits"),
        ('"more": "\\ud800", "_support_scale": ', "corrupt|surrogates"),
    ],
)
def test_json_that_no_model_holds_is_refused(model, written, message):
    text = (model / "model.json").read_text()
    assert text.count('"_support_scale": ') == 1
    (model / "model.json").write_text(text.replace('"_support_scale": ', written))
    with pytest.raises(ModelFileError, match=message):
        load(model)


def test_a_header_has_a_limit(model, fitted, tmp_path):
    (model / "model.json").write_bytes(b" " * MOST_BYTES + (model / "model.json").read_bytes())
    with pytest.raises(ModelFileError, match=f"larger than {MOST_BYTES} bytes"):
        load(model)
    fitted._selection.params["alpha_features"] = "x" * MOST_BYTES
    with pytest.raises(InvalidInputError, match="at most"):
        fitted.save(tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_values_that_are_not_finite_are_not_saved(fitted, tmp_path):
    fitted._scaler.mean[0] = np.nan
    with pytest.raises(ModelFileError, match="not finite"):
        fitted.save(tmp_path / "other")
    assert not list(tmp_path.iterdir())


def test_labels_that_json_has_not(fitted, tmp_path):
    numbers = np.arange(len(fitted.classes_)).astype(object)
    object.__setattr__(fitted._classes, "labels", numbers)
    with pytest.raises(InvalidInputError, match="cannot be saved"):
        fitted.save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_other_things_are_not_overwritten(fitted, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(InvalidInputError, match="is no saved model"):
            fitted.save(path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["floats", "frame", "whitened", "grid"])
def test_kinds_of_models(world, tmp_path, kind):
    X, y, estimator = world.X_train, world.y_train, ESZSLClassifier(semantics=world.semantics)
    if kind == "floats":
        y = np.unique(y, return_inverse=True)[1].astype(float)
        estimator.set_params(semantics=None)
    if kind == "frame":
        X = pd.DataFrame(X, columns=[f"f{i}" for i in range(12)])
    if kind == "whitened":
        estimator.set_params(feature_scaling="whiten", semantic_scaling="standard")
    if kind == "grid":
        estimator.set_params(alpha_features=np.array([0.1, 1.0]), alpha_semantics=[np.float32(0.5), 2])
    estimator.fit(X, y).save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.classes_.dtype == estimator.classes_.dtype
    assert_array_equal(loaded.class_scores(X), estimator.class_scores(X))
    if kind == "frame":
        assert loaded.feature_names_in_.tolist() == X.columns.tolist()
    if kind == "grid":
        assert loaded.alpha_features == (0.1, 1.0)
        assert loaded.alpha_semantics == [0.5, 2]


@pytest.mark.parametrize(
    ("given", "stored"), [(3, 3), (np.int64(2), 2), (None, None), (ClassKFold(2, random_state=0), None)]
)
def test_a_splitter_is_not_stored(world, tmp_path, given, stored):
    estimator = ESZSLClassifier(semantics=world.semantics, cv=given).fit(world.X_train, world.y_train)
    estimator.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.cv == stored
    assert loaded.selection_["n_folds"] == estimator.selection_["n_folds"]


@pytest.mark.parametrize("seed", [np.int32(3), np.random.RandomState(0), None])
def test_a_generator_is_not_stored(world, tmp_path, seed):
    estimator = ALEClassifier(semantics=world.semantics, random_state=seed, cv=None, n_steps=3, verbose=False)
    estimator.fit(world.X_train, world.y_train).save(tmp_path / "m")
    assert load(tmp_path / "m").random_state == (3 if isinstance(seed, np.int32) else None)


def test_classes_of_ones_own_are_named_in_the_call(world, tmp_path):
    class Own(ESZSLClassifier):
        """An estimator that the package doesn't know."""

    estimator = Own(semantics=world.semantics, cv=None).fit(world.X_train, world.y_train)
    estimator.save(tmp_path / "m")
    with pytest.raises(ModelFileError, match="class 'Own'"):
        load(tmp_path / "m")
    loaded = load(tmp_path / "m", known=[Own])
    assert type(loaded) is Own
    assert_array_equal(loaded.class_scores(world.X_test_seen), estimator.class_scores(world.X_test_seen))
