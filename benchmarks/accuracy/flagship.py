"""The flagship beside every other zero-shot estimator: one table, few-shot figures, unlabelled samples, rejection.

    python -m benchmarks.accuracy.flagship table        # T1, H, AUSUC of all estimators on five kinds of data
    python -m benchmarks.accuracy.flagship table --methods RelationClassifier RidgePrototypeClassifier
    python -m benchmarks.accuracy.flagship parts        # RelationClassifier without the relation term, and other parts
    python -m benchmarks.accuracy.flagship shots        # with 1, 5 and 20 samples of each unseen class
    python -m benchmarks.accuracy.flagship unlabeled    # with the test samples of unseen classes as unlabelled ones
    python -m benchmarks.accuracy.flagship reject       # share of known samples rejected at 5 %, AUROC of strangers

Nothing is chosen by what this prints: everything open is chosen on held-out seen classes inside each fit. Finished
cells of the table are kept in a folder, so that an interrupted run continues where it stopped.
"""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks._harness import SETS, Table, cifar_animals, data_folder, estimator, fits, run, spread
from zsl import (
    ESZSLClassifier,
    GZSLSplit,
    PromptClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    SynCClassifier,
    run_benchmark,
    zero_shot_methods,
)
from zsl.evaluation import harmonic_mean, measure_gzsl, measure_shots, per_class_accuracy

REAL = [name for name in SETS if name != "digits"]
PARTS: dict[str, dict[str, Any]] = {
    "default": {},
    "no relation term": {"similarity": "metric"},
    "linear kernel": {"kernel": "linear"},
    "cosine": {"metric": "cosine"},
    "no square roots": {"feature_root": False},
    "equal block weights": {"block_weights": "equal"},
    "not a joint space": {"joint": False},
}
Sets = Annotated[list[str], SETS]
ALL = list(SETS)


def table(
    sets: Sets = ALL,
    methods: Annotated[list[str] | None, "names of estimators; all if left out"] = None,
    seeds: int = 1,
    jobs: int = 1,
    folder: Annotated[Path, "where finished cells are kept"] = Path("results"),
) -> None:
    """Print one row per kind of data and estimator: means over its data sets, ± 95 % where there are several."""
    if _real(sets):
        data_folder()  # fails here rather than in every cell
    known = zero_shot_methods() | {"PromptClassifier": PromptClassifier}
    output = Table("T1", "H", "AUSUC", "fit s", data=sets, method=methods or known)
    for data in sets:
        estimators = {name: estimator(known[name]) for name in methods or known}
        if data != "Banking77":  # prompts are the untrained cosine, for joint spaces only
            estimators.pop("PromptClassifier", None)
        result = run_benchmark(estimators, SETS[data], seeds=seeds, folder=folder, n_jobs=jobs, verbose=True)
        for name, own in result.to_frame().dropna(subset="t1").groupby("method", sort=False):
            figures = [spread(own[figure]) for figure in ("t1", "harmonic_mean", "ausuc")]
            output.row(data, name, *figures, f"{own['fit_seconds'].mean():.3f}")


def parts(sets: Sets = ALL, seeds: int = 1) -> None:
    """Print what each part of `RelationClassifier` is worth."""
    output = Table("T1", "H", "AUSUC", "AUSUC held out", data=sets, what=PARTS)
    for data in sets:
        for name, parameters in PARTS.items():
            rows = []
            for source in SETS[data].values():
                split = source()
                for clf in fits(RelationClassifier, split, seeds, **parameters):
                    found = measure_gzsl(clf, split)
                    rows.append((found.t1, found.harmonic_mean, found.ausuc, clf.selection_["ausuc"]))
            output.row(data, name, *(f"{value:.4f}" for value in np.mean(rows, axis=0)))


