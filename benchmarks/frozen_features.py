"""Few-shot estimators on frozen features: CIFAR-100, fitted on 80 seen classes, measured on 20 unseen ones.

    python benchmarks/frozen_features.py [--episodes 2000]

The features are those of ``shared_data.cifar_text``, EfficientNet-Lite0 at 160 pixels. All defaults; nothing is chosen
on the unseen classes. "even" has 15 queries of each class, "uneven" as many queries with shares from a Dirichlet
distribution of concentration 2. Transductive estimators look at all queries of an episode at once.
"""

import argparse
from time import perf_counter

import numpy as np
from shared_data import cifar_text

from zsl import (
    BDCSPNClassifier,
    LaplacianShotClassifier,
    PrototypicalClassifier,
    SharedGaussianClassifier,
    SimpleShotClassifier,
    TipAdapterClassifier,
    measure_episodes,
)

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


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=2000)
    n_episodes = parser.parse_args().episodes
    split = cifar_text()
    X = np.concatenate([split.X_support, split.X_test_unseen])
    y = np.concatenate([split.y_support, split.y_test_unseen])
    print(f"CIFAR-100, 20 unseen classes of {len(X) // 20} images, {n_episodes} episodes, seed 0; % ± 95 %")
    heads = [f"{way}-way {shot}{'' if imbalance is None else ' uneven'}" for way, shot, imbalance in FORMS]
    print(f"{'':34}{''.join(f'{head:>16}' for head in heads)}{'ms an episode':>16}")
    for name, estimator in ESTIMATORS.items():
        estimator.fit(split.X_train, split.y_train)
        cells, started = [], perf_counter()
        for way, shot, imbalance in FORMS:
            found = measure_episodes(
                estimator, X, y, n_way=way, n_shot=shot, n_episodes=n_episodes, imbalance=imbalance
            )
            cells.append(f"{100 * found.mean:.2f} ± {100 * found.half_width:.2f}")
        each = 1000 * (perf_counter() - started) / n_episodes / len(FORMS)
        print(f"{name:34}{''.join(f'{cell:>16}' for cell in cells)}{each:>16.2f}", flush=True)


if __name__ == "__main__":
    main()
