"""Intents of short texts from a few examples each, against SetFit: accuracy and seconds.

    python -m venv /tmp/setfit
    /tmp/setfit/bin/pip install setfit "transformers<5" "sentence-transformers<6"
    python -m benchmarks --only intents --setfit /tmp/setfit/bin/python --data DIR

Both get the same texts of Banking77 and the weights of MiniLM. Ours embeds them once and fits an estimator on the
embedded examples and the names of the intents, or scikit-learn's logistic regression on the former alone. SetFit tunes
the encoder on pairs of examples, 20 in favour and 20 against per example as in its paper (L. Tunstall et al.,
"Efficient Few-Shot Learning Without Prompts", 2022, arXiv:2209.11055), then fits a logistic regression; it is taken
with 1 and 5 examples, for it takes minutes.
"""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from benchmarks._harness import Bench, Table, amount, data_folder, estimator, three, turns
from benchmarks._harness.data import text_encoder
from zsl import Semantics, TextEncoder

MOST_TUNED = 5
"""SetFit gets this many examples at most: with 20 it would take the better part of an hour."""
METHODS = ("RidgePrototype", "Relation", "logistic regression")


def some_of(name: str, count: int, labels: list[str] | None = None) -> tuple[list[str], list[str]]:
    """As many texts of each intent, and their intents."""
    frame = pd.read_csv(data_folder("banking77", f"{name}.csv"))
    known = frame if labels is None else frame[frame["category"].isin(labels)]
    some = known.groupby("category").sample(count, random_state=0)
    return some["text"].tolist(), some["category"].tolist()


def ours(method: str, texts: list[str], labels: list[str], test: list[str]) -> np.ndarray:
    """Labels of the tests by an estimator on embedded texts, embedding included."""
    encoder = TextEncoder(text_encoder(), verbose=False)
    clf: Any
    if method == "logistic regression":
        clf = LogisticRegression(C=10, max_iter=500)
    else:
        names = {label: label.replace("_", " ") for label in sorted(set(labels))}
        clf = estimator(method, semantics=Semantics.from_texts(names, encoder=encoder))
    found: np.ndarray = clf.fit(encoder.transform(texts), labels).predict(encoder.transform(test))
    return found


def setfit(python: str, threads: int, given: dict[str, Any]) -> dict[str, Any]:
    """What SetFit took and found, in its own environment."""
    env = os.environ | {"OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    env.pop("PYTHONPATH", None)
    command = [python, str(Path(__file__).with_name("_setfit_peer.py"))]
    done = subprocess.run(command, input=json.dumps(given), env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise RuntimeError(f"SetFit failed in {python}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(bench: Bench) -> None:
    """Intents from 1, 5 and 20 examples each, against SetFit."""
    labels = None if not bench.quick else ["card_arrival", "age_limit", "atm_support"]
    test, truth = some_of("test", bench.size(10, 2), labels)
    print(
        f"{len(set(truth))} intents of Banking77, {len(test)} of its test texts, {bench.threads} threads, MiniLM. "
        "Seconds are those of fit and prediction with encoding, without loading the encoder, of one run.\n"
    )
    if bench.setfit is None:
        print("SetFit is left out: the docstring of `benchmarks/speed/intents.py` says how to include it.\n")
    ours(METHODS[0], *some_of("train", 2, labels), test[:2])  # loads the encoder
    table = Table("accuracy", "seconds", "times as long as SetFit", examples=(), method=())
    for count in bench.size((1, 5, 20), (2,)):
        texts, codes = some_of("train", count, labels)
        calls = {name: partial(ours, name, texts, codes, test) for name in METHODS}
        taken = turns(calls, 1, warm_up=False)
        theirs, spent = None, 0.0
        if bench.setfit is not None and count <= MOST_TUNED:
            given = {"model": os.fspath(text_encoder()), "texts": texts, "labels": codes, "test": test, "seed": 0}
            theirs = setfit(bench.setfit, bench.threads, given | {"iterations": bench.size(20, 1)})
            spent = theirs["fit"] + theirs["predict"]
            table.row(count, "SetFit", _accuracy(theirs["found"], truth), amount(spent, "s"), "1")
        for name in METHODS:
            seconds = taken.median(name)
            times = "" if theirs is None else f"1 / {three(spent / seconds)}"
            table.row(count, name, _accuracy(taken.found[name], truth), amount(seconds, "s"), times)


def _accuracy(found: Any, truth: list[str]) -> str:
    return f"{np.mean(np.asarray(found) == np.asarray(truth)):.3f}"
