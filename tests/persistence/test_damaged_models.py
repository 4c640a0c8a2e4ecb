"""Models whose files were changed by somebody who signed them again: what doesn't fit together is refused."""

import shutil

import numpy as np
import pytest
from few_shot_images import draw_images
from saved import edit, edit_tensors

from zsl import (
    AttributePredictor,
    DEMClassifier,
    ESZSLClassifier,
    FeatureGeneratingClassifier,
    InvalidInputError,
    MatchingClassifier,
    ModelFileError,
    NPlusOneClassifier,
    PromptClassifier,
    PrototypicalClassifier,
    RelationClassifier,
    RelationNetworkClassifier,
    load,
)
from zsl.datasets import make_zero_shot

STEPS = {"n_steps": 5, "hidden": 16, "random_state": 0, "verbose": False}
EPISODES = {"n_way": 3, "n_episodes": 2, "random_state": 0, "verbose": False}
WORLD = make_zero_shot(8, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
WIDE = make_zero_shot(8, 3, n_features=12, n_attributes=12, n_per_class=8, random_state=0)


def described(kind, world=WORLD, **given):
    return lambda: kind(semantics=world.semantics, **given).fit(world.X_train, world.y_train)


def shown(kind, side=None, **given):
    X, y = (WORLD.X_train, WORLD.y_train) if side is None else draw_images(6, 6)
    X = X if side is None else X.repeat(2, 2).repeat(2, 3)
    return lambda: kind(**given).fit(X, y)


MODELS = {
    "ESZSL": described(ESZSLClassifier, balance="gate", cv=2),
    "DEM": described(DEMClassifier, balance="gate", cv=2, **STEPS),
    "Relation": described(RelationClassifier, cv=2, random_state=0, verbose=False),
    "Prompt": described(PromptClassifier, WIDE),
    "FeatureGenerating": described(FeatureGeneratingClassifier, cv=None, n_latent=4, **STEPS),
    "Predictor": described(AttributePredictor),
    "NPlusOne": shown(NPlusOneClassifier, cv=None, n_latent=4, **STEPS),
    "Matching": shown(MatchingClassifier, full_context=True, **EPISODES),
    "Prototypical": shown(
        PrototypicalClassifier, 16, backbone="conv4", refinement="masked", n_unlabeled=1, n_query=1, **EPISODES
    ),
    "RelationNetwork": shown(RelationNetworkClassifier, 16, backbone="conv4", **EPISODES),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Where each model is saved once it is asked for."""
    folder = tmp_path_factory.mktemp("models")

    def saved(name):
        if not (folder / name).exists():
            MODELS[name]().save(folder / name)
        return folder / name

    return saved


@pytest.fixture
def model(request, models, tmp_path):
    return shutil.copytree(models(request.param), tmp_path / "m")


def parts(header, name):
    """The fields of a part of the state, under its class name where it has one."""
    packed = header["state"][name]
    (content,) = packed.values() if len(packed) == 1 else (packed,)
    return content


def selection(**changes):
    return lambda h: parts(h, "_selection").update(changes)


def gate(**changes):
    return lambda h: parts(h, "_selection")["gate"]["$Gate"].update(changes)


def state(**changes):
    return lambda h: h["state"].update(changes)


def without(name):
    return lambda h: h["state"].pop(name)


FITS = "don't fit together"
SHELLS = {
    "classes": (without("_classes"), "parts|" + FITS),
    "method": (without("method_"), FITS),
    "parameters": (lambda h: h.pop("parameters"), "lacks fields"),
    "unknown parameter": (lambda h: h["parameters"].update(colour="red"), FITS),
    "width": (without("n_features_in_"), FITS),
    "words": (state(n_features_in_="wide"), FITS),
    "number": (state(n_features_in_=11), FITS),
    "kind of labels": (lambda h: parts(h, "_classes").update(labels={"$tuple": ["a", "b"]}), FITS),
    "kind of value": (state(n_features_in_={"$Popen": {"args": "ls"}}), "'Popen', which isn't known"),
    "another part": (state(colour="red"), "parts that a .* doesn't have"),
    "no class": (lambda h: h.update(estimator="Pipeline"), "class 'Pipeline'"),
}
ON_IMAGES = ("Prototypical", "RelationNetwork")
HEADERS = [
    *[
        (name, *case)
        for name in MODELS
        for what, case in SHELLS.items()
        # A predictor has no classes that come and go, and images have a shape besides a width.
        if not (name == "Predictor" and what in ("classes", "kind of labels"))
        and not (name in ON_IMAGES and what in ("words", "width", "number"))
    ],
    *[
        (name, change, message)
        for name in ("ESZSL", "DEM")
        for change, message in (
            (without("_selection"), FITS),
            (lambda h: parts(h, "_selection").pop("params"), FITS),
            (selection(more=1), FITS),
            (selection(seen_bias="much"), FITS),
            (selection(temperature=0.0), FITS),
            (selection(temperature=-1.0), FITS),
            (selection(temperature="warm"), FITS),
            (selection(temperature=None), FITS),
            (without("_sizes"), FITS),
            (state(_sizes={"$tuple": [12, 5]}), FITS),
            (state(_sizes={"$tuple": [11, 5, 8]}), FITS),
            (state(_sizes={"$tuple": [-12, 5, 8]}), FITS),
            (state(_sizes="wide"), FITS),
            (state(_support_scale="wide"), FITS),
            (state(_support_scale=0.0), "wanted one above 0"),
            (lambda h: parts(h, "_selection")["gate"]["$Gate"].pop("offset"), FITS),
            (gate(temperatures={"$tuple": [1.0]}), FITS),
            (gate(temperatures={"$tuple": [0.0, 1.0]}), "two temperatures"),
            (gate(weights={"$tuple": [1.0]}), "two temperatures"),
            (lambda h: h.update(estimator="SAEClassifier"), FITS),
        )
    ],
    ("Relation", lambda h: h["state"]["_choice"].update(x=1), "corrupt"),
    ("Relation", lambda h: parts(h, "_choice").update(bias={"$tuple": [0.0]}), FITS),
    ("Relation", lambda h: parts(h, "_choice")["point"]["$Point"].pop("kernel"), FITS),
    ("Relation", lambda h: parts(h, "_choice")["refinement"]["$Refinement"].update(more=1.0), FITS),
    ("Relation", lambda h: parts(h, "_choice").update(temperature=0.0), FITS),
    ("Relation", lambda h: parts(h, "_sizes").update(n_landmarks=3), FITS),
    ("Relation", lambda h: parts(h, "_descriptions").update(blocks={"$tuple": [4, 2]}), FITS),
    ("Prompt", lambda h: parts(h, "_selection").update(temperature=0.0), FITS),
    ("FeatureGenerating", lambda h: parts(h, "_space").update(prior_strength=-1.0), "wanted numbers above 0"),
    ("FeatureGenerating", lambda h: parts(h, "_space").pop("seed"), FITS),
    ("FeatureGenerating", state(_sizes={"$tuple": [11, 5, 8]}), FITS),
    ("FeatureGenerating", lambda h: h["parameters"].update(hidden=8), FITS),
    ("NPlusOne", without("_seed"), FITS),
    ("NPlusOne", lambda h: h["parameters"].update(hidden=8), FITS),
    ("Predictor", without("_table"), "table|" + FITS),
    ("Matching", lambda h: h.update(estimator="PrototypicalClassifier"), FITS),
    *[
        (name, state(_image_shape=shape), "|".join([FITS, "backbone", "image"]))
        for name in ON_IMAGES
        for shape in ({"$tuple": [2, 2]}, {"$tuple": [3, 16, 16]}, "large")
    ],
]


@pytest.mark.parametrize(("model", "change", "message"), HEADERS, indirect=["model"])
def test_headers_that_do_not_fit_are_refused(model, change, message):
    edit(model, change)
    with pytest.raises((ModelFileError, InvalidInputError), match=message):
        load(model)


def drop(*keys):
    return lambda t: [t.pop(key) for key in keys]


def replaced(**arrays):
    return lambda t: t.update({key.replace("__", "."): array(t) for key, array in arrays.items()})


TENSORS = [
    *[
        (name, change)
        for name in MODELS
        if name != "Predictor"
        for change in (
            drop("_classes.seen"),
            replaced(_classes__seen=lambda t: t["_classes.seen"][:-1]),
        )
    ],
    *[
        (name, change)
        for name in MODELS
        if name not in ("Predictor", "Prompt")
        for change in (
            lambda t: t.pop(next(key for key in t if key.startswith("method_/") and key.endswith("weight"))),
            lambda t: t.update({"method_/more": np.zeros(1)}),
        )
        if name not in ("ESZSL", "Relation", "Matching")
    ],
    ("ESZSL", drop("method_/projection")),
    ("Relation", drop("method_/dual")),
    ("Relation", lambda t: t.update(_unlabeled=np.zeros((3, 11)))),
    ("Predictor", lambda t: t.update({"method_.weight": np.zeros((11, 5))})),
    *[
        (name, change)
        for name in ("ESZSL", "DEM", "Prompt")
        for change in (
            replaced(_scaler__mean=lambda t: np.zeros(11)),
            replaced(_semantic_scaler__mean=lambda t: np.zeros(4)),
            replaced(_classes__support=lambda t: np.zeros((13, 99))),
            replaced(_classes__counts=lambda t: np.full(11, np.nan)),
        )
    ],
    *[
        (name, change)
        for name in ("Matching", "Prototypical")
        for change in (
            replaced(_classes__codes=lambda t: t["_classes.codes"][:-1]),
            replaced(_classes__codes=lambda t: 0 * t["_classes.codes"]),
            replaced(_classes__codes=lambda t: t["_classes.codes"] + 1),
            replaced(_classes__codes=lambda t: t["_classes.codes"].astype(float)),
            replaced(_classes__codes=lambda t: np.where(t["_classes.codes"] == 2, 1, t["_classes.codes"])),
            replaced(_classes__support=lambda t: t["_classes.support"][:, :-1]),
        )
    ],
    ("RelationNetwork", replaced(_classes__sums=lambda t: t["_classes.sums"][:, :-1])),
    ("RelationNetwork", replaced(_classes__counts=lambda t: t["_classes.counts"][:-1])),
    ("RelationNetwork", replaced(_classes__counts=lambda t: 0 * t["_classes.counts"])),
    ("Prototypical", replaced(_classes__unlabeled=lambda t: np.zeros((2, 3), dtype=np.float32))),
    ("FeatureGenerating", replaced(_classes__samples=lambda t: t["_classes.samples"][:-1])),
    ("NPlusOne", replaced(_classes__samples=lambda t: t["_classes.samples"][:-1])),
    ("NPlusOne", replaced(_trained=lambda t: t["_trained"] + (t["_trained"] > 0))),  # labels of other letters
    *[
        (name, change)
        for name in MODELS
        if name != "Predictor"
        for change in (
            replaced(_classes__labels=lambda t: t["_classes.labels"][:-1]),
            replaced(_classes__labels=lambda t: t["_classes.labels"][::-1]),
            replaced(_classes__labels=lambda t: np.concatenate([t["_classes.labels"][:1], t["_classes.labels"][:-1]])),
            replaced(_classes__labels=lambda t: t["_classes.labels"].astype(np.float64)[None]),
            replaced(_classes__seen=lambda t: t["_classes.seen"].astype(np.int64)),
            replaced(more=lambda t: np.zeros(3)),
        )
    ],
]


@pytest.mark.parametrize(("model", "change"), TENSORS, indirect=["model"])
def test_tensors_that_do_not_fit_are_refused(model, change):
    edit_tensors(model, change)
    with pytest.raises((ModelFileError, InvalidInputError)):
        load(model)


@pytest.mark.parametrize(
    ("model", "parameter", "value"),
    [
        ("ESZSL", "prior_strength", -4.0),
        ("ESZSL", "prior_strength", "strong"),
        ("ESZSL", "balance", "luck"),
        ("ESZSL", "seen_bias", "much"),
        ("ESZSL", "feature_scaling", "minmax"),
        ("ESZSL", "alpha_features", -1.0),
        ("DEM", "hidden", 0),
        ("DEM", "n_steps", 0),
        ("Relation", "learning_rate", -1.0),
        ("FeatureGenerating", "generator", "oracle"),
        ("NPlusOne", "hidden", 0),
        ("Matching", "n_way", 1),
        ("Matching", "n_shot", [0]),
        ("Prototypical", "refinement", "hard"),
        ("Prototypical", "backbone", "conv5"),
        ("RelationNetwork", "backbone", "conv5"),
        ("RelationNetwork", "similarity", "metric"),
        ("RelationNetwork", "loss", "hinge"),
        ("RelationNetwork", "precision", "float16"),
        ("RelationNetwork", "n_way", 1),
    ],
    indirect=["model"],
)
def test_parameters_out_of_range_are_refused(model, parameter, value):
    edit(model, lambda header: header["parameters"].update({parameter: value}))
    with pytest.raises((InvalidInputError, ModelFileError), match=parameter):
        load(model)


@pytest.mark.parametrize("model", MODELS, indirect=True)
def test_an_untouched_model_loads(model):
    edit(model, lambda header: None)
    edit_tensors(model, lambda tensors: None)
    assert load(model).n_features_in_ > 0


@pytest.mark.parametrize("model", MODELS, indirect=True)
def test_a_changed_word_is_found_by_the_digest(model):
    edit(model, lambda header: header["parameters"].update(device="cpu", verbose=False), sign=False)
    with pytest.raises(ModelFileError, match="is corrupt"):
        load(model)
