"""How far predicted probabilities can be trusted, with the chosen temperature and without, on the two real splits.

    python -m benchmarks.studies.calibration    # 3 seeds where random; about 30 minutes of one core
    python -m benchmarks.studies.calibration --methods RidgePrototype --sets "CIFAR animals"

ECE is the expected calibration error (15 bins) of the predictions among all classes: of the test samples of seen
classes, of those of unseen ones, and of both sides together, with equal weight. "likelihood" is the geometric mean
of the probability of the true class, both sides with equal weight. The temperature is chosen on held-out seen classes
inside ``fit``; nothing is chosen on test samples.
"""

from typing import Annotated

import numpy as np

from benchmarks._harness import TWO_SETS, Table, fits, run, spread
from zsl import GZSLSplit
from zsl.evaluation import expected_calibration_error

METHODS = ["RidgePrototype", "ESZSL", "SynC", "DeViSE", "Relation"]
BOTH = list(TWO_SETS)


def figures(fitted: object, split: GZSLSplit, temperature: float) -> list[float]:
    """ECE of the seen, of the unseen and of all test samples, and the likelihood, at a temperature."""
    sides = [(split.X_test_seen, split.y_test_seen), (split.X_test_unseen, split.y_test_unseen)]
    chosen, fitted.temperature_ = fitted.temperature_, temperature
    tables = [fitted.predict_proba(X) for X, _ in sides]
    fitted.temperature_ = chosen
    truth, known = [y for _, y in sides], {"classes": fitted.classes_}
    weight = np.concatenate([np.full(len(y), 1 / len(y)) for y in truth])
    found = [expected_calibration_error(y, p, **known) for p, y in zip(tables, truth, strict=True)]
    found.append(
        expected_calibration_error(np.concatenate(truth), np.concatenate(tables), sample_weight=weight, **known)
    )
    own = [p[np.arange(len(y)), np.searchsorted(fitted.classes_, y)] for p, y in zip(tables, truth, strict=True)]
    return [*found, float(np.exp(np.mean([np.log(p).mean() for p in own])))]


def main(methods: list[str] = METHODS, sets: Annotated[list[str], TWO_SETS] = BOTH, seeds: int = 3) -> None:
    """Print two rows per data set and method."""
    output = Table("T", "ECE seen", "ECE unseen", "ECE both", "likelihood", data=sets, method=methods)
    for name in sets:
        split = TWO_SETS[name]()
        for method in methods:
            plain, calibrated, temperatures = [], [], []
            for clf in fits(method, split, seeds):
                temperatures.append(clf.temperature_)
                plain.append(figures(clf, split, 1.0))
                calibrated.append(figures(clf, split, clf.temperature_))
            for temperature, values in (("1", plain), (f"{np.mean(temperatures):.3g}", calibrated)):
                output.row(name, method, temperature, *map(spread, np.transpose(values)))


if __name__ == "__main__":
    run(main)
