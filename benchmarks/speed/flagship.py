"""Seconds of a whole fit of `RelationClassifier`, beside ridge prototypes, its former training and its paper's.

On a quiet machine::

    python -m benchmarks.speed.flagship                  # CIFAR-100 text, one run, ratios
    python -m benchmarks.speed.flagship --paper 400      # and the paper's protocol, for 400 seconds at most
    python -m benchmarks.speed.flagship --many 10000     # 10,000 synthetic seen classes: seconds and memory
    python -m benchmarks.speed.flagship --stages         # the size of AWA2: each stage against one ``X.T @ X``
    python -m benchmarks.speed.flagship --stages --one-sided --dtype float64 --samples 16000 --width 1280

Every fit chooses all that it leaves open on held-out seen classes. The paper's protocol is trained without one fifth of
the seen classes, and stopped when it separates these as well as the map that was fitted without them.

``X.T @ X`` is taken in the precision of the features, the fastest of five, half before and half after the fit. "Must"
is what the operations of a stage would take at the rate of that product, which computes half of a symmetric matrix;
the stages without one have no large product. Features after a ReLU ("one-sided") are tried with and without
square roots.
"""

from functools import partial
from time import process_time
from typing import Annotated, Any

import numpy as np

from benchmarks._harness import Table, cifar_text, estimator, fastest, fits, peak_memory, run, timed
from benchmarks.speed._relation_peers import PerceptronRelation, scaled, train_sung
from benchmarks.speed._stages import watched
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


STAGES = {
    "checks of X": ["zsl.estimators._described_classes:as_training"],
    "origin": ["zsl.estimators.relation._model:reach"],
    "moments": [
        "zsl.estimators.relation._fitting:SplitMoments.__init__",
        "zsl.selection.split_moments:SplitMoments.known",
    ],
    "whitening": ["zsl.estimators.relation._space:SeenClasses.of_moments"],
    "embedding": ["zsl.estimators.relation._space:FeatureSpace.__call__"],
    "grid": ["zsl.estimators.relation._choose:search"],
    "prior strength": ["zsl.estimators.relation._choose:best_prior_strength"],
    "unlabelled samples": ["zsl.estimators.relation._choose:choose_refinement"],
    "relation term": ["zsl.estimators.relation._choose:_gated"],
    "bias by shots": ["zsl.estimators.relation._choose:shot_curves"],
    "temperatures": [
        "zsl.estimators.relation._choose:stacked_temperature",
        "zsl.estimators.relation._unlabeled:stacked_temperature",
    ],
}


def by_stage(samples: int, width: int, dtype: str, one_sided: bool) -> None:
    """Print the time of each stage of a fit of 40 synthetic classes with 85 attributes, in units of one product."""
    n_class, rng = 40, np.random.default_rng(0)
    table = rng.standard_normal((n_class, 85))
    y = np.arange(samples) % n_class
    estimator("Relation", semantics=dict(enumerate(table))).fit(rng.standard_normal((400, 16)), y[:400])
    X = rng.standard_normal((samples, width), dtype=np.float32).astype(dtype, copy=False)
    means = (table @ rng.standard_normal((85, width))).astype(dtype) / 9
    for label in range(n_class):
        X[y == label] += means[label]
    if one_sided:
        np.maximum(X, 0, out=X)
    product = {"wall": float("inf"), "cpu": float("inf")}

    def multiply(times: int) -> None:
        for _ in range(times):
            cpu = process_time()
            _, wall = timed(lambda: X.T @ X)
            product.update(wall=min(product["wall"], wall), cpu=min(product["cpu"], process_time() - cpu))

    multiply(3)
    before, features = peak_memory(), X.nbytes / 2**20
    with watched(STAGES, "all else") as found:
        clf = estimator("Relation", semantics=dict(enumerate(table))).fit(X, y)
    memory = peak_memory() - before
    multiply(2)
    output = Table("s", "/ X.T @ X", "processor s", "/ X.T @ X", "must", stage=[*found.seconds, "whole fit"])
    must = _operations(samples, width, n_class, clf.selection_["n_folds"], 2 if one_sided else 1, dtype)
    total = tuple(map(sum, zip(*found.seconds.values(), strict=True)))
    for name, (wall, cpu) in [*found.seconds.items(), ("whole fit", total)]:
        ratios = f"{wall / product['wall']:.2f}", f"{cpu / product['cpu']:.2f}"
        least = sum(must.values()) if name == "whole fit" else must.get(name, 0.0)
        output.row(name, f"{wall:.2f}", ratios[0], f"{cpu:.2f}", ratios[1], f"{least:.2f}" if least else "")
    print(f"X.T @ X: {product['wall']:.2f} s, {product['cpu']:.2f} s of the processor; features: {features:.0f} MB; ")
    print(f"memory beside them: {memory:.0f} MB; {clf.selection_['params']}, AUSUC {clf.selection_['ausuc']:.4f}")


def _operations(n: int, width: int, n_class: int, n_folds: int, n_spaces: int, dtype: str) -> dict[str, float]:
    """Multiplications and additions that each stage needs, in units of those of ``X.T @ X``.

    Those in double precision, the whitening alone, take twice as long. A fold of n rows costs as much as n rows of
    that product, where its samples are multiplied with themselves or with a triangle.
    """
    held = -(-n_class // n_folds)
    per_class, seen = n // n_class, n_class - held
    n_fit = n_folds + (2 if n_spaces > 1 else 0)  # two folds are tried in the other space, too
    tested = seen * min(50, per_class // 5)
    embedded = seen * min(20, per_class // 5) + held * min(100, per_class)
    found = {
        "moments": n_spaces + n_fit * tested / n,
        "whitening": 2 * (n_fit + 1) * (2 * width) / (3 * n),  # a third of width³ for a root and its inverse
        "embedding": (n_fit * embedded + n_folds * seen * min(50, per_class)) / n,
    }
    return {stage: value if dtype == "float32" else value / 2 for stage, value in found.items()}


def main(
    paper: Annotated[float | None, "seconds that the paper's protocol may take at most, in four runs"] = None,
    many: Annotated[int | None, "how many synthetic seen classes"] = None,
    stages: Annotated[bool, "each stage against one product of synthetic features"] = False,
    samples: int = 23_527,
    width: int = 2048,
    dtype: Annotated[str, ("float32", "float64")] = "float32",
    one_sided: Annotated[bool, "synthetic features are 0 or more"] = False,
) -> None:
    """Print the figures asked for."""
    if paper:
        against_paper(paper)
    elif many:
        many_classes(many)
    elif stages:
        by_stage(samples, width, dtype, one_sided)
    else:
        side_by_side()


if __name__ == "__main__":
    run(main)
