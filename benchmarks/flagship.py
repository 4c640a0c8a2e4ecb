"""The flagship on real data: GZSL and few-shot accuracy over seeds, and what its parts are worth.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/flagship.py text        # CIFAR-100 with text semantics, 80 seen and 20 unseen classes
    python benchmarks/flagship.py animals     # CIFAR animals with AwA attributes, 13 seen and 4 unseen classes

Nothing is chosen by what this prints: γ, κ and the length of training come from held-out seen classes in each fit.
The column "H at best γ" looks at the test labels and is an upper line only.
"""

import argparse
from typing import Any

import numpy as np
import pandas as pd
import torch
from shared_data import animals_with_pool, cifar_animals, cifar_text

from zsl import GZSLSplit, RelationClassifier, evaluate_shots, mean_confidence_interval, measure_gzsl

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "metric alone": {"similarity": "metric"},
    "relation alone": {"similarity": "relation"},
    "default, MSE": {"loss": "mse"},
    "relation alone, MSE": {"similarity": "relation", "loss": "mse"},
    "not whitened": {"feature_scaling": "center"},
}


def gzsl_row(
    split: GZSLSplit, seeds: int, parameters: dict[str, Any]
) -> tuple[dict[str, str], list[RelationClassifier]]:
    """Mean ± 95 % interval over seeds of each figure, and the fitted estimators."""
    figures, fitted = [], []
    for seed in range(seeds):
        start = pd.Timestamp.now()
        estimator = RelationClassifier(semantics=split.semantics, random_state=seed, verbose=False, **parameters)
        estimator.fit(split.X_train, split.y_train)
        seconds = (pd.Timestamp.now() - start).total_seconds()
        result = measure_gzsl(estimator, split)
        figures.append(
            {
                "T1": result.t1,
                "S": result.seen,
                "U": result.unseen,
                "H": result.harmonic_mean,
                "AUSUC": result.ausuc,
                "H at best γ": result.best_harmonic_mean,
                "H held out": estimator.selection_["harmonic_mean"],
                "γ": estimator.seen_bias_,
                "κ": estimator.prior_strength_,
                "episodes": estimator.n_episodes_,
                "fit s": seconds,
            }
        )
        fitted.append(estimator)
    table = pd.DataFrame(figures)
    row = {}
    for name in table:
        mean, half = mean_confidence_interval(table[name])
        row[str(name)] = f"{mean:.3f} ± {half:.3f}" if name not in ("fit s", "episodes") else f"{mean:.0f}"
    return row, fitted


def main() -> None:
    """Print the GZSL table of the variants, then K-shot accuracy of the default."""
    parser = argparse.ArgumentParser(description="The flagship on real data.")
    parser.add_argument("data", choices=["text", "animals"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--variants", nargs="*", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--draws", type=int, default=5, help="draws of support images for each seed")
    options = parser.parse_args()
    split = cifar_text() if options.data == "text" else cifar_animals()
    print(f"{split!r}\n{options.seeds} seeds, {torch.get_num_threads()} threads, torch {torch.__version__}")
    default: list[RelationClassifier] = []
    for name in options.variants:
        row, fitted = gzsl_row(split, options.seeds, VARIANTS[name])
        print(f"\n{name}:", ", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
        if name == "default":
            default = fitted
    if not default:
        return
    shots_split = split if options.data == "text" else animals_with_pool()
    frames = [
        evaluate_shots(estimator, shots_split, n_draws=options.draws, random_state=seed)
        for seed, estimator in enumerate(default)
    ]
    print(f"\nK-shot on the unseen classes: mean over {len(frames)} seeds of {options.draws} draws, ± 95 % over seeds")
    for shots in frames[0].index:
        cells = []
        for column in ("both", "support", "class_mean", "gain", "harmonic_mean"):
            values = np.array([frame.loc[shots, column] for frame in frames], dtype=float)
            if np.isfinite(values).all():
                mean, half = mean_confidence_interval(values)
                cells.append(f"{column} {mean:.3f} ± {half:.3f}")
        print(f"  K = {shots}:", ", ".join(cells), flush=True)


if __name__ == "__main__":
    main()
