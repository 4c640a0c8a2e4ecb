"""Saved few-shot estimators come back bit for bit, and spoiled ones don't come back at all."""

import json

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from few_shot_images import SMALL, draw_images, tiny
from numpy.testing import assert_array_equal
from torch import nn

from zsl import (
    InvalidInputError,
    MatchingClassifier,
    ModelFileError,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    SiameseClassifier,
    load,
)
from zsl._resources import data_folders, data_path
from zsl.estimators.few_shot import _pretrained
from zsl.persistence.folder import _digest

KINDS = {
    "vectors": (MatchingClassifier, {"full_context": True}),
    "no parameters": (PrototypicalClassifier, {}),
    "tiny": (SiameseClassifier, {"backbone": tiny()}),
    "conv4": (PrototypicalClassifier, {"backbone": "conv4", "refinement": "masked", "n_unlabeled": 1}),
    "relation": (RelationNetworkClassifier, {"backbone": "conv4", "similarity": "relation", "loss": "mse"}),
    "relation, tiny": (RelationNetworkClassifier, {"backbone": tiny(maps=True), "transductive": True}),
}


NAMES = np.array(list("abcdef"))


def fit(kind, *, labels=NAMES):
    """Fit an estimator on images or vectors, and return these, too."""
    make, given = KINDS[kind]
    X, y = draw_images(6, 6)
    backbone = given.get("backbone")
    X = X.reshape(len(X), -1)[:, :9] if backbone is None else X.repeat(2, 2).repeat(2, 3) if backbone == "conv4" else X
    taken = make().get_params()
    small = {name: value for name, value in (SMALL | given).items() if name in taken}
    return make(**small).fit(X, labels[y]), X


def own(estimator):
    """The module that `load` wants."""
    return estimator.backbone if isinstance(estimator.backbone, nn.Module) else None


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    return fit(request.param)


def test_parameters_and_fitted_values_come_back(fitted, tmp_path):
    estimator, X = fitted
    estimator.save(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=own(estimator))
    assert type(loaded) is type(estimator)
    lost = {"verbose", "device"}
    before, after = (each.get_params(deep=False) for each in (estimator, loaded))
    assert {k: v for k, v in after.items() if k not in lost} == {k: v for k, v in before.items() if k not in lost}
    for name in ("classes_", "seen_classes_", "unseen_classes_"):
        found, wanted = getattr(loaded, name), getattr(estimator, name)
        assert_array_equal(found, wanted)
        assert found.dtype == wanted.dtype
    assert loaded.n_features_in_ == X[0].size
    assert loaded.history_ == estimator.history_
    assert_array_equal(loaded.embed(X), estimator.embed(X))
    assert_array_equal(loaded.class_scores(X), estimator.class_scores(X))


def test_a_model_without_classes(fitted, tmp_path):
    estimator, X = fitted
    estimator.save(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=own(estimator)).forget_classes()
    loaded.save(tmp_path / "model")
    empty = load(tmp_path / "model", encoder=own(estimator))
    assert len(empty.classes_) == 0
    for each in (loaded, empty):
        each.add_classes(X[:12], np.repeat([5, 7], 6))  # any kind of labels
    assert_array_equal(empty.class_scores(X), loaded.class_scores(X))
    assert empty.predict(X).dtype.kind == "i"


def test_a_loaded_model_can_be_fitted_again(fitted, tmp_path):
    estimator, X = fitted
    estimator.save(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=own(estimator)).set_params(verbose=False)
    loaded.fit(X, np.repeat(list("abcdef"), 6))
    assert_array_equal(loaded.class_scores(X), estimator.class_scores(X))


@pytest.mark.parametrize(
    "labels", [np.arange(6) - 1, np.arange(6) / 2 * 2, np.array(list("abcdef"), dtype=object)], ids=lambda x: x.dtype
)
def test_kinds_of_labels(labels, tmp_path):
    estimator, X = fit("no parameters", labels=labels)
    estimator.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.classes_.dtype == labels.dtype
    assert_array_equal(loaded.predict(X), estimator.predict(X))


