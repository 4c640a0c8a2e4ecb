"""The flagship beside every other zero-shot estimator: one table, few-shot figures, unlabelled samples, rejection.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/flagship.py table            # T1, H, AUSUC of all estimators on five kinds of data
    python benchmarks/flagship.py table --methods RelationClassifier RidgePrototypeClassifier
    python benchmarks/flagship.py parts            # RelationClassifier without the relation term, and other parts
    python benchmarks/flagship.py shots            # with 1, 5 and 20 samples of each unseen class
    python benchmarks/flagship.py unlabeled        # with the test samples of unseen classes as unlabelled ones
    python benchmarks/flagship.py reject           # share of known samples rejected at 5 %, AUROC of strangers

Nothing is chosen by what this prints: everything open is chosen on held-out seen classes inside each fit. Finished
cells of the table are kept in a folder, so that a run that was stopped goes on where it was.
"""

import argparse
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from shared_data import animals_with_pool, banking, cifar_animals, cifar_described, cifar_text
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from zsl import (
    ESZSLClassifier,
    GZSLSplit,
    PromptClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    SynCClassifier,
    harmonic_mean,
    load_digits_zsl,
    mean_confidence_interval,
    measure_gzsl,
    measure_shots,
    per_class_accuracy,
    run_benchmark,
    zero_shot_methods,
)

DRAWS = 5
Source = Callable[[], GZSLSplit]
DATA: dict[str, dict[str, Source]] = {
    "CIFAR-100 text": {"CIFAR-100 text": cifar_text},
    "CIFAR-100 described": {"CIFAR-100 described": cifar_described},
    "CIFAR animals": {"CIFAR animals": cifar_animals},
    "Banking77": {f"Banking77 {draw}": partial(banking, draw) for draw in range(DRAWS)},
    "digits": {f"digits {unseen}": partial(load_digits_zsl, unseen) for unseen in combinations(range(10), 3)},
}
FIGURES = {"t1": "T1", "harmonic_mean": "H", "ausuc": "AUSUC"}
PARTS: dict[str, dict[str, Any]] = {
    "default": {},
    "no relation term": {"similarity": "metric"},
    "linear kernel": {"kernel": "linear"},
    "cosine": {"metric": "cosine"},
    "no square roots": {"feature_root": False},
    "equal block weights": {"block_weights": "equal"},
    "not a joint space": {"joint": False},
}


def methods(names: list[str] | None) -> dict[str, Any]:
    """The estimators of the table; prompts are the untrained cosine, for joint spaces only."""
    known = zero_shot_methods() | {"PromptClassifier": PromptClassifier}
    found = {name: known[name]() for name in names or known}
    for estimator in found.values():
        if "verbose" in estimator.get_params():
            estimator.set_params(verbose=False)
    return found


def table(options: argparse.Namespace) -> None:
    """Print one row per kind of data and estimator: means over its data sets, ± 95 % where something is random."""
    for data in options.data:
        estimators = methods(options.methods)
        if data != "Banking77":
            estimators.pop("PromptClassifier", None)
        result = run_benchmark(
            estimators, DATA[data], seeds=options.seeds, folder=options.folder, n_jobs=options.jobs, verbose=True
        )
        cells = result.to_frame()
        print(f"\n{data}: {len(DATA[data])} data set(s)", flush=True)
        for name, own in cells.groupby("method", sort=False):
            print(f"{name!s:30}", ", ".join(_cell(own, figure) for figure in (*FIGURES, "fit_seconds")), flush=True)


def _cell(own: pd.DataFrame, figure: str) -> str:
    """The mean over data sets, with an interval over seeds, or over draws where there are few data sets."""
    by_data = own.groupby("data")[figure].mean()
    label = FIGURES.get(figure, "fit s")
    values = own[figure] if len(by_data) == 1 else by_data
    if len(values) > 1 and figure in FIGURES:
        return f"{label} {values.mean():.3f} ± {mean_confidence_interval(values)[1]:.3f}"
    return f"{label} {values.mean():.3f}"


def parts(options: argparse.Namespace) -> None:
    """Print what each part of `RelationClassifier` is worth."""
    for data in options.data:
        for name, parameters in PARTS.items():
            rows = []
            for source in DATA[data].values():
                split = source()
                for seed in range(options.seeds):
                    clf = RelationClassifier(random_state=seed, verbose=False, **parameters)
                    found = measure_gzsl(
                        clf.set_params(semantics=split.semantics).fit(split.X_train, split.y_train), split
                    )
                    rows.append((found.t1, found.harmonic_mean, found.ausuc, clf.selection_["ausuc"]))
            figures = zip(("T1", "H", "AUSUC", "AUSUC held out"), np.array(rows).T, strict=True)
            print(f"{data:22}{name:20}", ", ".join(f"{label} {v.mean():.4f}" for label, v in figures), flush=True)


