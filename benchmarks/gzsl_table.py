"""The full GZSL table: every zero-shot method on both real splits, five seeds where a method is random.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/gzsl_table.py --jobs 2

Finished cells are kept in a folder, so that a run that was stopped goes on where it was. Whatever a method leaves open
is chosen on held-out seen classes in each fit; nothing is chosen by what this prints.
"""

import argparse
from pathlib import Path

from shared_data import cifar_animals, cifar_text

from zsl.estimators import zero_shot_methods
from zsl.evaluation import run_benchmark

SPLITS = {"CIFAR-100 text": cifar_text, "CIFAR animals": cifar_animals}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="All zero-shot methods on both real splits.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("results"), help="where finished cells are kept")
    parser.add_argument("--methods", nargs="*", default=None, help="names of estimators; all if left out")
    parser.add_argument("--data", nargs="*", choices=list(SPLITS), default=list(SPLITS))
    options = parser.parse_args()
    known = zero_shot_methods()
    estimators = {}
    for name in options.methods or known:
        estimator = known[name]()
        if "verbose" in estimator.get_params():
            estimator.set_params(verbose=False)
        estimators[name.removesuffix("Classifier")] = estimator
    splits = {name: SPLITS[name] for name in options.data}
    result = run_benchmark(
        estimators, splits, seeds=options.seeds, folder=options.folder, n_jobs=options.jobs, verbose=True
    )
    print(result.to_markdown())


if __name__ == "__main__":
    main()
