"""Zero-shot accuracy on the digits for all 120 choices of three unseen digits.

Run from the repository root::

    python benchmarks/digits_all_splits.py --method ridge

The figure is T1: the share of the test images of an unseen digit that are recognised among the three unseen digits,
averaged over the three.
"""

import argparse
from collections.abc import Callable
from itertools import combinations

import numpy as np

from zsl._typing import FloatArray, LabelArray
from zsl.datasets import load_digits_zsl
from zsl.evaluation.splits import GZSLSplit


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


METHODS: dict[str, Callable[[GZSLSplit], LabelArray]] = {"ridge": ridge}


def per_class_accuracy(y: LabelArray, predicted: LabelArray) -> float:
    """Mean over classes of the share of their images that are recognised."""
    return float(np.mean([(predicted[y == label] == label).mean() for label in np.unique(y)]))


def main() -> None:
    """Measure one method on every choice and print what came out."""
    parser = argparse.ArgumentParser(description="T1 on the digits for all 120 choices of three unseen digits.")
    parser.add_argument("--method", choices=sorted(METHODS), default="ridge")
    method = METHODS[parser.parse_args().method]
    accuracies = {}
    for unseen in combinations(range(10), 3):
        split = load_digits_zsl(unseen)
        accuracies[unseen] = per_class_accuracy(split.y_test_unseen, method(split))
    figures = np.array(list(accuracies.values()))
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
