"""Zero-shot retrieval on CIFAR-100: images of 20 classes that nobody labelled, found by what is said of them.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/retrieval.py

The gallery are the 1,000 test images of the unseen classes, each class is a query, 80 other classes were trained on.
Beside the methods stand a ranking at random, and that by nearest text: each image is taken for the texts of the three
seen classes that a logistic regression finds likeliest, by their probabilities, and compared with the text asked for.
Mean average precision over the whole gallery and precision at 10, averaged over classes; ± over five seeds.
"""

import argparse
from typing import Any

import numpy as np
from shared_data import cifar_text
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from zsl import GZSLSplit, mean_confidence_interval, measure_retrieval, retrieval_metrics, zero_shot_methods


def nearest_text(split: GZSLSplit) -> np.ndarray:
    """Score each image for each unseen class by texts alone, (image, class)."""
    model = make_pipeline(Normalizer(), StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
    likely = model.fit(split.X_train, split.y_train).predict_proba(split.X_test_unseen)
    cut = np.sort(likely, axis=1)[:, -3:-2]
    said = np.where(likely >= cut, likely, 0) @ split.semantics.rows(model.classes_)
    texts = split.semantics.rows(split.unseen_classes)
    return (said / np.linalg.norm(said, axis=1, keepdims=True)) @ (texts / np.linalg.norm(texts, axis=1)[:, None]).T


def main() -> None:
    """Print a line a method."""
    parser = argparse.ArgumentParser(description="Zero-shot retrieval on the unseen classes of CIFAR-100.")
    parser.add_argument("--methods", nargs="*", default=["RidgePrototype", "SAE", "ESZSL", "SynC", "Relation"])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    split = cifar_text()
    X, y, asked = split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    chance = np.random.default_rng(0).random((options.seeds, len(X), len(asked)))
    say("at random", [retrieval_metrics(scores, y, asked) for scores in chance])
    say("nearest text", [retrieval_metrics(nearest_text(split), y, asked)])
    for name in options.methods:
        kind = zero_shot_methods()[f"{name}Classifier"]
        is_random = "random_state" in kind().get_params()
        found = []
        for seed in range(options.seeds if is_random else 1):
            clf = kind(semantics=split.semantics)
            if is_random:
                clf.set_params(random_state=seed, verbose=False)
            found.append(measure_retrieval(clf.fit(split.X_train, split.y_train), X, y, asked))
        say(name, found)


def say(name: str, results: list[Any]) -> None:
    """Print the mean over seeds."""
    told = []
    for what, values in (
        ("mAP", [result.mean_average_precision for result in results]),
        ("P@10", [result.mean_precision(10) for result in results]),
    ):
        half = f" ± {mean_confidence_interval(values)[1]:.3f}" if len(values) > 1 else ""
        told.append(f"{what} {np.mean(values):.3f}{half}")
    print(f"{name:16}{', '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
