"""Every estimator of the catalogue either refuses to be exported or gives the probabilities of `predict_proba`."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from checks import refused
from worlds import BARE, DESCRIBED, JOINT, WAYS, data

from zsl import InvalidInputError, export
from zsl.scale import prototypes
from zsl.scale.onnx.parts import parts_of
from zsl.scale.onnx.scoring import Scoring

SUPPORTED = [
    "PrototypicalClassifier",
    "Prototypical, cosine",
    "SharedGaussianClassifier",
    "SimpleShotClassifier",
    "PrototypicalClassifier, images",
    "Prototypical, cosine, images",
    "Prototypical, Conv4",
]
EXPORTED = [*(name for name in DESCRIBED if name not in JOINT), *BARE, *SUPPORTED]
QUICK = ("Relation, both",)
TOLERANCE = 1e-4


def run_module(estimator, known, X):
    """The probabilities of the module that a graph is made of."""
    parts = parts_of(estimator)
    module = Scoring(parts, parts.dtype).eval()
    with torch.inference_mode():
        given = [torch.from_numpy(part) for name, part in known.items() if name != "labels"]
        return [part.numpy() for part in module(torch.from_numpy(X), *given)]


def check_like(found, estimator, X):
    probabilities, scores, best = found
    wanted = estimator.predict_proba(X)
    assert np.abs(probabilities - wanted).max() < TOLERANCE
    exact = estimator.class_scores(X, calibrated=True)
    assert np.abs(scores - exact).max() < 1e-4 * np.abs(exact).max()
    sure = np.sort(wanted, axis=1)
    sure = sure[:, -1] - sure[:, -2] > 2 * TOLERANCE
    assert (best == wanted.argmax(axis=1))[sure].all()


@pytest.mark.parametrize("name", EXPORTED)
def test_one_module_gives_the_probabilities_whatever_classes_there_are(name):
    world = data(name)
    estimator, X = world.fitted(WAYS[name]), world.queries.astype(np.float32)
    check_like(run_module(estimator, prototypes(estimator), X), estimator, X)
    before = parts_of(estimator)
    estimator.add_classes(world.X_new, world.y_new)
    known = prototypes(estimator)
    given = [torch.from_numpy(part) for key, part in known.items() if key != "labels"]
    with torch.inference_mode():
        found = Scoring(before, before.dtype).eval()(torch.from_numpy(X), *given)
    check_like([part.numpy() for part in found], estimator, X)
    few = prototypes(estimator, known["labels"][[3, 1]])
    assert np.abs(run_module(estimator, few, X)[0] - estimator.predict_proba(X, few["labels"])).max() < TOLERANCE


@pytest.mark.parametrize("name", sorted(set(WAYS) - set(EXPORTED)))
def test_what_cannot_be_exported_says_why_and_what_can(name, tmp_path):
    estimator = data(name).fitted(WAYS[name])
    kind = type(estimator).__name__
    for call in (lambda: export(estimator, tmp_path / "model.onnx"), lambda: prototypes(estimator)):
        refused(call, f"est is a {kind}", "cannot be exported", "Wanted", kind=InvalidInputError)
    assert not list(tmp_path.iterdir())


def check_graph(name, path):
    world = data(name)
    estimator, X = world.fitted(WAYS[name]), world.queries.astype(np.float32)
    export(estimator, path)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options)
    check_like(session.run(None, {"X": X}), estimator, X)
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    assert labels == estimator.classes_.tolist()
    estimator.add_classes(world.X_new, world.y_new)
    known = prototypes(estimator)
    assert known.pop("labels").tolist() == estimator.classes_.tolist()
    check_like(session.run(None, {"X": X[:1], **known}), estimator, X[:1])


@pytest.mark.parametrize("name", QUICK)
def test_the_graph_gives_them_in_onnxruntime(name, tmp_path):
    check_graph(name, tmp_path / "model.onnx")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(EXPORTED) - set(QUICK)))
def test_all_graphs_give_them_in_onnxruntime(name, tmp_path):
    check_graph(name, tmp_path / "model.onnx")
