"""What a prior of the classes is worth where they are uneven, what it costs where they aren't, and what scores assume.

    python -m benchmarks.studies.class_priors shift     # accuracy and per-class accuracy under a long tail
    python -m benchmarks.studies.class_priors shift --sets "CIFAR animals" --ratios 1 50 --method Relation
    python -m benchmarks.studies.class_priors base      # do training frequencies enter probabilities?

Test samples are drawn so that class frequencies fall by a constant factor from the first to the last class, in an
order drawn by the seed, the first "ratio" times as frequent as the last. "unseen" takes samples of unseen classes,
among these, and "all" takes those of all classes. "right" is the share of samples that are right, what a camera in
the wild is asked for; "per class" is the mean over classes, which counts a rare class as a frequent one: T1 of unseen
ones; S, U and H are that of both sides. The known prior is the exact one; "estimated" and "transport" look at test
samples, but at no label. Means over 5 seeds, which on Banking77 draw the unseen classes, too, ± 95 %. Nothing is
chosen by what this prints: the weights that the estimate and transport give to even classes were chosen on held-out
seen classes.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from benchmarks._harness import SETS, Table, estimator, fits, run, spread
from zsl import GZSLSplit
from zsl.evaluation import harmonic_mean, per_class_accuracy

IMAGES = ["CIFAR-100 text", "CIFAR animals"]
REAL = [*IMAGES, "Banking77"]
Sets = Annotated[list[str], SETS]
WAYS: dict[str, dict[str, Any]] = {
    "no prior": {},
    "known": {"prior": "known"},
    "estimated": {"prior": "estimate"},
    "transport, even": {"rescale": "transport"},
    "transport, known": {"prior": "known", "rescale": "transport"},
    "transport, estimated": {"prior": "estimate", "rescale": "transport"},
}
RATIOS = [1, 10, 50, 100]
BOTH = ["unseen", "all"]
METHODS = ["RidgePrototype", "ESZSL", "SAE", "SynC", "ALE"]


def long_tail(y: np.ndarray, ratio: float, seed: int) -> np.ndarray:
    """Numbers of samples by a long tail, of which the most frequent class keeps as many as the smallest class has."""
    rng = np.random.RandomState(seed)
    labels, counts = np.unique(y, return_counts=True)
    wanted = counts.min() * ratio ** -np.linspace(0, 1, len(labels))
    kept = zip(rng.permutation(labels), np.maximum(np.round(wanted), 1).astype(int), strict=True)
    return np.concatenate([rng.permutation(np.flatnonzero(y == label))[:n] for label, n in kept])


def sides(split: GZSLSplit) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Test samples and their labels, and the classes that they are predicted among."""
    yield "unseen", split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    X = np.concatenate([split.X_test_seen, split.X_test_unseen])
    y = np.concatenate([split.y_test_seen, split.y_test_unseen])
    yield "all", X, y, np.unique(np.concatenate([split.seen_classes, split.unseen_classes]))


def shift(
    sets: Sets = REAL,
    ratios: list[int] = RATIOS,
    method: str = "RidgePrototype",
    seeds: int = 5,
    among: Annotated[list[str], ("unseen", "all")] = BOTH,
) -> None:
    """Print accuracy under long tails, with each way to a prior."""
    output = Table("right", "per class", "S", "U", "H", data=sets, among=BOTH, ratio=ratios, prior=WAYS)
    for name in sets:
        found: dict[tuple[str, int, str], list[list[float]]] = {}
        sources = list(SETS[name].values())[:seeds]
        for number, source in enumerate(sources):
            split = source()
            (fitted,) = fits(method, split)
            for side, X, y, classes in sides(split):
                for ratio in ratios if side in among else ():
                    for seed in range(seeds) if len(sources) == 1 else [number]:
                        rows = long_tail(y, ratio, seed)
                        known = (y[rows, None] == classes).mean(axis=0)
                        for way, options in WAYS.items():
                            given = options | ({"prior": known} if options.get("prior") == "known" else {})
                            predicted = fitted.predict(X[rows], classes, **given)
                            figures = measured(y[rows], predicted, split.unseen_classes)
                            found.setdefault((side, ratio, way), []).append(figures)
        for (side, ratio, way), figures in found.items():
            cells = [spread(values) for values in zip(*figures, strict=True)]
            output.row(name, side, ratio, way, *(cells if side == "all" else [*cells[:2], "", "", ""]))


def measured(y: np.ndarray, predicted: np.ndarray, unseen: np.ndarray) -> list[float]:
    """Share of samples that are right; mean over classes; that of seen and of unseen ones, and their harmonic mean."""
    is_unseen = np.isin(y, unseen)
    s, u = (per_class_accuracy(y[side], predicted[side]) if side.any() else 0.0 for side in (~is_unseen, is_unseen))
    return [float((predicted == y).mean()), per_class_accuracy(y, predicted), s, u, harmonic_mean(s, u)]


def base(sets: Sets = IMAGES, methods: list[str] = METHODS, ratio: float = 20.0, seeds: int = 3) -> None:
    """Print by which power of their training frequency the mean probability of seen classes grows, on even samples."""
    output = Table("power", data=sets, method=methods)
    for name in sets:
        split = next(iter(SETS[name].values()))()
        for method in methods:
            powers = []
            for seed in range(seeds):
                rows = long_tail(split.y_train, ratio, seed)
                labels, counts = np.unique(split.y_train[rows], return_counts=True)
                fitted = estimator(method, seed, semantics=split.semantics)
                fitted.fit(split.X_train[rows], split.y_train[rows])
                means = fitted.predict_proba(split.X_test_seen, labels).mean(axis=0)
                powers.append(np.polyfit(np.log(counts), np.log(means), 1)[0])
            output.row(name, method, spread(powers, digits=2))


if __name__ == "__main__":
    run(shift, base)
