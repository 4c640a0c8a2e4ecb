"""Prediction with one thread: many samples, one at a time, very many classes, against the plain product.

    python -m benchmarks --only prediction

Estimators are fitted on made-up samples. Where features are whitened, each sample takes a product with a triangular
matrix first, which the operations count; scikit-learn's `validate_data` is what any estimator does with an input.
"""

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

import zsl
from benchmarks._harness import Bench, Table, Work, amount, using_threads
from zsl.datasets import make_zero_shot

METHODS = ("RelationClassifier", "RidgePrototypeClassifier", "SAEClassifier", "ESZSLClassifier", "SynCClassifier")
N_ATTRIBUTES = 85


def compare(bench: Bench) -> None:
    """Predict with fitted estimators, one thread."""
    width, n_rows, n_classes, n_many = bench.size((1280, 10_000, 100, 20_000), (32, 300, 30, 60))
    print(
        f"{width} features in single precision, {n_classes} classes; one thread. The product is that of {n_rows:,} "
        "samples and as many rows as there are classes, in single precision. Seconds of one sample are those beyond "
        f"scikit-learn's `validate_data`. Very many classes are {n_many:,}, and their product that of one sample.\n"
    )
    figures = [f"{n_rows:,} samples", "of the product", "limit", "of the limit", "validation of one", "one beyond it"]
    table = Table(*figures, f"one among {n_many:,}", "of its product", estimator=METHODS)
    with using_threads(1):
        for name in METHODS:
            table.row(name, *_row(bench, name, width, n_rows, n_classes, n_many))


def _row(bench: Bench, name: str, width: int, n_rows: int, n_classes: int, n_many: int) -> list[str]:
    """The figures of one estimator."""
    split = make_zero_shot(
        n_classes - 10, 10, n_features=width, n_attributes=N_ATTRIBUTES, n_per_class=20, random_state=0
    )
    rng = np.random.default_rng(0)
    X, prototypes = (rng.normal(size=(n, width)).astype(np.float32) for n in (n_rows, n_many))
    few = prototypes[:n_classes]
    clf = getattr(zsl, name)(semantics=split.semantics).fit(split.X_train.astype(np.float32), split.y_train)
    whitens = clf.get_params().get("feature_scaling") == "whiten"
    batch = bench.turns({"predict": lambda: clf.predict(X), "product": lambda: X @ few.T})
    one = bench.turns({"predict": lambda: clf.predict(X[:1]), "validation": lambda: _validated(clf, X[:1])})
    rows = rng.normal(size=(n_many - n_classes, N_ATTRIBUTES))
    clf.add_classes(semantics={f"added_{number}": row for number, row in enumerate(rows)})
    among = bench.turns({"predict": lambda: clf.predict(X[:1]), "product": lambda: X[:1] @ prototypes.T})
    operations = 2 * n_rows * width * n_classes + (n_rows * width**2 if whitens else 0)
    limit = bench.limit(Work(operations, 4 * n_rows * (width + n_classes)), batch.median("predict"), threads=1)
    validation = one.median("validation")
    return [
        amount(batch.median("predict"), "s"),
        str(batch.times("predict", "product")),
        *limit[2:],
        amount(validation, "s"),
        amount(max(one.median("predict") - validation, 0.0), "s"),
        amount(among.median("predict"), "s"),
        str(among.times("predict", "product")),
    ]


def _validated(clf: Any, X: np.ndarray) -> np.ndarray:
    return validate_data(clf, X, reset=False, dtype=[np.float64, np.float32])
