"""What keeps seen classes and hubs from winning too often: bias, gate and rescaled scores on both real splits.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/bias_and_hubs.py

All choices are made on held-out seen classes. T1 is the accuracy of unseen images among the unseen classes, hubness the
skewness of how often each unseen class is predicted for them. Rescaled scores use all these images at once.
"""

import numpy as np
import pandas as pd
from shared_data import cifar_animals, cifar_text

from zsl import GZSLSplit, evaluate_gzsl, hubness, per_class_accuracy, zero_shot_methods

METHODS = ("RidgePrototypeClassifier", "ESZSLClassifier", "SynCClassifier", "SAEClassifier")


def rows(split: GZSLSplit) -> list[dict[str, object]]:
    """One record a method."""
    found = []
    for name in METHODS:
        method = zero_shot_methods()[name]
        row: dict[str, object] = {"data": split.name, "method": name.removesuffix("Classifier")}
        for title, parameters in (
            ("no bias", {"seen_bias": 0.0}),
            ("bias", {}),
            ("gate", {"balance": "gate"}),
        ):
            result = evaluate_gzsl(method(semantics=split.semantics, **parameters), split)
            row[f"H, {title}"] = f"{result.harmonic_mean:.3f}"
        fitted = method(semantics=split.semantics).fit(split.X_train, split.y_train)
        unseen = split.unseen_classes
        for title, rescale in (("plain", None), ("CSLS", "csls"), ("mutual proximity", "mutual_proximity")):
            predicted = fitted.predict(split.X_test_unseen, classes=unseen, rescale=rescale)
            counts = np.asarray(predicted)[:, None] == unseen
            accuracy = per_class_accuracy(split.y_test_unseen, predicted)
            row[f"T1 (hubness), {title}"] = f"{accuracy:.3f} ({hubness(counts.astype(float)):.2f})"
        found.append(row)
    return found


def main() -> None:
    """Print the table."""
    table = pd.DataFrame([row for split in (cifar_text(), cifar_animals()) for row in rows(split)])
    lines = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))


if __name__ == "__main__":
    main()
