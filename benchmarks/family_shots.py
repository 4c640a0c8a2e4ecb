"""Closed forms with a few images of each unseen class, on both real splits.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/family_shots.py

The same measurement as the K-shot tables of ``flagship.py``: one fit, five draws of the support images.
"""

from shared_data import animals_with_pool, cifar_text

from zsl import evaluate_shots, zero_shot_methods

METHODS = ("RidgePrototypeClassifier", "SynCClassifier", "ESZSLClassifier")


def main() -> None:
    """Print T1 and H for each number of images."""
    for split in (cifar_text(), animals_with_pool()):
        for name in METHODS:
            fitted = zero_shot_methods()[name](semantics=split.semantics).fit(split.X_train, split.y_train)
            frame = evaluate_shots(fitted, split, n_draws=5, random_state=0)
            for shots, row in frame.iterrows():
                figures = f"T1 {row['both']:.3f}, H {row['harmonic_mean']:.3f}"
                print(f"{split.name}, {name}, K = {shots}: {figures}", flush=True)


if __name__ == "__main__":
    main()
