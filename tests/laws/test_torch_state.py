"""Settings and generators that a whole process shares: none matters to a fit or a prediction, and none is moved."""

import re
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from quickly import one_per_module
from torch import nn

import zsl
from zsl import MAMLClassifier, MatchingClassifier, PrototypicalClassifier, RelationClassifier, load
from zsl.estimators.catalog import BY_NAME, CATALOG
from zsl.semantics import Semantics
from zsl.testing import LawData, fitted

DATA = LawData.small()
CLASSIFIERS = [entry.name for entry in CATALOG if entry.knows]


@contextmanager
def restored(set_to, other, usual):
    """Another setting of PyTorch for a while."""
    set_to(other)
    try:
        yield
    finally:
        set_to(usual)


@contextmanager
def at_odds():
    """Double precision by default, half where torch likes it, nothing to be differentiated, new tensors nowhere."""
    with ExitStack() as stack:
        stack.enter_context(restored(torch.set_default_dtype, torch.float64, torch.float32))
        stack.enter_context(restored(torch.use_deterministic_algorithms, True, False))
        stack.enter_context(restored(torch.set_default_device, "meta", None))
        stack.enter_context(torch.autocast("cpu", dtype=torch.bfloat16))
        stack.enter_context(torch.inference_mode())
        yield


def settings():
    """What everybody shares; Python's own generator is moved by the checks of types while testing."""
    numpys = np.random.get_state()  # noqa: NPY002
    return {
        "torch": torch.get_rng_state().tolist(),
        "numpy": (numpys[1].tolist(), *numpys[2:]),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "autocast": (
            torch.is_autocast_enabled("cpu"),
            torch.get_autocast_dtype("cpu"),
            torch.is_autocast_enabled("cuda"),
        ),
        "precision": torch.get_float32_matmul_precision(),
        "anomalies": torch.is_anomaly_enabled(),
        "numpy errors": np.geterr(),
    }


def parameters(name):
    """The class table of the texts that `PromptClassifier` takes."""
    if BY_NAME[name].knows != "texts":
        return {}
    texts = np.random.default_rng(0).normal(size=(len(DATA.semantics), DATA.X.shape[1]))
    return {"semantics": Semantics(texts, classes=DATA.semantics.classes)}


def everything(estimator, encoder=None, *, data=DATA):
    """Scores of a fitted estimator, with more classes, with fewer, and loaded from a file."""
    found = [estimator.predict_proba(data.queries)]
    estimator.add_classes(data.X_new, data.y_new)
    found.append(estimator.class_scores(data.queries))
    estimator.remove_classes(estimator.classes_[:2])
    found.append(estimator.predict_proba(data.queries))
    with tempfile.TemporaryDirectory() as folder:
        estimator.save(Path(folder) / "model")
        loaded = load(Path(folder) / "model", encoder=encoder)
    return [*found, loaded.predict_proba(data.queries), loaded.top_classes(data.queries)[1]]


@pytest.mark.parametrize("name", one_per_module(CLASSIFIERS))
def test_no_setting_matters_and_none_is_moved(name):
    entry = BY_NAME[name]
    own, more = entry.load()(**entry.small), {"n_steps": 8, "n_episodes": 4} | parameters(name)
    wanted = everything(fitted(own, DATA, **more))
    with at_odds():
        before = settings()
        found = everything(fitted(own, DATA, again=True, **more))
        assert settings() == before
    for one, other in zip(found, wanted, strict=True):
        assert_array_equal(one, other)


class Net(nn.Module):
    """A backbone of a user's that draws from the generator that everybody shares, and normalises."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.3), nn.Flatten())
        with torch.no_grad():
            for value in self.parameters():
                value.copy_(torch.linspace(-0.5, 0.5, value.numel(), dtype=torch.float32).view(value.shape))

    def forward(self, X):
        return self.layers(X)


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (PrototypicalClassifier, {}),
        (PrototypicalClassifier, {"precision": "bfloat16"}),
        (MatchingClassifier, {"full_context": True}),
        (MAMLClassifier, {"n_tasks": 2, "algorithm": "first_order"}),
    ],
)
def test_neither_do_they_to_a_backbone_of_the_users(cls, options):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 1, 6, 6))
    codes = np.repeat(np.arange(6), 6)
    X = (centres[codes] + 0.3 * rng.normal(size=(36, 1, 6, 6))).astype(np.float32)
    seen = codes < 4

    class Pictures:
        queries, X_new, y_new = X[::5], X[~seen], codes[~seen]

    def run(net):
        made = cls(
            backbone=net, n_way=3, n_query=2, n_episodes=4, device="cpu", verbose=False, random_state=0, **options
        )
        return everything(made.fit(X[seen], codes[seen]), net, data=Pictures)

    wanted = run(Net())
    for odd in (at_odds, torch.no_grad):
        with odd():
            with torch.device("cpu"):
                net = Net()  # at odds in double precision
            before = settings()
            found = run(net)
            assert settings() == before
        for one, other in zip(found, wanted, strict=True):
            assert_array_equal(one, other)


def test_nor_to_an_encoder_of_the_users():
    def run():
        torch.manual_seed(3)
        net = nn.Sequential(nn.Linear(12, 6), nn.Dropout(0.2), nn.Linear(6, 6))
        with torch.no_grad():
            for value in net.parameters():
                value.copy_(torch.linspace(-0.5, 0.5, value.numel(), dtype=torch.float32).view(value.shape))
        before = settings()
        clf = RelationClassifier(
            semantics=DATA.semantics, encoder=net, cv=None, n_episodes=3, device="cpu", verbose=False, random_state=0
        )
        found = clf.fit(DATA.X, DATA.y).predict_proba(DATA.queries)
        assert settings() == before
        return found

    state = torch.get_rng_state()
    try:
        wanted = run()
        with at_odds(), torch.device("cpu"):
            assert_array_equal(run(), wanted)
    finally:
        torch.set_rng_state(state)


FROZEN = ["BDCSPN", "LaplacianShot", "SharedGaussian", "SimpleShot", "TipAdapter"]


@pytest.mark.parametrize("name", FROZEN)
def test_what_draws_nothing_moves_no_generator(name):
    before = settings()
    estimator = BY_NAME[f"{name}Classifier"].load()(device="cpu").fit(DATA.X, DATA.y)
    estimator.add_classes(DATA.X_new, DATA.y_new).predict(DATA.queries)
    assert settings() == before


def test_without_a_seed_only_numpys_generator_is_drawn_from():
    before = settings()
    state = np.random.get_state()  # noqa: NPY002
    try:
        PrototypicalClassifier(n_episodes=2, n_way=3, device="cpu", verbose=False).fit(DATA.X, DATA.y)
        after = settings()
    finally:
        np.random.set_state(state)  # noqa: NPY002
    assert after["numpy"] != before["numpy"]
    assert {**after, "numpy": None} == {**before, "numpy": None}


def test_pythons_generator_isnt_used():
    texts = [file.read_text() for file in Path(zsl.__file__).parent.rglob("*.py")]
    assert len(texts) > 100
    assert not [text for text in texts if re.search(r"^\s*(import random|from random )", text, re.MULTILINE)]
