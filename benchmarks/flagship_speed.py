"""Seconds of a whole fit of `RelationClassifier`, beside ridge prototypes, its former training and its paper's.

Run from the repository root on a quiet machine, with ``../shared/data`` in place::

    python benchmarks/flagship_speed.py                  # CIFAR-100 text, one run, ratios
    python benchmarks/flagship_speed.py --paper 400      # and the paper's protocol, for 400 seconds at most
    python benchmarks/flagship_speed.py --many 10000     # 10,000 made-up seen classes: seconds and memory

Every fit chooses all that it leaves open on held-out seen classes. The paper's protocol is trained without one fifth of
the seen classes, and stopped when it tells these apart as well as the map that was fitted without them.
"""

import argparse
import resource
import time
from typing import Any

import numpy as np
import torch
from relation_peers import PerceptronRelation, scaled, train_sung
from shared_data import cifar_text

from zsl import ClassKFold, RelationClassifier, RidgePrototypeClassifier, per_class_accuracy


def seconds(fit: Any) -> float:
    """Wall-clock time of a call."""
    start = time.perf_counter()
    fit()
    return time.perf_counter() - start


def side_by_side() -> None:
    """Print seconds and ratios of one run."""
    split = cifar_text()
    labels, codes = np.unique(split.y_train, return_inverse=True)
    table = split.semantics.rows(labels)
    PerceptronRelation(8).fit(split.X_train[::10], codes[::10], table)  # loads what is loaded on first use
    ours = RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
    spent = {
        "RelationClassifier": seconds(lambda: ours.fit(split.X_train, split.y_train)),
        "the same, metric alone": seconds(
            lambda: RelationClassifier(semantics=split.semantics, similarity="metric").fit(split.X_train, split.y_train)
        ),
        "RidgePrototypeClassifier": seconds(
            lambda: RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
        ),
        "perceptron, its former training": seconds(
            lambda: PerceptronRelation().fit(split.X_train.astype(np.float64), codes, table)
        ),
    }
    first = spent["RelationClassifier"]
    for name, value in spent.items():
        print(f"{name:34} {value:7.1f} s, {value / first:5.2f} times RelationClassifier", flush=True)


def paper(limit: float) -> None:
    """Print seconds until the paper's protocol is as good on held-out classes as the closed form, for two rates."""
    split = cifar_text()
    labels, codes = np.unique(split.y_train, return_inverse=True)
    table = split.semantics.rows(labels)
    rows, test = next(ClassKFold(5, random_state=0).split(split.X_train, codes))
    kept = np.unique(codes[rows])
    held = np.setdiff1d(codes, kept)
    test = test[np.isin(codes[test], held)]
    known = split.semantics.take(labels) if hasattr(split.semantics, "take") else split.semantics
    start = time.perf_counter()
    ours = RelationClassifier(semantics=known, random_state=0, verbose=False)
    ours.fit(split.X_train[rows], split.y_train[rows])
    spent = time.perf_counter() - start
    wanted = per_class_accuracy(split.y_train[test], ours.predict(split.X_train[test], classes=labels[held]))
    print(f"RelationClassifier: {spent:.1f} s, T1 {wanted:.3f} on {len(held)} held-out classes", flush=True)
    for scaling in ("none", "whitened"):
        X, semantics = split.X_train, table
        if scaling == "whitened":
            scaler, semantics = scaled(X[rows], codes[rows], table, kept)
            X = scaler(X)
            X = X / np.linalg.norm(X, axis=1, keepdims=True) * X.shape[1] ** 0.5
        place = np.searchsorted(kept, codes[rows])
        small = X[test][::4]

        def accuracy(scores: Any, small: Any = small, semantics: Any = semantics) -> float:
            return per_class_accuracy(codes[test][::4], held[scores(small, semantics[held]).argmax(axis=1)])

        for rate in (1e-5, 1e-4):
            took, seen = train_sung(
                X[rows], place, semantics[kept], accuracy, wanted=wanted, seconds=limit / 4, learning_rate=rate
            )
            best = max(value for _, value in seen)
            print(
                f"paper's protocol, features {scaling}, rate {rate:g}: best T1 {best:.3f} in {took:.0f} s, "
                f"{'reached' if best >= wanted else 'not reached'} ({took / spent:.1f} times)",
                flush=True,
            )


def many(n_class: int) -> None:
    """Print seconds and peak memory with very many seen classes, made up: ten samples each, 256 features."""
    rng = np.random.default_rng(0)
    attributes = rng.normal(size=(n_class + 100, 64))
    attributes += rng.normal(size=(200, 64))[rng.integers(200, size=n_class + 100)]
    weights = rng.normal(size=(64, 256)) / 8
    means = np.tanh(attributes @ weights) + 0.3 * rng.normal(size=(n_class + 100, 256))
    codes = np.repeat(np.arange(n_class), 10)
    X = (means[codes] + 2.0 * rng.normal(size=(len(codes), 256))).astype(np.float32)
    unseen = np.repeat(np.arange(n_class, n_class + 100), 20)
    tests = (means[unseen] + 2.0 * rng.normal(size=(len(unseen), 256))).astype(np.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for kernel in ("auto", "linear"):
        clf = RelationClassifier(semantics=dict(enumerate(attributes)), kernel=kernel, random_state=0, verbose=False)
        spent = seconds(lambda clf=clf: clf.fit(X, codes))
        t1 = per_class_accuracy(unseen, clf.predict(tests, classes=np.arange(n_class, n_class + 100)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        chosen = clf.selection_["params"]["kernel"]
        print(
            f"{n_class} seen classes, kernel {kernel} -> {chosen}: {spent:.0f} s, T1 of 100 unseen {t1:.3f}; "
            f"most memory {peak:.0f} MB, {before:.0f} before",
            flush=True,
        )


def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description="Speed of the flagship.")
    parser.add_argument("--paper", type=float, help="seconds that the paper's protocol may take at most, in four runs")
    parser.add_argument("--many", type=int, help="how many made-up seen classes")
    options = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    if options.paper:
        paper(options.paper)
    elif options.many:
        many(options.many)
    else:
        side_by_side()


if __name__ == "__main__":
    main()