def shots(options: argparse.Namespace) -> None:
    """Print T1 and H with K support samples of each unseen class."""
    sources = {
        "CIFAR-100 text": {"CIFAR-100 text": cifar_text},
        "CIFAR-100 described": {"CIFAR-100 described": cifar_described},
        "CIFAR animals": {"CIFAR animals": animals_with_pool},
        "Banking77": DATA["Banking77"],
    }
    kinds = (RelationClassifier, RidgePrototypeClassifier, SynCClassifier, ESZSLClassifier)
    for data in [name for name in options.data if name in sources]:
        for kind in kinds:
            frames = []
            for source in sources[data].values():
                split = source()
                fitted = _fitted(kind, split, 0)
                frames.append(measure_shots(fitted, split, n_draws=5, random_state=0))
            mean = pd.concat(frames).groupby(level=0).mean()
            for k, row in mean.iterrows():
                label = ", ".join(f"{c} {row[c]:.3f}" for c in ("both", "support", "class_mean", "harmonic_mean"))
                print(f"{data:22}{kind.__name__:28} K = {k}: {label}", flush=True)


def unlabeled(options: argparse.Namespace) -> None:
    """Print T1 and H with test samples as unlabelled ones, and with 80 % of them from two classes."""
    for data in [name for name in options.data if name != "digits"]:
        rows = []
        for source in DATA[data].values():
            split = source()
            rows += [_unlabeled(_fitted(RelationClassifier, split, seed), split) for seed in range(options.seeds)]
        mean = pd.DataFrame(rows).mean()
        print(f"{data:22}", ", ".join(f"{name} {value:.3f}" for name, value in mean.items()), flush=True)


def _unlabeled(clf: RelationClassifier, split: GZSLSplit) -> dict[str, float]:
    X, y, unseen = split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    both, n_seen = np.concatenate([split.X_test_seen, X]), len(split.X_test_seen)
    found = {
        "T1 inductive": per_class_accuracy(y, clf.predict(X, unseen)),
        "T1 transductive": per_class_accuracy(y, clf.predict(X, unseen, transductive=True)),
        "H inductive": measure_gzsl(clf, split).harmonic_mean,
    }
    predicted = clf.predict(both, transductive=True)
    sides = per_class_accuracy(split.y_test_seen, predicted[:n_seen]), per_class_accuracy(y, predicted[n_seen:])
    found["H transductive"] = harmonic_mean(*sides)
    gains, shares = [], []
    for draw in range(5):
        rng = np.random.default_rng(draw)
        large = np.isin(y, rng.permutation(unseen)[:2])
        small = rng.permutation(np.flatnonzero(~large))[: large.sum() // 4]
        rows = np.concatenate([np.flatnonzero(large), small])
        plain, refined = (clf.predict(X[rows], unseen, transductive=how) for how in (False, True))
        gains.append(per_class_accuracy(y[rows], refined) - per_class_accuracy(y[rows], plain))
        shares.append(np.mean(refined == y[rows]) - np.mean(plain == y[rows]))
    return found | {"uneven, gain in T1": np.mean(gains), "uneven, gain in accuracy": np.mean(shares)}


def reject(options: argparse.Namespace) -> None:
    """Print the share of known samples rejected at 5 %, and the AUROC of unseen classes that nothing describes."""
    for data in [name for name in options.data if name != "digits"]:
        rows = []
        for source in DATA[data].values():
            split = source()
            clf = _fitted(RelationClassifier, split, 0)
            known = np.concatenate([split.X_test_seen, split.X_test_unseen])
            rejected = clf.predict(known, reject=0.05, reject_label="none of these") == "none of these"
            blind = clf.remove_classes(split.unseen_classes)
            model = LogisticRegression(max_iter=500).fit(blind.embed(split.X_train) * 20, split.y_train)
            stranger = np.repeat([0, 1], [len(split.X_test_seen), len(split.X_test_unseen)])
            ours = -blind.class_scores(known, calibrated=True).max(axis=1)
            theirs = -model.predict_proba(blind.embed(known) * 20).max(axis=1)
            rows.append((rejected.mean(), roc_auc_score(stranger, ours), roc_auc_score(stranger, theirs)))
        labels = ("known samples rejected at 5 %", "AUROC of strangers", "by a logistic regression")
        print(
            f"{data:22}",
            ", ".join(f"{n} {v:.3f}" for n, v in zip(labels, np.mean(rows, axis=0), strict=True)),
            flush=True,
        )


def _fitted(kind: Any, split: GZSLSplit, seed: int) -> Any:
    estimator = kind(semantics=split.semantics)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed, verbose=False)
    return estimator.fit(split.X_train, split.y_train)


COMMANDS = {"table": table, "parts": parts, "shots": shots, "unlabeled": unlabeled, "reject": reject}


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description="The flagship beside every other zero-shot estimator.")
    parser.add_argument("what", choices=list(COMMANDS))
    parser.add_argument("--data", nargs="*", choices=list(DATA), default=list(DATA))
    parser.add_argument("--methods", nargs="*", default=None, help="names of estimators; all if left out")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("results"), help="where finished cells are kept")
    options = parser.parse_args()
    print(f"{options.seeds} seed(s), {torch.get_num_threads()} threads, torch {torch.__version__}")
    COMMANDS[options.what](options)


if __name__ == "__main__":
    main()
