"""Relation scores pair by pair against the factorised forms: time and peak extra memory, as ratios of one run.

Run from the repository root::

    python benchmarks/relation_scoring.py

Each measurement runs in a process of its own, so that peak memory is its own. The definition builds a tensor of
(query, class, 2 feature); where N = 2048 queries don't fit into --memory bytes of it, fewer queries are taken and their
time is scaled to N, which a star marks. Peak memory is then that of the fewer queries.
"""

import argparse
import multiprocessing
import time
from pathlib import Path

import torch

from zsl.functional.scores.relation import relation_scores, relation_scores_pairwise

CLASSES = (10, 50, 100, 1000, 10_000)


def measure(form: str, n_query: int, n_class: int, width: int, hidden: int, repeats: int) -> tuple[float, float]:
    """Best time of one call in seconds, and peak memory beyond inputs and weights in MB."""
    torch.manual_seed(0)
    queries, classes = torch.randn(n_query, width), torch.randn(n_class, width)
    left, right = torch.randn(hidden, width) / width**0.5, torch.randn(hidden, width) / width**0.5
    bias, out = torch.randn(hidden), torch.randn(hidden)

    def call() -> torch.Tensor:
        if form == "pairwise":
            return relation_scores_pairwise(queries, classes, left, right, bias, out)
        return relation_scores(queries @ left.T, classes @ right.T + bias, out)

    with torch.inference_mode():
        queries[:1] @ left.T
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        call()
        peak = _status("VmHWM") - before
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return min(times), peak


def _status(key: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Print one line for each number of classes."""
    parser = argparse.ArgumentParser(description="Relation scores pair by pair against the factorised forms.")
    parser.add_argument("--queries", type=int, default=2048)
    parser.add_argument("--features", type=int, default=2048)
    parser.add_argument("--hidden", type=int, default=1200)
    parser.add_argument("--memory", type=float, default=4e9, help="most bytes of the pairs tensor")
    options = parser.parse_args()
    n, d, h = options.queries, options.features, options.hidden
    print(f"N = {n} queries, d = {d}, h = {h}, {torch.get_num_threads()} threads, float32, torch {torch.__version__}")
    print(f"{'C':>6} {'pairs s':>9} {'ours s':>8} {'faster':>7} {'pairs MB':>9} {'ours MB':>8} {'less memory':>11}")
    context = multiprocessing.get_context("spawn")
    for n_class in CLASSES:
        fitting = min(n, max(1, int(options.memory / (n_class * 2 * d * 4))))
        with context.Pool(1, maxtasksperchild=1) as pool:
            pair_time, pair_memory = pool.apply(measure, ("pairwise", fitting, n_class, d, h, 1))
        with context.Pool(1, maxtasksperchild=1) as pool:
            our_time, our_memory = pool.apply(measure, ("factorised", n, n_class, d, h, 3))
        pair_time *= n / fitting
        star = "*" if fitting < n else " "
        print(
            f"{n_class:>6} {pair_time:>8.2f}{star} {our_time:>8.3f} {pair_time / our_time:>6.0f}x "
            f"{pair_memory:>8.0f}{star} {our_memory:>8.1f} {pair_memory / our_memory:>10.0f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
