"""How far predicted probabilities can be trusted, with the chosen temperature and without, on the two real splits.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/calibration.py             # 3 seeds where random; about 30 minutes of one core
    python benchmarks/calibration.py --methods RidgePrototype --data animals

ECE is the expected calibration error (15 bins) of the predictions among all classes: of the test images of seen
classes, of those of unseen ones, and of both sides together, each weighing the same. "likelihood" is the geometric mean
of the probability of the true class, each side weighing the same. The temperature is chosen on held-out seen classes
inside ``fit``; nothing is chosen on test images.
"""

import argparse

import numpy as np
from shared_data import cifar_animals, cifar_text

from zsl import GZSLSplit, expected_calibration_error, mean_confidence_interval, zero_shot_methods

DATA = {"text": cifar_text, "animals": cifar_animals}
FIGURES = ("ECE seen", "ECE unseen", "ECE both", "likelihood")


def figures(fitted: object, split: GZSLSplit, temperature: float) -> list[float]:
    """ECE of the seen, of the unseen and of all test images, and the likelihood, at a temperature."""
    sides = [(split.X_test_seen, split.y_test_seen), (split.X_test_unseen, split.y_test_unseen)]
    chosen, fitted.temperature_ = fitted.temperature_, temperature
    tables = [fitted.predict_proba(X) for X, _ in sides]
    fitted.temperature_ = chosen
    truth, known = [y for _, y in sides], {"classes": fitted.classes_}
    weight = np.concatenate([np.full(len(y), 1 / len(y)) for y in truth])
    found = [expected_calibration_error(p, y, **known) for p, y in zip(tables, truth, strict=True)]
    found.append(
        expected_calibration_error(np.concatenate(tables), np.concatenate(truth), sample_weight=weight, **known)
    )
    own = [p[np.arange(len(y)), np.searchsorted(fitted.classes_, y)] for p, y in zip(tables, truth, strict=True)]
    return [*found, float(np.exp(np.mean([np.log(p).mean() for p in own])))]


def main() -> None:
    """Print two lines a method and data set."""
    parser = argparse.ArgumentParser(description="Calibration of zero-shot probabilities.")
    parser.add_argument("--methods", nargs="*", default=["RidgePrototype", "ESZSL", "SynC", "DeViSE", "Relation"])
    parser.add_argument("--data", nargs="*", default=list(DATA), choices=list(DATA))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for name in options.data:
        split = DATA[name]()
        for method in options.methods:
            kind = zero_shot_methods()[f"{method}Classifier"]
            random = "random_state" in kind().get_params()
            plain, calibrated, temperatures = [], [], []
            for seed in range(options.seeds if random else 1):
                clf = kind(semantics=split.semantics)
                if random:
                    clf.set_params(random_state=seed, verbose=False)
                clf.fit(split.X_train, split.y_train)
                temperatures.append(clf.temperature_)
                plain.append(figures(clf, split, 1.0))
                calibrated.append(figures(clf, split, clf.temperature_))
            for told, values in (("1", plain), (f"{np.mean(temperatures):.3g}", calibrated)):
                shown = []
                for figure, column in zip(FIGURES, np.array(values).T, strict=True):
                    half = f" ± {mean_confidence_interval(column)[1]:.3f}" if len(column) > 1 else ""
                    shown.append(f"{figure} {column.mean():.3f}{half}")
                print(f"{name:10}{method:16}T = {told:8}{', '.join(shown)}", flush=True)


if __name__ == "__main__":
    main()
