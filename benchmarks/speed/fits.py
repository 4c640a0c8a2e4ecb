"""Whole fits beside what they need: one product of the features, `Ridge` on the same problem, and former training.

    python -m benchmarks --only fits

Synthetic data of the size of AWA2: 23,527 samples of 40 classes, 2048 features, 85 attributes. A fit of ours chooses
everything over folds of held-out classes. "Ridge" is scikit-learn's, from features to the attributes of their classes,
without that choice. The former training of the flagship and the protocol of its paper, which stand in
`_relation_peers`, get a twentieth of the samples and all classes but eight, which accuracy is measured on.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks._harness import Bench, Table, Work, amount, estimator, turns
from benchmarks.speed._relation_peers import PerceptronRelation, train_sung

METHODS = ("ESZSL", "RidgePrototype", "SAE", "SynC", "Relation")
CLASSES, KEPT, ATTRIBUTES = 40, 32, 85


def made_up(n: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features in float32, classes, and their attributes."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((CLASSES, ATTRIBUTES))
    y = np.arange(n) % CLASSES
    means = (table @ rng.standard_normal((ATTRIBUTES, d)) / 9).astype(np.float32)
    return means[y] + rng.standard_normal((n, d), dtype=np.float32), y, table


def compare(bench: Bench) -> None:
    """Fits with all choices, against one product, scikit-learn's Ridge and former training."""
    n, d = bench.size((23_527, 2048), (800, 32))
    X, y, table = made_up(n, d)
    estimator("Relation", semantics=dict(enumerate(table))).fit(X[:400, :16], y[:400])  # imports and first uses
    print(
        f"{n} samples × {d} features in float32, {CLASSES} classes, {ATTRIBUTES} attributes. Operations and bytes are "
        "those of one `X.T @ X`, whose result is symmetric, so that half of it is computed.\n"
    )
    targets, semantics = table[y].astype(np.float32), dict(enumerate(table))
    others: dict[str, Callable[[], Any]] = {"one X.T @ X": lambda: X.T @ X, "Ridge": lambda: Ridge().fit(X, targets)}
    methods = bench.size(METHODS, METHODS[1:2])
    ours = {name: partial(estimator(name, semantics=semantics).fit, X, y) for name in methods}
    taken = turns(others | ours, bench.repeats, warm_up=False)
    headings = ("seconds", "times one X.T @ X", "times Ridge", "operations", "bytes", "limit", "share of the limit")
    rows, work = Table(*headings, fit=()), Work(n * d**2, X.nbytes)
    for name in (*others, *methods):
        times = (str(taken.times(name, other)) for other in others)
        rows.row(name, amount(taken.median(name), "s"), *times, *bench.limit(work, taken.median(name)))
    few = n // bench.size(20, 1)
    _former(bench, X[:few], y[:few], table)


def _former(bench: Bench, X: np.ndarray, y: np.ndarray, table: np.ndarray) -> None:
    """Print the flagship's fit beside its former training, and the protocol of its paper for as long as is given."""
    kept, held = y < KEPT, X[y >= KEPT]
    truth, inputs, codes, episodes = y[y >= KEPT], X[kept], y[kept], bench.size(10, 2)
    print(
        f"\nThe flagship on {len(inputs)} of these samples; the paper's protocol ends after 20 seconds "
        f"or three fits. The former training takes {episodes} of its 300 episodes, and its time is scaled.\n"
    )
    wide, rows = inputs.astype(np.float64), Table("seconds", "times ours", "accuracy, eight held-out classes", what=())
    taken = bench.turns(
        {
            "ours": lambda: estimator("Relation", semantics=dict(enumerate(table))).fit(inputs, codes),
            "former training": lambda: PerceptronRelation(episodes).fit(wide, codes, table[:KEPT]),
        },
        scale={"former training": 300 / episodes},
    )
    spent, others = taken.median("ours"), np.arange(KEPT, CLASSES)
    ours = float((taken.found["ours"].predict(held, classes=others) == truth).mean())
    rows.row("RelationClassifier", amount(spent, "s"), "1", f"{ours:.3f}")
    former = amount(taken.median("former training"), "s"), taken.times("former training", "ours")
    rows.row("former training", *former, "")

    def accuracy(scores: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> float:
        return float((others[scores(held, table[KEPT:]).argmax(axis=1)] == truth).mean())

    limits = {"wanted": ours, "seconds": bench.size(max(20.0, 3 * spent), 1.0), "learning_rate": 1e-4}
    took, seen = train_sung(inputs, codes, table[:KEPT], accuracy, **limits)
    best = max(value for _, value in seen)
    times = f"{took / spent:.1f}" + ", not reached" * (best < ours)
    rows.row("the paper's protocol", amount(took, "s"), times, f"{best:.3f}")
