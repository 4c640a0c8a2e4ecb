"""Relation scores pair by pair against the factorised forms: time and peak extra memory, as ratios of one run.

    python -m benchmarks.speed.relation_scoring

Each measurement runs in a process of its own, so that peak memory is its own. The definition builds a tensor of
(query, class, 2 feature); where N = 2048 queries don't fit into --memory bytes of it, fewer queries are taken and their
time is scaled to N, which a star marks. Peak memory is then that of the fewer queries.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import torch

from benchmarks._harness import Bench, Table, Work, alone, amount, fastest, run
from zsl.functional.scores.relation import BLOCK_BYTES, relation_scores, relation_scores_pairwise

CLASSES = (10, 50, 100, 1000, 10_000)


def measure(pairwise: bool, n_query: int, n_class: int, width: int, hidden: int, repeats: int) -> tuple[float, float]:
    """Best time of one call in seconds, and peak memory beyond inputs and weights in MB."""
    torch.manual_seed(0)
    queries, classes = torch.randn(n_query, width), torch.randn(n_class, width)
    left, right = torch.randn(hidden, width) / width**0.5, torch.randn(hidden, width) / width**0.5
    bias, out = torch.randn(hidden), torch.randn(hidden)

    def factorised() -> torch.Tensor:
        return relation_scores(queries @ left.T, classes @ right.T + bias, out)

    call = partial(relation_scores_pairwise, queries, classes, left, right, bias, out) if pairwise else factorised
    with torch.inference_mode():
        queries[:1] @ left.T
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        call()
        peak = _status("VmHWM") - before
        seconds, _ = fastest({"": call}, repeats)
    return seconds[""], peak


def _status(key: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


def main(
    queries: int = 2048,
    features: int = 2048,
    hidden: int = 1200,
    memory: Annotated[float, "most bytes of the pairs tensor"] = 4e9,
) -> None:
    """Print one row for each number of classes."""
    print(f"N = {queries} queries, d = {features}, h = {hidden}, float32")
    output = Table("classes", "pairs s", "ours s", "faster", "pairs MB", "ours MB", "less memory")
    for n_class in CLASSES:
        fitting = min(queries, max(1, int(memory / (n_class * 2 * features * 4))))
        pair_time, pair_memory = alone(measure, True, fitting, n_class, features, hidden, 1)
        our_time, our_memory = alone(measure, False, queries, n_class, features, hidden, 3)
        pair_time *= queries / fitting
        star = "*" if fitting < queries else ""
        times, memories = f"{pair_time / our_time:.0f}x", f"{pair_memory / our_memory:.0f}x"
        pairs = f"{pair_time:.2f}{star}", f"{pair_memory:.0f}{star}"
        output.row(n_class, pairs[0], f"{our_time:.3f}", times, pairs[1], f"{our_memory:.1f}", memories)


def compare(bench: Bench) -> None:
    """Relation scores and training steps, against building pairs."""
    width, hidden, classes = bench.size((2048, 1200, (50, 100, 1000, 10_000)), (32, 16, (50, 100)))
    n_scored, n_trained = bench.size((512, 128), (64, 64))
    kernels = _kernels(bench, hidden)
    print(
        f"{width} features, {hidden} hidden units, float32. Scores are of {n_scored} samples; a step of training takes "
        f"the gradients of all weights and classes, for {n_trained}. Pairs are built for as many samples as fit into "
        "80 MB, one or more, and their time is scaled. Operations are those of the two products, and per pair and "
        "hidden unit 4 for scores (addition, maximum, multiplication, addition) and 12 with gradients. The limit holds "
        "them against the rate of a product of matrices, which no maximum reaches: PyTorch takes a block's maximum in "
        f"the cache, and then its product with a vector, for {amount(kernels, 'units/s')}, or 4 times as many "
        f"operations, {100 * 4 * kernels / bench.machine.products['float32', bench.threads]:.0f} % of that limit.\n"
    )
    table = bench.ratios(task=(), classes=())
    for task, n_query, per_unit in (("scores", n_scored, 4), ("training step", n_trained, 12)):
        for n_class in classes:
            ours, pairs, n_fitting = _calls(n_query, n_class, width, hidden, training=task != "scores")
            products = 2 * (n_query + n_class) * width * hidden * (1 if task == "scores" else 2)
            moved = 4 * (n_query * n_class + (n_query + n_class) * (width + hidden) + 2 * width * hidden)
            work = Work(products + per_unit * n_query * n_class * hidden, moved)
            scale = {"pairs": n_query / n_fitting}
            table.row(task, n_class, ours=ours, others={"pairs": pairs}, work=work, scale=scale)


def _kernels(bench: Bench, hidden: int) -> float:
    """Hidden units per second of a maximum and a product with a vector, in one block over and over."""
    pairs = BLOCK_BYTES // (4 * hidden)
    block, row, weight = torch.ones(pairs, hidden), torch.zeros(hidden), torch.ones(hidden)
    memory = torch.empty_like(block)
    taken = bench.turns({"block": lambda: torch.maximum(block, row, out=memory) @ weight})
    return block.numel() / taken.median("block")


def _calls(
    n_query: int, n_class: int, width: int, hidden: int, *, training: bool
) -> tuple[Callable[[], object], Callable[[], object], int]:
    """Our form, the one that builds pairs, and for how many samples."""
    generator = torch.Generator().manual_seed(0)
    shapes = (n_query, width), (n_class, width), (hidden, width), (hidden, width), (hidden,), (hidden,)
    queries, classes, left, right, bias, out = (torch.randn(shape, generator=generator) for shape in shapes)
    weights = classes, left, right, bias, out
    n_fitting = min(n_query, max(1, int(8e7 / (n_class * 2 * width * 4))))

    def finish(scores: torch.Tensor) -> object:
        return torch.autograd.grad(scores.square().mean(), weights) if training else scores

    def ours() -> object:
        with torch.set_grad_enabled(training):
            return finish(relation_scores(queries @ left.T, classes @ right.T + bias, out))

    def pairs() -> object:
        with torch.set_grad_enabled(training):
            return finish(relation_scores_pairwise(queries[:n_fitting], classes, left, right, bias, out))

    for weight in weights:
        weight.requires_grad_(training)
    return ours, pairs, n_fitting


if __name__ == "__main__":
    run(main)
