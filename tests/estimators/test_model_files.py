"""Saved models come back bit for bit, and spoiled ones don't come back at all."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
import torch
from numpy.testing import assert_array_equal
from torch import nn

from zsl import InvalidInputError, ModelFileError, RelationClassifier, load
from zsl.persistence.folder import _digest


class Bomb:
    """Unpickling this would leave a mark."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


@pytest.fixture
def model(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    return tmp_path / "model"


def test_scores_come_back_bit_for_bit(split, fitted, tmp_path):
    fitted.add_classes(split.X_support[:5], split.y_support[:5]).add_classes(split.X_support[:2], ["new"] * 2)
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(
        loaded.class_scores(split.X_test_unseen, calibrated=True),
        fitted.class_scores(split.X_test_unseen, calibrated=True),
    )
    assert_array_equal(loaded.predict(split.X_test_unseen), fitted.predict(split.X_test_unseen))
    assert loaded.selection_ == fitted.selection_
    pair = ("unseen_00", "seen_00")
    assert loaded.explain(split.X_test_unseen[0], among=pair).equals(fitted.explain(split.X_test_unseen[0], among=pair))
    loaded.add_classes(semantics={"more": [0.0] * 5}).remove_classes("new").save(tmp_path / "model")
    assert "more" in load(tmp_path / "model").classes_
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("kind", ["integers", "objects", "few-shot", "floats", "relation term", "joint"])
def test_kinds_of_models(split, small, tmp_path, kind):
    y = split.y_train
    estimator = small(random_state=np.random.RandomState(0), cv=None)
    if kind == "integers":
        y = np.unique(y, return_inverse=True)[1]
        estimator.set_params(semantics=pd.DataFrame(np.eye(16)), feature_scaling="none")
    if kind == "objects":
        y = y.astype(object)
    if kind == "floats":
        y = np.unique(y, return_inverse=True)[1].astype(float)
    if kind == "relation term":
        estimator.set_params(semantics=split.semantics, similarity="both", feature_scaling="center", cv=2)
    if kind == "joint":
        table = pd.DataFrame(np.random.default_rng(0).normal(size=(16, 12)), index=split.seen_classes)
        estimator.set_params(semantics=table, joint=True, alpha=[0.1, 1.0], cv=2)
    X = pd.DataFrame(split.X_train, columns=[f"f{i}" for i in range(12)]) if kind == "few-shot" else split.X_train
    estimator.fit(X, y).save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.classes_.dtype == estimator.classes_.dtype
    assert_array_equal(loaded.class_scores(X), estimator.class_scores(X))
    assert_array_equal(loaded.predict(X), estimator.predict(X))


def test_labels_that_json_has_not(split, small, tmp_path):
    y = np.unique(split.y_train, return_inverse=True)[1].astype(object)
    estimator = small(cv=None).fit(split.X_train, y.astype(int))
    estimator._classes.labels.flags.writeable = True
    object.__setattr__(estimator._classes, "labels", y[np.unique(y.astype(int), return_index=True)[1]])
    with pytest.raises(InvalidInputError, match="cannot be saved"):
        estimator.save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_custom_encoder_is_asked_for(split, small, tmp_path):
    torch.manual_seed(0)
    estimator = small(encoder=nn.Linear(12, 6), cv=None).fit(split.X_train, split.y_train)
    estimator.save(tmp_path / "m")
    with pytest.raises(InvalidInputError, match="encoder"):
        load(tmp_path / "m")
    loaded = load(tmp_path / "m", encoder=nn.Linear(12, 6))
    assert_array_equal(loaded.class_scores(split.X_test_seen), estimator.class_scores(split.X_test_seen))
    with pytest.raises(ModelFileError, match="don't fit together"):
        load(tmp_path / "m", encoder=nn.Linear(12, 5))


def test_an_encoder_that_is_not_needed(model):
    with pytest.raises(InvalidInputError, match="fitted without"):
        load(model, encoder=nn.Identity())


def edit(model, change):
    header = json.loads((model / "model.json").read_text())
    change(header)
    (model / "model.json").write_text(json.dumps(header))


def edit_tensors(model, change):
    tensors = safetensors.numpy.load_file(model / "tensors.safetensors")
    change(tensors)
    safetensors.numpy.save_file(tensors, model / "tensors.safetensors")


def resign(model, change):
    """Change tensors and note their new digests, as somebody would who means it."""
    edit_tensors(model, change)
    tensors = safetensors.numpy.load_file(model / "tensors.safetensors")
    edit(model, lambda header: header.update(sha256={key: _digest(tensor) for key, tensor in tensors.items()}))


def flip_bit(model):
    content = bytearray((model / "tensors.safetensors").read_bytes())
    content[-5] ^= 1
    (model / "tensors.safetensors").write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m: (m / "model.json").unlink(), "is no saved model"),
        (lambda m: (m / "tensors.safetensors").unlink(), "cannot be read"),
        (lambda m: (m / "model.json").write_text("{"), "cannot be read as JSON"),
        (lambda m: (m / "model.json").write_text("[]"), "not of the format"),
        (lambda m: edit(m, lambda h: h.update(format_version=99)), "format version 99"),
        (lambda m: edit(m, lambda h: h.update(estimator="os.system")), "class 'os.system'"),
        (lambda m: edit(m, lambda h: h.update(sha256=[])), "lacks"),
        (lambda m: edit(m, lambda h: h["sha256"].pop("table")), "other tensors"),
        (lambda m: edit(m, lambda h: h.pop("labels")), "don't fit together"),
        (lambda m: edit(m, lambda h: h["labels"]["values"].pop()), "differ in length"),
        (lambda m: edit(m, lambda h: h["labels"].update(dtype="datetime64[s]")), "not known to the format"),
        (lambda m: edit_tensors(m, lambda t: t.update(more=np.zeros(1))), "other tensors"),
        (lambda m: edit_tensors(m, lambda t: t.update(table=t["table"] * np.nan)), "spoiled"),
        (lambda m: edit(m, lambda h: h["choice"].update(bias=[[0, float("nan")]])), "holds NaN; wanted finite"),
        (lambda m: edit(m, lambda h: h["choice"].update(bias=[0.0])), "don't fit together"),
        (lambda m: edit(m, lambda h: h["choice"]["point"].pop("kernel")), "don't fit together"),
        (lambda m: edit(m, lambda h: h["choice"]["refinement"].update(more=1.0)), "don't fit together"),
        (lambda m: edit(m, lambda h: h["descriptions"].update(blocks=[4, 2])), "don't fit together"),
        (lambda m: edit(m, lambda h: h["sizes"].update(n_landmarks=3)), "don't fit together"),
        (lambda m: resign(m, lambda t: t.update(unlabeled=np.zeros((3, 11)))), "don't fit together"),
        (lambda m: edit(m, lambda h: h.pop("sizes")), "another model; fit it again"),
        (lambda m: resign(m, lambda t: t.update({"scaler.features.mean": np.zeros(11)})), "don't fit together"),
        (lambda m: resign(m, lambda t: t.update({"classes.sums": np.zeros((20, 11))})), "don't fit together"),
        (lambda m: resign(m, lambda t: t.update({"method.centre": np.full(12, np.inf)})), "not finite"),
        (lambda m: resign(m, lambda t: t.pop("method.dual")), "don't fit together"),
        (lambda m: (m / "model.json").write_bytes(pickle.dumps(Bomb())), "cannot be read as JSON"),
        (lambda m: (m / "model.json").write_text("[" * 200_000), "cannot be read as JSON"),
        (flip_bit, "spoiled"),
        (lambda m: (m / "tensors.safetensors").write_bytes(b"\x08"), "cannot be read"),
        (lambda m: (m / "tensors.safetensors").write_bytes(pickle.dumps(Bomb())), "cannot be read"),
    ],
)
def test_spoiled_models_are_refused(model, spoil, message):
    spoil(model)
    with pytest.raises(ModelFileError, match=message):
        load(model)


