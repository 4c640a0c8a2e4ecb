"""Fits with a checkpoint: whose checkpoint it is, and processes that are killed."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.pipeline import Pipeline
from torch import nn

from zsl import DEMClassifier, InvalidInputError, ZSLError
from zsl.datasets import make_zero_shot
from zsl.semantics import Semantics
from zsl.training import Checkpoint
from zsl.training.fingerprint import fingerprint_of

WORLD = make_zero_shot(5, 2, n_features=6, n_attributes=4, n_per_class=5, random_state=0)


def small(**changed):
    known = {"semantics": WORLD.semantics, "hidden": 4, "n_steps": 6, "cv": None, "random_state": 0, "device": "cpu"}
    return DEMClassifier(**known | changed)


def refused(folder, X=WORLD.X_train, y=WORLD.y_train, **changed):
    with pytest.raises(InvalidInputError, match="holds the training of another fit") as found:
        small(**changed).fit(X, y, checkpoint=folder)
    return str(found.value)


def test_other_data_and_parameters_are_named(tmp_path):
    small().fit(WORLD.X_train, WORLD.y_train, checkpoint=tmp_path)
    X = WORLD.X_train.copy()
    X[3, 2] += 1e-12
    assert "another fit: X is another; wanted" in refused(tmp_path, X=X)
    assert "another fit: y is another; wanted" in refused(tmp_path, y=np.roll(WORLD.y_train, 1))
    assert "another fit: hidden is 5, and was 4, n_steps is 7, and was 6;" in refused(tmp_path, n_steps=7, hidden=5)
    other = WORLD.semantics.select(WORLD.semantics.classes[::-1])
    assert "another fit: semantics is another;" in refused(tmp_path, semantics=other)
    # What changes nothing may change.
    free = small(verbose=False, random_state=np.random.RandomState(3))
    free.fit(WORLD.X_train.copy(), WORLD.y_train, checkpoint=tmp_path)


def test_a_pipeline_passes_it_on(tmp_path):
    pipe = Pipeline([("clf", small())])
    pipe.fit(WORLD.X_train, WORLD.y_train, clf__checkpoint=tmp_path)
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["001-00000006.state.safetensors"]


def test_a_loss_that_is_no_number_names_the_last_good_checkpoint(tmp_path):
    X = WORLD.X_train
    with pytest.raises(ZSLError, match=r"in step \d+ of 40|after step \d+ of 40") as found:
        small(learning_rate=1e30, n_steps=40).fit(X, WORLD.y_train, checkpoint=Checkpoint(tmp_path, every_steps=1))
    assert "A smaller learning_rate may help." in str(found.value)


def kinds():
    """Arguments of which each differs from the one before it."""
    rows = np.arange(6.0).reshape(3, 2)
    frame = Semantics(rows, classes=list("abc")).to_frame()
    module = nn.Linear(2, 1)
    yield from (None, 1, 1.0, True, "1", b"1", (1,), [1], {"1": 1}, {"1": 2}, 1 + 0j)
    yield from (rows, rows.T, rows.astype("f4"), rows.ravel(), rows.astype(object), torch.as_tensor(rows[:, :1]))
    yield from (np.array(1.0), np.array(list("abc")), torch.ones(2, dtype=torch.bfloat16), rows[:0])
    yield from (frame, frame.rename(index={"a": "d"}), frame.rename(columns={"a0": "d"}), frame["a0"], frame + 1)
    yield from (Semantics(rows, classes=list("abc")), Semantics(rows, classes=list("abd")))
    yield from (
        module,
        nn.Linear(2, 1),
        nn.Sequential(module),
        nn.BatchNorm1d(3),
        small(),
        small(hidden=5),
        DEMClassifier,
    )


def test_fingerprints_tell_arguments_apart():
    found = [fingerprint_of(small(), {"X": value}).get("X") for value in kinds()]
    torch.manual_seed(0)
    assert len(set(found)) == len(found)
    one, two = (fingerprint_of(small(semantics={"a": "striped", "b": [1.0, 2.0]}), {"X": [[1, 2], [3]]}) for _ in "12")
    assert one == two


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from zsl import ALEClassifier
from zsl.datasets import make_zero_shot
from zsl.training import Checkpoint

folder, kills = sys.argv[1], int(sys.argv[2])
world = make_zero_shot(12, 3, n_features=30, n_attributes=6, n_per_class=10, random_state=0)
rng = random.Random(0)

def classifier(n_steps):
    known = {"random_state": 0, "device": "cpu", "verbose": False}
    return ALEClassifier(semantics=world.semantics, n_steps=n_steps, cv=3, **known)

def fit(name, checkpoint):
    if pid := os.fork():
        return pid
    how = None if checkpoint is None else Checkpoint(f"{folder}/{checkpoint}", every_steps=3)
    clf = classifier(60).fit(world.X_train, world.y_train, checkpoint=how)
    parts = [clf.class_scores(world.X_test_unseen), *clf.method_.state_dict().values(), clf.selection_]
    Path(folder, name).write_text(repr([part.tolist() if hasattr(part, "tolist") else part for part in parts]))
    os._exit(0)

classifier(2).fit(world.X_train, world.y_train)  # so that all modules are imported
started = time.monotonic()
os.waitpid(fit("whole", None), 0)
takes = time.monotonic() - started
done = runs = 0
while done < kills:
    runs += 1
    while True:
        pid = fit(f"resumed-{runs}", f"checkpoint-{runs}")
        time.sleep(rng.uniform(0.1, 0.6) * takes)
        if done < kills:
            os.kill(pid, signal.SIGKILL)
        code = os.waitpid(pid, 0)[1]
        if code == 0:
            break
        assert code == signal.SIGKILL, code
        done += 1
    assert Path(folder, f"resumed-{runs}").read_text() == Path(folder, "whole").read_text()
print(f"{done} kills, {runs} fits")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(sys, "setdlopenflags"), reason="needs processes that fork")
def test_killed_processes_lose_nothing(tmp_path):
    command = [sys.executable, "-W", "error", "-c", KILLED, str(tmp_path), "5"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stderr
    assert re.fullmatch(r"5 kills, \d+ fits\n", found.stdout)
