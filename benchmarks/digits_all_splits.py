"""Zero-shot accuracy on the digits for all 120 choices of three unseen digits.

Run from the repository root::

    python benchmarks/digits_all_splits.py --method relation    # about ten minutes on two cores
    python benchmarks/digits_all_splits.py --method ridge

The figure is T1: the share of the test images of an unseen digit that are recognised among the three unseen digits,
averaged over the three. One seed a choice.
"""

import argparse
from collections.abc import Callable
from itertools import combinations

import joblib
import numpy as np
import torch

from zsl import GZSLSplit, RelationClassifier, load_digits_zsl, per_class_accuracy
from zsl._typing import FloatArray, LabelArray


def ridge(split: GZSLSplit, alpha: float = 1.0) -> LabelArray:
    """Predict unseen classes by the nearest of the means that a ridge regression on the semantics expects.

    Semantics and images are centred on the mean over seen classes. Centred semantic vectors get length 1, and
    closeness is the cosine.
    """
    seen, unseen = split.seen_classes, split.unseen_classes
    means = np.stack([split.X_train[split.y_train == label].mean(axis=0) for label in seen])
    table = split.semantics.rows(seen)
    known, new = (_unit(split.semantics.rows(labels) - table.mean(axis=0)) for labels in (seen, unseen))
    centre = means.mean(axis=0)
    weights = known.T @ np.linalg.solve(known @ known.T + alpha * np.eye(len(seen)), means - centre)
    scores = _unit(split.X_test_unseen - centre) @ _unit(new @ weights).T
    return unseen[scores.argmax(axis=1)]


def relation(split: GZSLSplit) -> LabelArray:
    """Predict unseen classes by `RelationClassifier` with default parameters."""
    estimator = RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
    return estimator.fit(split.X_train, split.y_train).predict(split.X_test_unseen, classes=split.unseen_classes)


METHODS: dict[str, Callable[[GZSLSplit], LabelArray]] = {"relation": relation, "ridge": ridge}


def accuracy(method: str, unseen: tuple[int, ...]) -> float:
    """T1 of one method on one choice."""
    torch.set_num_threads(1)
    split = load_digits_zsl(unseen)
    return per_class_accuracy(split.y_test_unseen, METHODS[method](split))


def main() -> None:
    """Measure one method on every choice and print what came out."""
    parser = argparse.ArgumentParser(description="T1 on the digits for all 120 choices of three unseen digits.")
    parser.add_argument("--method", choices=sorted(METHODS), default="relation")
    method = parser.parse_args().method
    choices = list(combinations(range(10), 3))
    found = joblib.Parallel(n_jobs=-1)(joblib.delayed(accuracy)(method, unseen) for unseen in choices)
    accuracies = dict(zip(choices, found, strict=True))
    figures = np.array(found)
    quartiles = ", ".join(f"{value:.3f}" for value in np.percentile(figures, [25, 50, 75]))
    print(f"mean {figures.mean():.3f}, lowest {figures.min():.3f}, highest {figures.max():.3f}, quartiles {quartiles}")
    print(f"unseen 7, 8, 9 (the default): {accuracies[7, 8, 9]:.3f}")
    for unseen in sorted(accuracies, key=accuracies.__getitem__)[:5]:
        print(f"hardest: {unseen} {accuracies[unseen]:.3f}")


def _unit(rows: FloatArray) -> FloatArray:
    """Rows divided by their lengths."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
