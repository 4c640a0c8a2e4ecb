"""What keeps seen classes and hubs from winning too often: bias, gate and rescaled scores on both real splits.

    python -m benchmarks.studies.bias_and_hubs

All choices are made on held-out seen classes. T1 is the accuracy of unseen samples among the unseen classes, hubness
the skewness of how often each unseen class is predicted for them. Rescaled scores use all these samples at once.
"""

import numpy as np

from benchmarks._harness import TWO_SETS, Table, estimator, fits, run
from zsl import evaluate_gzsl
from zsl.evaluation import hubness, per_class_accuracy

METHODS = ("RidgePrototype", "ESZSL", "SynC", "SAE")
BALANCES = {"no bias": {"seen_bias": 0.0}, "bias": {}, "gate": {"balance": "gate"}}
RESCALED = {"plain": None, "CSLS": "csls", "mutual proximity": "mutual_proximity"}


def main() -> None:
    """Print one row per data set and method."""
    figures = [f"H, {name}" for name in BALANCES] + [f"T1 (hubness), {name}" for name in RESCALED]
    output = Table(*figures, data=TWO_SETS, method=METHODS)
    for data, source in TWO_SETS.items():
        split = source()
        unseen = split.unseen_classes
        for method in METHODS:
            cells = []
            for parameters in BALANCES.values():
                result = evaluate_gzsl(estimator(method, semantics=split.semantics, **parameters), split)
                cells.append(f"{result.harmonic_mean:.3f}")
            (fitted,) = fits(method, split)
            for rescale in RESCALED.values():
                predicted = fitted.predict(split.X_test_unseen, classes=unseen, rescale=rescale)
                counts = np.asarray(predicted)[:, None] == unseen
                accuracy = per_class_accuracy(split.y_test_unseen, predicted)
                cells.append(f"{accuracy:.3f} ({hubness(counts.astype(float)):.2f})")
            output.row(data, method, *cells)


if __name__ == "__main__":
    run(main)
