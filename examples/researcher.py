"""Files of the generalized zero-shot benchmark: a table of methods, an honest comparison, and LaTeX for the paper.

    python examples/researcher.py [ROOT]

ROOT holds ``AWA2/res101.mat`` and ``AWA2/att_splits.mat`` as they are published. Without it, small files of the same
form are written: 50 synthetic classes, of which ten are unseen.
"""

import sys
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from scipy.io import savemat

import zsl
from zsl.datasets import make_zero_shot
from zsl.evaluation import BenchmarkResult, compare

METHODS = ("RidgePrototypeClassifier", "ESZSLClassifier", "SAEClassifier", "SynCClassifier")


def write_files(folder: Path) -> None:
    """``res101.mat`` and ``att_splits.mat`` of synthetic samples: one per column, and indices start at 1."""
    sizes = {"n_features": 64, "n_attributes": 30, "n_per_class": 20, "n_test_per_class": 8}
    split = make_zero_shot(40, 10, noise=1.5, relevance=0.7, random_state=0, **sizes)
    names = split.semantics.classes
    X = np.concatenate([split.X_train, split.X_test_seen, split.X_test_unseen])
    y = np.concatenate([split.y_train, split.y_test_seen, split.y_test_unseen])
    ends = np.cumsum([0, len(split.y_train), len(split.y_test_seen), len(split.y_test_unseen)])
    places = [np.arange(start, end)[:, None] + 1 for start, end in pairwise(ends)]
    vectors = split.semantics.vectors
    att = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    files = np.array([f"images/{name}/{name}_{number}.jpg" for number, name in enumerate(y)], dtype=object)
    folder.mkdir(parents=True)
    labels = np.searchsorted(names, y)[:, None] + 1
    savemat(folder / "res101.mat", {"features": X.T, "labels": labels, "image_files": files[:, None]})
    tables = {"att": att.T, "original_att": vectors.T, "allclasses_names": names.astype(object)[:, None]}
    parts = dict(zip(("trainval_loc", "test_seen_loc", "test_unseen_loc"), places, strict=True))
    savemat(folder / "att_splits.mat", tables | parts)


def work(root: Path | None, folder: Path) -> BenchmarkResult:
    """Print the table, the comparison of the two best methods, and the table for a paper."""
    if own := root is None:
        root = folder / "data"
        write_files(root / "AWA2")
    with warnings.catch_warnings():
        if own:  # its counts aren't those of AWA2, and that is said
            warnings.simplefilter("ignore")
        split = zsl.load_gbu("AWA2", root, strict=not own)
    if own:
        split = replace(split, name="synthetic", info={"source": "examples/researcher.py"})
    print(split, "\n")

    start = perf_counter()
    methods = {name.removesuffix("Classifier"): getattr(zsl, name)() for name in METHODS}
    zsl.run_benchmark(methods, {split.name: split}, seeds=1, folder=folder / "cells", verbose=False)
    print(f"{len(methods)} methods in {perf_counter() - start:.1f} s; a second call would read them")

    result = BenchmarkResult.read(folder / "cells")  # tomorrow, on another machine
    print(result, "\n")
    best, next_best = result.to_frame()["method"][:2]
    print(compare(best, next_best, within=result), "\n")
    print(result.to_latex(columns=["method", "T1", "S", "U", "H"]))
    return result


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        assert not work(Path(sys.argv[1]) if len(sys.argv) > 1 else None, Path(temporary)).failures