def shots(sets: Sets = REAL) -> None:
    """Print T1 and H with K support samples of each unseen class."""
    kinds = (RelationClassifier, RidgePrototypeClassifier, SynCClassifier, ESZSLClassifier)
    figures = ("both", "support", "class_mean", "harmonic_mean")
    output = Table("K", *figures, data=sets, method=[kind.__name__ for kind in kinds])
    for data in _real(sets):
        sources = {"": partial(cifar_animals, pool=True)} if data == "CIFAR animals" else SETS[data]
        for kind in kinds:
            frames = []
            for source in sources.values():
                split = source()
                (fitted,) = fits(kind, split)
                frames.append(measure_shots(fitted, split, n_draws=5, random_state=0))
            for k, row in pd.concat(frames).groupby(level=0).mean().iterrows():
                output.row(data, kind.__name__, k, *(f"{row[figure]:.3f}" for figure in figures))


def unlabeled(sets: Sets = REAL, seeds: int = 1) -> None:
    """Print T1 and H with test samples as unlabelled ones, and with 80 % of them from two classes."""
    figures = ("T1 inductive", "T1 transductive", "H inductive", "H transductive")
    output = Table(*figures, "uneven, gain in T1", "uneven, gain in accuracy", data=sets)
    for data in _real(sets):
        rows = []
        for source in SETS[data].values():
            split = source()
            rows += [_unlabeled(clf, split) for clf in fits(RelationClassifier, split, seeds)]
        output.row(data, *(f"{value:.3f}" for value in np.mean(rows, axis=0)))


def _unlabeled(clf: RelationClassifier, split: GZSLSplit) -> list[float]:
    """One figure per heading."""
    X, y, unseen = split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    both, n_seen = np.concatenate([split.X_test_seen, X]), len(split.X_test_seen)
    t1 = [per_class_accuracy(y, clf.predict(X, unseen, transductive=how)) for how in (False, True)]
    predicted = clf.predict(both, transductive=True)
    sides = per_class_accuracy(split.y_test_seen, predicted[:n_seen]), per_class_accuracy(y, predicted[n_seen:])
    gains, shares = [], []
    for draw in range(5):
        rng = np.random.default_rng(draw)
        large = np.isin(y, rng.permutation(unseen)[:2])
        small = rng.permutation(np.flatnonzero(~large))[: large.sum() // 4]
        rows = np.concatenate([np.flatnonzero(large), small])
        plain, refined = (clf.predict(X[rows], unseen, transductive=how) for how in (False, True))
        gains.append(per_class_accuracy(y[rows], refined) - per_class_accuracy(y[rows], plain))
        shares.append(np.mean(refined == y[rows]) - np.mean(plain == y[rows]))
    return [*t1, measure_gzsl(clf, split).harmonic_mean, harmonic_mean(*sides), np.mean(gains), np.mean(shares)]


def reject(sets: Sets = REAL) -> None:
    """Print the share of known samples rejected at 5 %, and the AUROC of unseen classes that nothing describes."""
    output = Table("known samples rejected at 5 %", "AUROC of strangers", "by a logistic regression", data=sets)
    for data in _real(sets):
        rows = []
        for source in SETS[data].values():
            split = source()
            (clf,) = fits(RelationClassifier, split)
            known = np.concatenate([split.X_test_seen, split.X_test_unseen])
            rejected = clf.predict(known, reject=0.05, reject_label="none of these") == "none of these"
            blind = clf.remove_classes(split.unseen_classes)
            model = LogisticRegression(max_iter=500).fit(blind.embed(split.X_train) * 20, split.y_train)
            stranger = np.repeat([0, 1], [len(split.X_test_seen), len(split.X_test_unseen)])
            ours = -blind.class_scores(known, calibrated=True).max(axis=1)
            theirs = -model.predict_proba(blind.embed(known) * 20).max(axis=1)
            rows.append((rejected.mean(), roc_auc_score(stranger, ours), roc_auc_score(stranger, theirs)))
        output.row(data, *(f"{value:.3f}" for value in np.mean(rows, axis=0)))


def _real(sets: list[str]) -> list[str]:
    return [name for name in sets if name in REAL]


if __name__ == "__main__":
    run(table, parts, shots, unlabeled, reject)
