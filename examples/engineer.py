"""Serve a saved model from eight threads, add classes while it serves, and look at the latency.

    python examples/engineer.py

No server is started, since yours will do: each thread is a client in a closed loop, and calls what a request handler
would call.
"""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch

import zsl

N_CLIENTS, SECONDS = 8, 2.0


def work(folder: Path) -> None:
    """Fit and save where models are made; load and serve where they are used."""
    split = zsl.load_digits_zsl()
    table = split.semantics.to_frame()
    start = perf_counter()
    known = table.drop(index=[9])  # 7 and 8 are known by their strokes; 9 isn't known yet
    clf = zsl.RelationClassifier(semantics=known, random_state=0, verbose=False)
    clf.fit(split.X_train, split.y_train).save(folder)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1024
    print(f"fitted and saved in {perf_counter() - start:.1f} s: {size:.0f} kB")

    torch.set_num_threads(1)  # the requests are the parallel part
    start = perf_counter()
    model = zsl.load(folder)
    print(f"loaded in {1e3 * (perf_counter() - start):.0f} ms; it knows {model.classes_.tolist()}")

    stop, spent, answers = threading.Event(), [[] for _ in range(N_CLIENTS)], [[] for _ in range(N_CLIENTS)]
    problems = []

    def client(number: int) -> None:
        random = np.random.default_rng(number)
        try:
            while not stop.is_set():
                row = random.integers(len(split.X_test_unseen))
                before = perf_counter()
                label = model.predict(split.X_test_unseen[row][None])[0]
                spent[number].append(perf_counter() - before)
                answers[number].append((label, split.y_test_unseen[row]))
        except Exception as error:
            problems.append(error)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(N_CLIENTS)]
    for thread in clients:
        thread.start()
    stop.wait(SECONDS / 2)
    start = perf_counter()
    model.add_classes(semantics=table.loc[[9]])  # a class from its description, while eight clients ask
    nine = split.X_support[split.y_support == 9][:5]
    model.add_classes(nine, [9] * len(nine))  # and five samples of it
    print(f"9 was added twice in {1e3 * (perf_counter() - start):.0f} ms, while {N_CLIENTS} clients asked")
    stop.wait(SECONDS / 2)
    stop.set()
    for thread in clients:
        thread.join()

    times, given = np.concatenate(spent), np.array([pair for own in answers for pair in own])
    median, p95 = 1e3 * np.quantile(times, [0.5, 0.95])
    print(f"{len(times)} requests, {len(problems)} errors: {len(times) / SECONDS:.0f} per second")
    print(f"median {median:.1f} ms, p95 {p95:.1f} ms")
    print(f"9 was answered {np.sum(given[:, 0] == 9)} times")
    assert not problems
    assert 9 in given[:, 0]

    model.save(folder)  # one step: a reader finds the old model or the new one
    assert zsl.load(folder).classes_.tolist() == model.classes_.tolist()
    print("saved with its new class")


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        work(Path(temporary) / "model")