def test_values_that_are_not_finite_are_refused(model, fitted, tmp_path):
    resign(model, lambda tensors: tensors.update(table=np.full((2, 2), np.nan)))
    with pytest.raises(ModelFileError, match="not finite"):
        load(model)
    fitted._model.space.scaler.mean[0] = np.nan
    with pytest.raises(ModelFileError, match="not finite"):
        fitted.save(tmp_path / "other")


def test_a_parameter_out_of_range_is_refused(model):
    edit(model, lambda header: header["parameters"].update(learning_rate=-1.0))
    with pytest.raises(InvalidInputError, match="learning_rate"):
        load(model)


def test_other_things_are_not_overwritten(fitted, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(InvalidInputError, match="is no saved model"):
            fitted.save(path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_failed_move_keeps_the_old_model(model, fitted, monkeypatch):
    import os

    before = (model / "model.json").read_text()
    moves = []

    def replace(source, target, real=os.replace):
        moves.append(target)
        if len(moves) == 2:
            raise OSError("no space")
        real(source, target)

    monkeypatch.setattr("os.replace", replace)
    with pytest.raises(OSError, match="no space"):
        fitted.save(model)
    assert (model / "model.json").read_text() == before
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_an_unfitted_estimator_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="not fitted"):
        RelationClassifier().save(tmp_path / "m")
