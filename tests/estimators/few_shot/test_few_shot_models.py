"""Saved few-shot estimators come back bit for bit, and spoiled ones don't come back at all."""

import numpy as np
import pandas as pd
import pytest
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
from zsl.hub import places

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
    assert loaded.n_shot == [1, 2]
    assert len(loaded.history_) == 4
    assert loaded.history_ == estimator.history_


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


@pytest.mark.parametrize("kind", ["conv4", "relation"])
def test_shipped_models(kind, tmp_path, monkeypatch):
    folders = tmp_path / "installed", tmp_path / "checkout"
    monkeypatch.setattr(places, "data_folders", lambda: folders)
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
    monkeypatch.setattr(places, "data_folders", lambda: folders)
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
