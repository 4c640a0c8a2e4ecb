"""Latency of a saved model that several threads share: one sample per call, while classes come and go.

    python -m benchmarks.speed.serving [--threads 1 8] [--calls 400] [--methods ESZSLClassifier]

A model of synthetic classes is saved, loaded, and called by threads, each in a closed loop. While eight threads call,
another one adds and removes a class without a pause. PyTorch takes one thread per call, as a server should say. Beside
them is the graph that `zsl.export` makes, run by onnxruntime with one thread.
"""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch

import zsl
from benchmarks._harness import Table, run
from zsl.datasets import make_zero_shot

METHODS = ["RelationClassifier", "RidgePrototypeClassifier", "ESZSLClassifier", "SynCClassifier"]

THREADS = [1, 8]


def latencies(clf: Any, X: np.ndarray, n_threads: int, calls: int) -> tuple[np.ndarray, float]:
    """Seconds of each call, and of all of them by the clock."""
    spent: list[float] = []

    def client(start: int) -> None:
        for number in range(start, calls, n_threads):
            before = perf_counter()
            clf.predict(X[number % len(X)][None])
            spent.append(perf_counter() - before)

    threads = [threading.Thread(target=client, args=(start,)) for start in range(n_threads)]
    begin = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return np.array(spent), perf_counter() - begin


def while_changing(clf: Any, row: np.ndarray, X: np.ndarray, n_threads: int, calls: int) -> tuple[np.ndarray, int]:
    """The same while a class is added and removed all the time; also how often."""
    stop, changes = threading.Event(), 0

    def change() -> None:
        nonlocal changes
        while not stop.is_set():
            clf.add_classes(semantics={"new": row})
            clf.remove_classes(["new"])
            changes += 2

    changing = threading.Thread(target=change)
    changing.start()
    spent, _ = latencies(clf, X, n_threads, calls)
    stop.set()
    changing.join()
    return spent, changes


def of_graph(clf: Any, X: np.ndarray, calls: int, path: Path) -> np.ndarray:
    """Seconds of each call of the exported graph."""
    import onnxruntime

    zsl.export(clf, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(path, options)
    name, spent = session.get_inputs()[0].name, []
    for number in range(calls):
        row = X[number % len(X)][None].astype(np.float32)
        before = perf_counter()
        session.run(None, {name: row})
        spent.append(perf_counter() - before)
    return np.array(spent)


def main(
    methods: list[str] = METHODS,
    threads: list[int] = THREADS,
    calls: int = 400,
    classes: int = 50,
    width: int = 512,
) -> None:
    """Print a table: milliseconds of a call at the median and the 95th percentile, and calls per second."""
    torch.set_num_threads(1)
    split = make_zero_shot(classes - 10, 10, n_features=width, n_attributes=64, n_per_class=20, random_state=0)
    row = np.random.default_rng(0).normal(size=64)
    figures = [f"{what}, {count} threads" for count in threads for what in ("median ms", "p95 ms", "calls / s")]
    table = Table(*figures, "p95 ms, classes changing", "changes", "graph, median ms", estimator=methods)
    for name in methods:
        clf = getattr(zsl, name)(semantics=split.semantics).fit(split.X_train, split.y_train)
        with TemporaryDirectory() as folder:
            clf.save(Path(folder) / "model")
            loaded = zsl.load(Path(folder) / "model")
            graph = of_graph(loaded, split.X_test_unseen, calls, Path(folder) / "model.onnx")
        loaded.predict(split.X_test_unseen[:1])
        cells = []
        for count in threads:
            spent, total = latencies(loaded, split.X_test_unseen, count, calls)
            cells += [f"{1e3 * np.quantile(spent, q):.2f}" for q in (0.5, 0.95)] + [f"{len(spent) / total:.0f}"]
        spent, changes = while_changing(loaded, row, split.X_test_unseen, max(threads), calls)
        table.row(name, *cells, f"{1e3 * np.quantile(spent, 0.95):.2f}", changes, f"{1e3 * np.median(graph):.2f}")


if __name__ == "__main__":
    run(main)
