"""Few-shot estimators on frozen features: CIFAR-100, fitted on 80 seen classes, measured on 20 unseen ones.

    python -m benchmarks.accuracy.frozen_features [--episodes 2000]

The features come from EfficientNet-Lite0 at 160 pixels. All defaults; nothing is chosen on the unseen classes. "even"
has 15 queries per class, "uneven" as many queries in total with class shares from a Dirichlet distribution of
concentration 2. Transductive estimators (t.) use all queries of an episode at once. In % ± 95 %.
"""

from functools import partial

import numpy as np

from benchmarks._harness import Table, cifar_text, percent, run, timed
from zsl import (
    BDCSPNClassifier,
    LaplacianShotClassifier,
    PrototypicalClassifier,
    SharedGaussianClassifier,
    SimpleShotClassifier,
    TipAdapterClassifier,
)
from zsl.evaluation import measure_episodes

ESTIMATORS = {
    "prototypes": PrototypicalClassifier(),
    "prototypes, cosine": PrototypicalClassifier(distance="cosine"),
    "SimpleShot": SimpleShotClassifier(),
    "shared Gaussian": SharedGaussianClassifier(),
    "Tip-Adapter": TipAdapterClassifier(),
    "BD-CSPN (t.)": BDCSPNClassifier(),
    "BD-CSPN, uniform prior (t.)": BDCSPNClassifier(prior="uniform"),
    "LaplacianShot (t.)": LaplacianShotClassifier(),
    "LaplacianShot, uniform prior (t.)": LaplacianShotClassifier(prior="uniform"),
}
FORMS = ((5, 1, None), (5, 5, None), (20, 1, None), (20, 5, None), (5, 1, 2.0), (5, 5, 2.0))


def main(episodes: int = 2000) -> None:
    """Print one row per estimator."""
    split = cifar_text()
    X = np.concatenate([split.X_support, split.X_test_unseen])
    y = np.concatenate([split.y_support, split.y_test_unseen])
    print(f"CIFAR-100, 20 unseen classes of {len(X) // 20} images, {episodes} episodes, seed 0; % ± 95 %")
    heads = [f"{way}-way {shot}{'' if imbalance is None else ' uneven'}" for way, shot, imbalance in FORMS]
    output = Table(*heads, "ms per episode", estimator=ESTIMATORS)
    for name, estimator in ESTIMATORS.items():
        estimator.fit(split.X_train, split.y_train)
        cells, spent = [], 0.0
        for n_way, n_shot, imbalance in FORMS:
            form = {"n_way": n_way, "n_shot": n_shot, "imbalance": imbalance, "n_episodes": episodes}
            found, seconds = timed(partial(measure_episodes, estimator, X, y, **form))
            cells.append(percent(found.accuracies))
            spent += seconds
        output.row(name, *cells, f"{1000 * spent / episodes / len(FORMS):.2f}")


if __name__ == "__main__":
    run(main)
