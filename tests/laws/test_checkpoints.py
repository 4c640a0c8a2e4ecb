"""Training that was interrupted and went on ends as one that wasn't, bit for bit: a law of all that train in steps."""

import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from worlds import WAYS, Way, data

from zsl import PrototypicalClassifier, RelationClassifier, ZSLError
from zsl.estimators.catalog import CATALOG
from zsl.exceptions import InvalidInputError
from zsl.training import Checkpoint


class Crash(Exception):
    """Raised in the middle of a step."""


@contextmanager
def counted_steps(act=lambda step: None):
    """Call something before each step of each optimiser, with the number of those before it; gives that number."""
    real, count = torch.optim.AdamW.step, [0]

    def step(self, *args, **options):
        act(count[0])
        count[0] += 1
        return real(self, *args, **options)

    torch.optim.AdamW.step = step
    try:
        yield count
    finally:
        torch.optim.AdamW.step = real


def crash_at(last):
    def act(step):
        if step >= last:
            raise Crash

    return act


def interrupt_at(last):
    return lambda step: signal.raise_signal(signal.SIGINT) if step == last else None


def outcome(estimator, own):
    """All that is saved of an estimator, byte by byte, and its scores."""
    with tempfile.TemporaryDirectory() as folder:
        estimator.save(Path(folder) / "model")
        files = {path.name: path.read_bytes() for path in (Path(folder) / "model").iterdir()}
    curves = [getattr(estimator, name, None) for name in ("history_", "pretrain_history_")]
    return files, estimator.class_scores(own.queries).tobytes(), curves


def check(make, own, folder, options):
    with counted_steps() as count:
        wanted = outcome(make().fit(own.X, own.y, **options), own)
    total = count[0]
    estimator, rng = make(), np.random.default_rng(crc32(repr(make()).encode()))
    if total > 1:
        for act, error in ((crash_at, Crash), (interrupt_at, KeyboardInterrupt)):
            how = Checkpoint(folder, every_steps=int(rng.integers(1, 8)))
            with counted_steps(act(int(rng.integers(0, max(1, total // 2))))), pytest.raises(error):
                estimator.fit(own.X, own.y, checkpoint=how, **options)
            assert not hasattr(estimator, "classes_")
    with counted_steps() as count:
        found = outcome(estimator.fit(own.X, own.y, checkpoint=folder, **options), own)
    assert found == wanted
    assert count[0] < total or total < 2
    with counted_steps() as count:
        again = outcome(make().fit(own.X, own.y, checkpoint=folder, **options), own)
    assert again == wanted
    assert count[0] == 0


def check_stops_after_each_step(make, own, folder):
    """As if the machine could do one step a day."""
    with counted_steps() as count:
        wanted = outcome(make().fit(own.X, own.y), own)
    for _ in range(count[0]):
        with counted_steps(interrupt_at(0)), pytest.raises(KeyboardInterrupt):
            make().fit(own.X, own.y, checkpoint=folder)
    assert outcome(make().fit(own.X, own.y, checkpoint=folder), own) == wanted


TRAINED = [name for name in WAYS if WAYS[name]()._takes_steps]
QUICK = {entry.name for entry in CATALOG} | {
    "Relation, both",
    "Prototypical, distractor",
    "MemoryAugmentedClassifier, images",
    "PrototypicalClassifier, images",
    "RelationNetwork, maps",
}
SLOW = [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in TRAINED]


@pytest.mark.parametrize("name", SLOW)
def test_interrupted_training_ends_alike(name, tmp_path):
    own = data(name)
    # What is seen on validation classes is remembered, too.
    options = {"validation": (own.X_new, own.y_new)} if name == "MatchingClassifier" else {}
    check(WAYS[name], own, tmp_path, options)


def test_numbers_of_shots_take_turns_as_if_nothing_had_been(tmp_path):
    name = "PrototypicalClassifier, images"
    check_stops_after_each_step(WAYS[name].having(n_shot=(1, 3), n_episodes=6, n_splits=1), data(name), tmp_path)


def test_classification_before_episodes_goes_on_too(tmp_path):
    name = "PrototypicalClassifier, images"
    own = data(name)
    make = WAYS[name].having(pretrain=4, n_episodes=3, augment="photos")
    assert len(make().fit(own.X, own.y, validation=(own.X_new, own.y_new)).pretrain_history_) == 4
    check_stops_after_each_step(make, own, tmp_path / "steps")
    check(make, own, tmp_path / "once", {"validation": (own.X_new, own.y_new)})


def test_dropout_in_modules_of_the_users_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("zsl.estimators.relation._encoder._QUERIES", 10)  # so that a pass takes several steps
    own = data("RelationClassifier")
    encoder = nn.Sequential(nn.Linear(10, 8), nn.BatchNorm1d(8), nn.Dropout(0.4))
    backbone = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Dropout(0.4), nn.Flatten())
    before = torch.random.get_rng_state()
    make = Way(RelationClassifier, encoder=encoder, similarity="metric", semantics=own.table, cv=None)
    check_stops_after_each_step(make, own, tmp_path / "relation")
    own = data("PrototypicalClassifier, images")
    own.encoder, kept = backbone, own.encoder
    make = Way(PrototypicalClassifier, backbone=backbone)
    check_stops_after_each_step(make, own, tmp_path / "prototypical")
    own.encoder = kept
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", ["ALEClassifier", "NPlusOneClassifier"])
def test_without_a_random_state_the_seed_is_kept(name, tmp_path):
    own, make = data(name), WAYS[name].having(random_state=None)
    with counted_steps(crash_at(10)), pytest.raises(Crash):
        make().fit(own.X, own.y, checkpoint=Checkpoint(tmp_path, every_steps=2))
    copies = [tmp_path.with_name(f"{tmp_path.name}-{place}") for place in range(2)]
    for copy in copies:
        copy.mkdir()
        for path in tmp_path.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())
    first, second = (outcome(make().fit(own.X, own.y, checkpoint=copy), own) for copy in copies)
    assert first == second


@pytest.mark.parametrize("name", [name for name in WAYS if name not in TRAINED])
def test_what_takes_no_steps_refuses_a_checkpoint(name, tmp_path):
    own = data(name)
    with pytest.raises(InvalidInputError, match=r"checkpoint=.*Classifier isn't trained in steps; wanted None"):
        WAYS[name]().fit(own.X, own.y, checkpoint=tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["ALEClassifier", "FeatureGenerating, wgan", "MetaLSTMClassifier"])
def test_weights_that_are_no_numbers_are_never_saved(name, tmp_path):
    own = data(name)
    make = WAYS[name].having(learning_rate=1e36)
    with pytest.raises(ZSLError, match=r"(?s)in step|after step") as found:
        make().fit(own.X, own.y, checkpoint=Checkpoint(tmp_path, every_steps=1))
    assert "learning_rate may help" in str(found.value)
    assert str(tmp_path) in str(found.value)
    for path in tmp_path.glob("*.safetensors"):
        assert all(torch.isfinite(tensor).all() for tensor in load_file(path).values() if tensor.is_floating_point())