def test_names_of_columns_and_history(tmp_path):
    X, y = draw_images(6, 6)
    frame = pd.DataFrame(X.reshape(36, -1)[:, :3], columns=list("abc"))
    estimator = MatchingClassifier(**SMALL | {"n_shot": [1, np.int64(2)]}).fit(frame, y, validation=(frame, y))
    estimator.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.feature_names_in_.tolist() == list("abc")
    assert loaded.n_shot == (1, 2)
    assert len(loaded.history_) == 4
    assert loaded.history_ == estimator.history_


@pytest.mark.parametrize("seed", [np.int32(3), np.random.RandomState(0), None])
def test_seeds(tmp_path, seed):
    estimator, _ = fit("no parameters")
    estimator.set_params(random_state=seed).save(tmp_path / "m")
    assert load(tmp_path / "m").random_state == (3 if isinstance(seed, np.int32) else None)


@pytest.mark.parametrize("kind", ["tiny", "relation, tiny"])
def test_weights_but_no_code_of_a_backbone_of_ones_own(kind, tmp_path):
    estimator, X = fit(kind)
    estimator.save(tmp_path / "m")
    with pytest.raises(InvalidInputError, match="encoder=NoneType; the model was fitted with one of yours"):
        load(tmp_path / "m")
    with pytest.raises(ModelFileError, match="don't fit together"):
        load(tmp_path / "m", encoder=nn.Conv2d(2, 8, 3))
    with pytest.raises(InvalidInputError, match="backbone fails on an image"):
        load(tmp_path / "m", encoder=nn.Linear(3, 3))
    fresh = tiny(maps=kind != "tiny").requires_grad_(False)
    loaded = load(tmp_path / "m", encoder=fresh)
    assert loaded.backbone is fresh
    assert_array_equal(loaded.class_scores(X), estimator.class_scores(X))
    assert_array_equal(fresh[0].weight, tiny()[0].weight.detach())  # the weights went into a copy


@pytest.mark.parametrize("kind", ["vectors", "conv4", "relation"])
def test_a_backbone_that_is_not_needed(kind, tmp_path):
    fit(kind)[0].save(tmp_path / "m")
    with pytest.raises(InvalidInputError, match="encoder=Sequential; the model was fitted without"):
        load(tmp_path / "m", encoder=tiny())


def test_a_transductive_model_of_one_class(tmp_path):
    """Its statistics need more than one pair, wherever the check after loading looks at blank images."""
    X, y = draw_images(6, 6)
    X = X.repeat(2, 2).repeat(2, 3)
    clf = RelationNetworkClassifier(backbone="conv4", transductive=True, **SMALL).fit(X, y)
    clf.remove_classes([1, 2, 3, 4, 5]).save(tmp_path / "m")
    assert_array_equal(load(tmp_path / "m").class_scores(X), clf.class_scores(X))


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
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for kind in ("vectors", "conv4", "relation"):
        fit(kind)[0].save(folder / kind)
    return folder


@pytest.fixture(params=["vectors", "conv4", "relation"])
def model(request, models, tmp_path):
    for part in (models / request.param).iterdir():
        (tmp_path / part.name).write_bytes(part.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.pop("parameters"),
        lambda h: h["parameters"].update(colour="red"),
        lambda h: h.pop("labels"),
        lambda h: h["labels"]["values"].pop(),
        lambda h: h["labels"].update(dtype="complex128"),
        lambda h: h.pop("history"),
        lambda h: h.pop("n_features_in"),
        lambda h: h.update(n_features_in="wide"),
        lambda h: h.update(estimator="SiameseClassifier"),
        lambda h: h.update(image_shape=[2, 2]),
        lambda h: h.update(image_shape=[3, 16, 16]),
        lambda h: h.update(image_shape="large"),
    ],
)
def test_damaged_headers_are_refused(model, change):
    edit(model, change)
    with pytest.raises((InvalidInputError, ModelFileError)):
        load(model)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("classes.seen"),
        lambda t: t.update({"classes.seen": np.ones(5, dtype=bool)}),
        lambda t: t.pop(next(key for key in t if key.startswith("method.") and "weight" in key)),
        lambda t: t.update({"method.more": np.zeros(1)}),
        lambda t: t.update(
            {key: value[:, :-1] for key, value in t.items() if key in ("classes.sums", "classes.support")}
        ),
        lambda t: t.update({key: value[:-1] for key, value in t.items() if key in ("classes.counts", "classes.codes")}),
        lambda t: t.update({key: 0 * value for key, value in t.items() if key in ("classes.counts", "classes.codes")}),
    ],
)
def test_damaged_tensors_are_refused(model, change):
    resign(model, change)
    with pytest.raises(ModelFileError):
        load(model)


