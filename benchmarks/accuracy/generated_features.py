"""Generated features on both real splits, the reject score of the N + 1 classifier, and the time of the generator.

    python -m benchmarks.accuracy.generated_features table     # the generators beside other methods without a bias
    python -m benchmarks.accuracy.generated_features reject    # N + 1: known against unknown classes
    python -m benchmarks.accuracy.generated_features time      # CVAE and final classifier on CIFAR-100, quiet machine

Whatever a method leaves open is chosen on held-out seen classes in each fit; nothing is chosen by what this prints. "No
bias" means that no seen-class bias is subtracted. The generators then choose, on held-out seen classes, the weight of
an unseen class in the final classifier, in place of the number of generated samples in the papers.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks._harness import TWO_SETS, Table, cifar_text, data_folder, estimator, run, spread, timed
from zsl import GZSLSplit, NPlusOneClassifier, run_benchmark, zero_shot_methods
from zsl.functional.linear.origins import unit_rows

GENERATORS: dict[str, dict[str, Any]] = {
    "CVAE": {"generator": "cvae"},
    "f-CLSWGAN": {"generator": "wgan"},
    "CADA-VAE": {"generator": "aligned_vae", "n_latent": 64},
}
NO_BIAS = {"seen_bias": 0.0, "unseen_weight": (1.0, 1.5, 2.0, 2.5, 3.0, 4.0), "early_stopping": False}
Sets = Annotated[list[str], TWO_SETS]
BOTH, ALL, SHOTS = list(TWO_SETS), list(GENERATORS), [5, 20]


def table(
    sets: Sets = BOTH,
    generators: Annotated[list[str], GENERATORS] = ALL,
    others: Annotated[list[str] | None, "other methods; all if left out"] = None,
    seeds: int = 5,
    jobs: int = 1,
    folder: Annotated[Path, "where finished cells are kept"] = Path("results"),
) -> None:
    """Print T1, S, U, H and AUSUC."""
    estimators: dict[str, Any] = {}
    for name in generators:
        estimators[name] = estimator("FeatureGenerating", **GENERATORS[name])
        estimators[f"{name}, no bias"] = estimator("FeatureGenerating", **GENERATORS[name], **NO_BIAS)
    for name in others if others is not None else [name.removesuffix("Classifier") for name in zero_shot_methods()]:
        if name != "FeatureGenerating":
            estimators[f"{name}, no bias"] = estimator(name, seen_bias=0.0)
    data_folder()  # fails here rather than in every cell
    splits = {name: TWO_SETS[name] for name in sets}
    result = run_benchmark(estimators, splits, seeds=seeds, folder=folder, n_jobs=jobs, verbose=True)
    print(result.to_markdown())


def reject(sets: Sets = BOTH, shots: list[int] = SHOTS, seeds: int = 5) -> None:
    """Print AUROC of samples of unseen classes against samples of seen ones, few of which were trained on."""
    scores = ("AUROC: N + 1", "its largest probability", "logistic regression's")
    output = Table(*scores, "accuracy N + 1", "logistic", data=sets, samples_per_class=shots)
    for name in sets:
        split = TWO_SETS[name]()
        for n_shot in shots:
            rows = [reject_once(split, n_shot, seed) for seed in range(seeds)]
            output.row(name, n_shot, *map(spread, np.transpose(rows)))


def reject_once(split: GZSLSplit, shots: int, seed: int) -> list[float]:
    """AUROC by the (N + 1)-th and by the largest probability, and accuracy on the seen classes."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(np.flatnonzero(split.y_train == c))[:shots] for c in split.seen_classes])
    X, y = split.X_train[rows], split.y_train[rows]
    tested = np.concatenate([split.X_test_seen, split.X_test_unseen])
    strange = np.arange(len(tested)) >= len(split.X_test_seen)
    ours = NPlusOneClassifier(cv=None, verbose=False, random_state=seed).fit(X, y)
    centre = unit_rows(X).mean(axis=0)

    def scaled(samples: np.ndarray) -> np.ndarray:
        return np.sqrt(samples.shape[1]) * unit_rows(unit_rows(samples) - centre)

    plain = LogisticRegression(C=1 / len(X), max_iter=500).fit(scaled(X), y)
    seen = split.X_test_seen
    return [
        roc_auc_score(strange, ours.reject_score(tested)),
        roc_auc_score(strange, -ours.predict_proba(tested).max(axis=1)),
        roc_auc_score(strange, -plain.predict_proba(scaled(tested)).max(axis=1)),
        float((ours.predict(seen) == split.y_test_seen).mean()),
        float((plain.predict(scaled(seen)) == split.y_test_seen).mean()),
    ]


def time() -> None:
    """Print the seconds of one training without held-out classes, and of the final classifier on all classes."""
    split = cifar_text()
    clf = estimator("FeatureGenerating", semantics=split.semantics, cv=None)
    _, trained = timed(lambda: clf.fit(split.X_train, split.y_train))
    _, predicted = timed(lambda: clf.predict(split.X_test_unseen[:1]))
    print(
        f"{len(split.X_train)} × {split.X_train.shape[1]} features: CVAE of {clf.n_steps} steps {trained:.1f} s, "
        f"final classifier of {len(clf.classes_)} classes {predicted:.1f} s, together {trained + predicted:.1f} s"
    )


if __name__ == "__main__":
    run(table, reject, time)
