"""Measure how sure the shipped Omniglot networks are, on validation characters, and store that with their weights.

    python -m benchmarks.studies.shipped_calibration                  # prints what is measured
    python -m benchmarks.studies.shipped_calibration --store FOLDER   # and saves both networks there

What a fit with ``validation=`` does at its end: episodes of the 172 validation characters of Vinyals' split, which
weren't trained on; the test characters have no part in it. The weights stay as they are, bit for bit.
"""

from pathlib import Path

import numpy as np

from benchmarks._harness import Table, data_folder, run
from zsl import PrototypicalClassifier, RelationNetworkClassifier, load_omniglot
from zsl.selection.episodes import Held, ShotCalibration


def main(store: str = "") -> None:
    """Print a row per network and number of shots."""
    kinds = (PrototypicalClassifier, RelationNetworkClassifier)
    X, y = load_omniglot(data_folder("omniglot"), split="vinyals").part("val")
    codes = np.unique(y, return_inverse=True)[1]
    output = Table("T", "5 % score less, 5-way", "20-way", network=[kind.__name__ for kind in kinds], shots=["shots"])
    for kind in kinds:
        clf = kind.from_pretrained("omniglot")
        images = clf._check_samples(X)
        found = ShotCalibration.measured([Held(clf.method_, clf._embed, images, codes)], n_queries=4000)
        for shot in found.shots:
            below = [f"{found.threshold(0.05, n_way, shot):.2f}" for n_way in (5, 20)]
            output.row(kind.__name__, shot, f"{found.temperature(20, shot):.3g}", *below)
        if store:
            clf._calibration = found
            clf.save(Path(store, kind.__name__))


if __name__ == "__main__":
    run(main)
