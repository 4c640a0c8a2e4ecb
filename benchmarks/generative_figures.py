"""Generated features on both real splits, the reject score of the N + 1 classifier, and the time of the generator.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/generative_figures.py table     # the generators beside other methods without a bias
    python benchmarks/generative_figures.py reject    # N + 1: known against unknown classes
    python benchmarks/generative_figures.py time      # CVAE and light classifier on CIFAR-100, on a quiet machine

Whatever a method leaves open is chosen on held-out seen classes in each fit; nothing is chosen by what this prints. "No
bias" means that no seen-class bias is taken off. The generators then choose, on held-out seen classes, how much an
unseen class weighs for the light classifier, as the number of generated images does in the papers.
"""

import argparse
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from shared_data import cifar_animals, cifar_text
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from zsl import (
    FeatureGeneratingClassifier,
    GZSLSplit,
    NPlusOneClassifier,
    mean_confidence_interval,
    run_benchmark,
    zero_shot_methods,
)
from zsl.functional.linear.moments import unit_rows

SPLITS = {"CIFAR-100 text": cifar_text, "CIFAR animals": cifar_animals}
GENERATORS: dict[str, dict[str, Any]] = {
    "CVAE": {"generator": "cvae"},
    "f-CLSWGAN": {"generator": "wgan"},
    "CADA-VAE": {"generator": "aligned_vae", "n_latent": 64},
}
WEIGHTS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


def table(options: argparse.Namespace) -> None:
    """Print T1, S, U, H and AUSUC."""
    estimators: dict[str, Any] = {}
    for name in options.generators:
        made = FeatureGeneratingClassifier(verbose=False, **GENERATORS[name])
        estimators[name] = made
        no_bias = FeatureGeneratingClassifier(verbose=False, **GENERATORS[name])
        estimators[f"{name}, no bias"] = no_bias.set_params(seen_bias=0.0, unseen_weight=WEIGHTS, early_stopping=False)
    for name, kind in zero_shot_methods().items():
        short = name.removesuffix("Classifier")
        if kind is FeatureGeneratingClassifier or (options.others is not None and short not in options.others):
            continue
        other = kind(seen_bias=0.0)
        if "verbose" in other.get_params():
            other.set_params(verbose=False)
        estimators[f"{short}, no bias"] = other
    splits = {name: SPLITS[name] for name in options.data}
    result = run_benchmark(
        estimators, splits, seeds=options.seeds, folder=options.folder, n_jobs=options.jobs, verbose=True
    )
    print(result.to_markdown())


def reject(options: argparse.Namespace) -> None:
    """Print AUROC of images of unseen classes against images of seen ones, few of which were trained on."""
    for name in options.data:
        split = SPLITS[name]()
        for shots in options.shots:
            rows = np.array([reject_once(split, shots, seed) for seed in range(options.seeds)])
            cells = ("N + 1", "its largest probability", "logistic regression's", "accuracy N + 1", "logistic")
            told = []
            for cell, values in zip(cells, rows.T, strict=True):
                mean, half = mean_confidence_interval(values)
                told.append(f"{cell} {mean:.3f} ± {half:.3f}")
            print(f"{name}, {shots} images a class, {options.seeds} seeds: AUROC {', '.join(told)}", flush=True)


def reject_once(split: GZSLSplit, shots: int, seed: int) -> list[float]:
    """AUROC by the (N + 1)-th and by the largest probability, and accuracy on the seen classes."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(np.flatnonzero(split.y_train == c))[:shots] for c in split.seen_classes])
    X, y = split.X_train[rows], split.y_train[rows]
    tested = np.concatenate([split.X_test_seen, split.X_test_unseen])
    strange = np.arange(len(tested)) >= len(split.X_test_seen)
    ours = NPlusOneClassifier(cv=None, verbose=False, random_state=seed).fit(X, y)
    centre = unit_rows(X).mean(axis=0)

    def scaled(images: np.ndarray) -> np.ndarray:
        return np.sqrt(images.shape[1]) * unit_rows(unit_rows(images) - centre)

    plain = LogisticRegression(C=1 / len(X), max_iter=500).fit(scaled(X), y)
    seen = split.X_test_seen
    return [
        roc_auc_score(strange, ours.reject_score(tested)),
        roc_auc_score(strange, -ours.predict_proba(tested).max(axis=1)),
        roc_auc_score(strange, -plain.predict_proba(scaled(tested)).max(axis=1)),
        float((ours.predict(seen) == split.y_test_seen).mean()),
        float((plain.predict(scaled(seen)) == split.y_test_seen).mean()),
    ]


def time(options: argparse.Namespace) -> None:
    """Print the seconds of one training without held-out classes, and of the light classifier on all classes."""
    split = cifar_text()
    made = FeatureGeneratingClassifier(semantics=split.semantics, cv=None, verbose=False, random_state=0)
    start = perf_counter()
    made.fit(split.X_train, split.y_train)
    trained = perf_counter()
    made.predict(split.X_test_unseen[:1])
    end = perf_counter()
    print(
        f"{len(split.X_train)} × {split.X_train.shape[1]} images, {torch.get_num_threads()} threads: CVAE of "
        f"{made.n_steps} steps {trained - start:.1f} s, light classifier of {len(made.classes_)} classes "
        f"{end - trained:.1f} s, together {end - start:.1f} s"
    )


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description="Figures of generated features.")
    parser.add_argument("what", choices=["table", "reject", "time"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("results"), help="where finished cells are kept")
    parser.add_argument("--data", nargs="*", choices=list(SPLITS), default=list(SPLITS))
    parser.add_argument("--generators", nargs="*", choices=list(GENERATORS), default=list(GENERATORS))
    parser.add_argument("--others", nargs="*", default=None, help="other methods; all if left out")
    parser.add_argument("--shots", type=int, nargs="*", default=[5, 20])
    options = parser.parse_args()
    {"table": table, "reject": reject, "time": time}[options.what](options)


if __name__ == "__main__":
    main()
