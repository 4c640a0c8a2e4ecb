"""Seconds of CPU time that `zsl.load` takes, by estimator, after its module was imported.

2048 features, 50 seen classes of 40 samples and 85 attributes, made up; default sizes, few training steps, nothing held
out; one thread. The sha256 of the same bytes beside it is what no reader that checks one can do without.

    python -m benchmarks.speed.loading [NAME ...]
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

import zsl
from benchmarks._harness import Bench, Work, amount
from zsl.datasets import make_zero_shot
from zsl.estimators.catalog import CATALOG

REPEATS = 3
SHORT = {"n_steps": 2, "n_episodes": 2, "cv": None, "verbose": False, "device": "cpu", "random_state": 0}
IMAGES = ("MAMLClassifier", "MatchingClassifier", "PrototypicalClassifier", "RelationNetworkClassifier")


def fitted(name: str, backbone: str | None) -> Any:
    """An estimator of default sizes, hardly trained."""
    kind = getattr(zsl, name)
    takes = kind().get_params()
    world = make_zero_shot(50, 10, n_features=2048, n_attributes=85, n_per_class=40, n_test_per_class=1, random_state=0)
    given: dict[str, Any] = {key: value for key, value in SHORT.items() if key in takes}
    X = world.X_train.astype(np.float32)
    if backbone is not None:
        given["backbone"] = backbone
        X = np.random.default_rng(0).random((len(X), 1, 28, 28), dtype=np.float32)
    if "semantics" in takes:
        table = world.semantics
        assert table is not None
        rows = np.random.default_rng(0).normal(size=(len(table), 2048))
        given["semantics"] = zsl.Semantics(rows, classes=table.classes) if name == "PromptClassifier" else table
    return kind(**given).fit(X, world.y_train)


def seconds(folder: Path) -> float:
    """The least CPU time of several loads."""
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        zsl.load(folder)
        found.append(time.process_time() - start)
    return min(found)


def hashing(folder: Path) -> float:
    """CPU time of one sha256 over the files of a model."""
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    start = time.process_time()
    hashlib.sha256(content).digest()
    return time.process_time() - start


def compare(bench: Bench) -> None:
    """Saving and loading, against one sha256 of the same bytes."""
    print(
        "2048 features, 50 seen classes of 40 samples, 85 attributes. What is loaded is checked by a sha256, and what "
        "is saved gets one. Bytes are read from the system's cache, so those count as moved.\n"
    )
    table = bench.ratios(estimator=(), task=(), size=())
    warnings.simplefilter("ignore")
    some = "ESZSLClassifier", "RelationClassifier", "SimpleShotClassifier", "FeatureGeneratingClassifier"
    for name in (entry.name for entry in CATALOG if entry.knows and entry.name in some[: bench.size(None, 1)]):
        model = fitted(name, None)
        with tempfile.TemporaryDirectory() as folder:
            path, numbers = Path(folder) / "model", iter(range(1_000_000))
            model.save(path)
            content = b"".join(file.read_bytes() for file in path.iterdir())
            for task, ours in (
                ("load", lambda path=path: zsl.load(path)),
                ("save", lambda folder=folder, model=model, n=numbers: model.save(Path(folder) / f"m{next(n)}")),
            ):
                others = {"sha256": lambda content=content: hashlib.sha256(content).digest()}
                size = amount(len(content), "B")
                table.row(name, task, size, ours=ours, others=others, work=Work(moved=len(content)))


def main() -> None:
    """Print a line per estimator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    wanted = parser.parse_args().names
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    names = [(entry.name, None) for entry in CATALOG if entry.knows] + [(name, "conv4") for name in IMAGES]
    print(f"{'':45s} {'s':>6s} {'sha256':>6s} {'MB':>6s}")
    for name, backbone in names:
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            fitted(name, backbone).save(path)
            size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
            shown = name + (f", {backbone}" if backbone else "")
            print(f"{shown:45s} {seconds(path):6.3f} {hashing(path):6.3f} {size:6.1f}", flush=True)


if __name__ == "__main__":
    main()