@pytest.mark.parametrize("model", ["vectors", "conv4"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.update({"classes.codes": np.where(t["classes.codes"] == 2, 1, t["classes.codes"])}),
        lambda t: t.update({"classes.codes": t["classes.codes"] + 1}),
        lambda t: t.update({"classes.codes": t["classes.codes"][:0], "classes.support": t["classes.support"][:0]}),
        lambda t: t.update({"classes.codes": t["classes.codes"].astype(float)}),
        lambda t: t.update({"classes.unlabeled": np.zeros((2, 3))}),
    ],
)
def test_damaged_support_is_refused(model, change):
    resign(model, change)
    with pytest.raises(ModelFileError):
        load(model)


@pytest.mark.parametrize(
    ("model", "parameter", "value"),
    [
        ("vectors", "n_way", 1),
        ("vectors", "n_shot", [0]),
        ("conv4", "refinement", "hard"),
        ("conv4", "backbone", "conv5"),
        ("relation", "backbone", "conv5"),
        ("relation", "similarity", "metric"),
        ("relation", "loss", "hinge"),
        ("relation", "precision", "float16"),
        ("relation", "n_way", 1),
    ],
    indirect=["model"],
)
def test_parameters_out_of_range_are_refused(model, parameter, value):
    edit(model, lambda header: header["parameters"].update({parameter: value}))
    with pytest.raises((InvalidInputError, ModelFileError), match=parameter):
        load(model)


def test_an_unfitted_estimator_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="not fitted"):
        PrototypicalClassifier().save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["conv4", "relation"])
def test_shipped_models(kind, tmp_path, monkeypatch):
    folders = tmp_path / "installed", tmp_path / "checkout"
    monkeypatch.setattr(_pretrained, "data_folders", lambda: folders)
    make = KINDS[kind][0]
    for clf in (make, MatchingClassifier):
        with pytest.raises(InvalidInputError, match=f"name='letters'; {clf.__name__} ships trained on nothing"):
            clf.from_pretrained("letters")
    estimator, X = fit(kind)
    scores = estimator.class_scores(X)
    estimator.forget_classes().save(folders[1] / "pretrained" / "letters" / make.__name__)
    loaded = make.from_pretrained("letters")
    assert len(loaded.classes_) == 0
    assert_array_equal(loaded.add_classes(X, np.repeat(list("abcdef"), 6)).classes_, list("abcdef"))
    if kind == "relation":
        assert_array_equal(loaded.class_scores(X), scores)
    with pytest.raises(InvalidInputError, match=r"ships trained on \['letters'\]"):
        make.from_pretrained("nothing")
    with pytest.raises(InvalidInputError, match="MatchingClassifier ships trained on nothing"):
        MatchingClassifier.from_pretrained("letters")


def test_the_installed_model_goes_before_that_of_a_checkout(tmp_path, monkeypatch):
    folders = tmp_path / "installed", tmp_path / "checkout"
    monkeypatch.setattr(_pretrained, "data_folders", lambda: folders)
    for n_way, folder in enumerate(folders, start=5):
        estimator, _ = fit("no parameters")
        estimator.set_params(n_way=n_way).save(folder / "pretrained" / "toy" / "PrototypicalClassifier")
    assert PrototypicalClassifier.from_pretrained("toy").n_way == 5


def test_names_that_are_not_shipped():
    with pytest.raises(InvalidInputError, match="name='nothing'; SiameseClassifier ships trained on"):
        SiameseClassifier.from_pretrained("nothing")
    for folder in data_folders():
        assert folder.name in ("_data", "data")


def test_shipped_files():
    assert data_path("digits_attributes.csv").is_file()
    with pytest.raises(FileNotFoundError, match=r"Data file 'no_such.csv' is missing; looked in .*_data and .*data"):
        data_path("no_such.csv")
