"""Prediction sets of `ConformalClassifier` at 90 %: how often they hold the class, and how large they are.

    python -m benchmarks.studies.prediction_sets    # 5 seeds; 6 fits each: 30 minutes of one core for the flagship
    python -m benchmarks.studies.prediction_sets --methods RidgePrototype --sets Banking77 --seeds 2

On CIFAR-100 a seed is that of the estimator and of what is held out; on Banking77 it draws the unseen classes, too.
Seen and unseen test samples are predicted among all classes, and unseen ones also among unseen classes alone. "naive"
is what is done without calibration: the likeliest classes until their probabilities sum to the coverage. "classes" is
the half width of the 95 % interval over unseen classes within one fit, on average: how far the coverage of other unseen
classes of the kind may be. Thresholds come from held-out samples of seen classes; nothing is chosen on test samples.

The second table asks for strangers: unseen test samples among the seen classes alone, with ``reject=0.05``. Of these
sets should be empty, and of those of seen samples few.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from benchmarks._harness import SETS, Table, estimator, run, spread
from zsl import ConformalClassifier, GZSLSplit
from zsl.evaluation import measure_sets, set_figures
from zsl.functional.scores.conformal import naive_sets

METHODS = ["Relation", "RidgePrototype", "ESZSL"]
DATA = ["CIFAR-100 text", "Banking77"]
SCORES = ("naive", "aps", "raps", "lac")
HEADS = ("seen", "size", "unseen", "classes", "size", "unseen alone", "size")


def splits(data: str, seeds: int) -> Iterator[tuple[int, GZSLSplit]]:
    """Seeds, and the split of each."""
    sources = list(SETS[data].values())
    for seed in range(seeds):
        yield seed, sources[seed % len(sources)]()


def fit(method: str, split: GZSLSplit, seed: int) -> ConformalClassifier:
    """Fit and calibrate."""
    own = estimator(method, seed, semantics=split.semantics)
    return ConformalClassifier(own, random_state=seed).fit(split.X_train, split.y_train)


def figures(fitted: ConformalClassifier, split: GZSLSplit, score: str, coverage: float) -> list[float]:
    """The figures of `HEADS` for one fit."""
    if score == "naive":
        sides = [(split.X_test_seen, split.y_test_seen, None), (split.X_test_unseen, split.y_test_unseen, None)]
        sides.append((split.X_test_unseen, split.y_test_unseen, fitted.unseen_classes_))
        seen, unseen, alone = (
            set_figures(
                y,
                naive_sets(fitted.predict_proba(X, classes), coverage),
                classes=fitted.classes_ if classes is None else classes,
            )
            for X, y, classes in sides
        )
    else:
        table = measure_sets(fitted.set_params(conformity_score=score), split, coverage=coverage)
        seen, unseen, alone = (row for _, row in table.iterrows())
    cells = [seen["coverage"], seen["size"], unseen["coverage"], unseen["class_coverage_ci95"], unseen["size"]]
    return [*cells, alone["coverage"], alone["size"]]


def strangers(fitted: ConformalClassifier, split: GZSLSplit, score: str, coverage: float) -> list[float]:
    """Coverage and share of empty sets of seen samples, and that of strangers, among seen classes alone."""
    fitted.set_params(conformity_score=score, reject=0.05)
    seen = split.seen_classes
    known = fitted.predict_set(split.X_test_seen, seen, coverage=coverage)
    strange = fitted.predict_set(split.X_test_unseen, seen, coverage=coverage)
    fitted.set_params(reject=0.0)
    found = set_figures(split.y_test_seen, known, classes=seen)
    return [found["coverage"], found["empty"], float((~strange.any(axis=1)).mean())]


def show(fits: dict[tuple[str, str], list[tuple[Any, GZSLSplit]]], coverage: float) -> None:
    """Print both tables."""
    names = {"data": [data for data, _ in fits], "method": [method for _, method in fits]}
    output = Table(*HEADS, **names, score=SCORES)
    for (data, method), found in fits.items():
        for score in SCORES:
            values = [figures(clf, split, score, coverage) for clf, split in found]
            output.row(data, method, score, *map(spread, np.transpose(values)))
    print()
    output = Table("coverage of seen", "empty, seen", "empty, strangers", **names, score=SCORES)
    for (data, method), found in fits.items():
        for score in SCORES[1:]:
            values = [strangers(clf, split, score, coverage) for clf, split in found]
            output.row(data, method, score, *map(spread, np.transpose(values)))


def main(
    methods: Annotated[list[str], METHODS] = METHODS[:2],
    sets: Annotated[list[str], DATA] = DATA,
    seeds: int = 5,
    coverage: float = 0.9,
) -> None:
    """Fit each method with each seed, and print four rows for each, and three for strangers."""
    fits = {
        (data, method): [(fit(method, split, seed), split) for seed, split in splits(data, seeds)]
        for data in sets
        for method in methods
    }
    show(fits, coverage)


if __name__ == "__main__":
    run(main)
