"""Seconds of a whole fit of `RelationClassifier`, beside ridge prototypes, its former training and its paper's.

On a quiet machine::

    python -m benchmarks.speed.flagship                  # CIFAR-100 text, one run, ratios
    python -m benchmarks.speed.flagship --paper 400      # and the paper's protocol, for 400 seconds at most
    python -m benchmarks.speed.flagship --many 10000     # 10,000 synthetic seen classes: seconds and memory

Every fit chooses all that it leaves open on held-out seen classes. The paper's protocol is trained without one fifth of
the seen classes, and stopped when it separates these as well as the map that was fitted without them.
"""

from functools import partial
from typing import Annotated, Any

import numpy as np

from benchmarks._harness import Table, cifar_text, estimator, fastest, fits, peak_memory, run, timed
from benchmarks.speed._relation_peers import PerceptronRelation, scaled, train_sung
from zsl import ClassKFold
from zsl.evaluation import per_class_accuracy


def side_by_side() -> None:
    """Print seconds and ratios of one run."""
    split = cifar_text()
    labels, codes = np.unique(split.y_train, return_inverse=True)
    table = split.semantics.rows(labels)
    PerceptronRelation(8).fit(split.X_train[::10], codes[::10], table)  # loads what is loaded on first use
    X = split.X_train.astype(np.float64)
    calls = {
        "RelationClassifier": lambda: next(fits("Relation", split)),
        "the same, metric alone": lambda: next(fits("Relation", split, similarity="metric")),
        "RidgePrototypeClassifier": lambda: next(fits("RidgePrototype", split)),
        "perceptron, its former training": lambda: PerceptronRelation().fit(X, codes, table),
    }
    seconds, _ = fastest(calls, repeats=1)
    output = Table("seconds", "times RelationClassifier", what=calls)
    for name, value in seconds.items():
        output.row(name, f"{value:.1f}", f"{value / seconds['RelationClassifier']:.2f}")


def against_paper(limit: float) -> None:
    """Print seconds until the paper's protocol is as good on held-out classes as the closed form, for two rates."""
    split = cifar_text()
    labels, codes = np.unique(split.y_train, return_inverse=True)
    table = split.semantics.rows(labels)
    rows, test = next(ClassKFold(5, random_state=0).split(split.X_train, codes))
    kept = np.unique(codes[rows])
    held = np.setdiff1d(codes, kept)
    test = test[np.isin(codes[test], held)]
    ours = estimator("Relation", semantics=split.semantics)
    _, spent = timed(lambda: ours.fit(split.X_train[rows], split.y_train[rows]))
    wanted = per_class_accuracy(split.y_train[test], ours.predict(split.X_train[test], classes=labels[held]))
    print(f"RelationClassifier: {spent:.1f} s, T1 {wanted:.3f} on {len(held)} held-out classes", flush=True)
    output = Table("rate", "best T1", "seconds", "reached", "times", features=["whitened"])
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
            reached = "yes" if best >= wanted else "no"
            output.row(scaling, f"{rate:g}", f"{best:.3f}", f"{took:.0f}", reached, f"{took / spent:.1f}")


def many_classes(n_class: int) -> None:
    """Print seconds and peak memory with very many synthetic seen classes: ten samples each, 256 features."""
    rng = np.random.default_rng(0)
    attributes = rng.normal(size=(n_class + 100, 64))
    attributes += rng.normal(size=(200, 64))[rng.integers(200, size=n_class + 100)]
    weights = rng.normal(size=(64, 256)) / 8
    means = np.tanh(attributes @ weights) + 0.3 * rng.normal(size=(n_class + 100, 256))
    codes = np.repeat(np.arange(n_class), 10)
    X = (means[codes] + 2.0 * rng.normal(size=(len(codes), 256))).astype(np.float32)
    unseen = np.repeat(np.arange(n_class, n_class + 100), 20)
    tests = (means[unseen] + 2.0 * rng.normal(size=(len(unseen), 256))).astype(np.float32)
    before = peak_memory()
    output = Table("kernel", "chosen", "seconds", "T1 of 100 unseen", "most MB", "MB before", seen_classes=[n_class])
    for kernel in ("auto", "linear"):
        clf = estimator("Relation", semantics=dict(enumerate(attributes)), kernel=kernel)
        _, spent = timed(partial(clf.fit, X, codes))
        t1 = per_class_accuracy(unseen, clf.predict(tests, classes=np.arange(n_class, n_class + 100)))
        chosen = clf.selection_["params"]["kernel"]
        output.row(n_class, kernel, chosen, f"{spent:.0f}", f"{t1:.3f}", f"{peak_memory():.0f}", f"{before:.0f}")


def main(
    paper: Annotated[float | None, "seconds that the paper's protocol may take at most, in four runs"] = None,
    many: Annotated[int | None, "how many synthetic seen classes"] = None,
) -> None:
    """Print the figures asked for."""
    if paper:
        against_paper(paper)
    elif many:
        many_classes(many)
    else:
        side_by_side()


if __name__ == "__main__":
    run(main)
