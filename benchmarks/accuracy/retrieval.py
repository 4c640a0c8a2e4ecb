"""Zero-shot retrieval on CIFAR-100: images of 20 classes without labels, found by the description of the class.

    python -m benchmarks.accuracy.retrieval

The gallery holds the 1,000 test images of the unseen classes, each class is a query, and 80 other classes were trained
on. Baselines are a ranking at random, and one by nearest text: each image is represented by the texts of the three
seen classes that a logistic regression finds likeliest, by their probabilities, and compared with that of the query.
Mean average precision over the whole gallery and precision at 10, averaged over classes; ± over seeds.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from benchmarks._harness import Table, cifar_text, fits, run, spread
from zsl import GZSLSplit
from zsl.evaluation import measure_retrieval, retrieval_metrics

METHODS = ["RidgePrototype", "SAE", "ESZSL", "SynC", "Relation"]


def nearest_text(split: GZSLSplit) -> np.ndarray:
    """Score each image for each unseen class by texts alone, (image, class)."""
    model = make_pipeline(Normalizer(), StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
    likely = model.fit(split.X_train, split.y_train).predict_proba(split.X_test_unseen)
    cut = np.sort(likely, axis=1)[:, -3:-2]
    expected = np.where(likely >= cut, likely, 0) @ split.semantics.rows(model.classes_)
    texts = split.semantics.rows(split.unseen_classes)
    units = texts / np.linalg.norm(texts, axis=1)[:, None]
    return (expected / np.linalg.norm(expected, axis=1, keepdims=True)) @ units.T


def main(methods: list[str] = METHODS, seeds: int = 5) -> None:
    """Print one row per method."""
    split = cifar_text()
    X, y, queries = split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    output = Table("mAP", "P@10", method=["nearest text", *methods])

    def row(name: str, results: list) -> None:
        average = [result.mean_average_precision for result in results]
        output.row(name, spread(average), spread([result.mean_precision(10) for result in results]))

    chance = np.random.default_rng(0).random((seeds, len(X), len(queries)))
    row("at random", [retrieval_metrics(y, scores, queries) for scores in chance])
    row("nearest text", [retrieval_metrics(y, nearest_text(split), queries)])
    for name in methods:
        row(name, [measure_retrieval(clf, X, y, queries) for clf in fits(name, split, seeds)])


if __name__ == "__main__":
    run(main)
