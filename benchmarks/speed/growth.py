"""How fits and predictions grow with samples, classes, features, hidden units and shots.

    python -m benchmarks --only growth

One size at a time takes four values, the others stay; the exponent is the slope of the logarithm of the median seconds
over that of the size. What the count of operations says is the exponent of the leading term at these sizes: a fit by
moments takes N·d², a score N·C·d.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks._harness import Bench, Table, amount, estimator, slope
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation.episodes import method_accuracies
from zsl.functional.scores.relation import relation_scores
from zsl.methods.metric.prototypical import PrototypicalNetwork

ATTRIBUTES = 32


def fitting(n: int, c: int, d: int) -> Callable[[], Any]:
    """A fit of ridge prototypes, everything chosen."""
    rng = np.random.default_rng(0)
    table, y = rng.normal(size=(c, ATTRIBUTES)), np.arange(n) % c
    X = (table @ rng.normal(size=(ATTRIBUTES, d)))[y] + rng.normal(size=(n, d))
    return lambda: estimator("RidgePrototype", semantics=dict(enumerate(table))).fit(X, y)


def predicting(n: int, c: int, d: int) -> Callable[[], Any]:
    """Labels of N samples among C classes."""
    fitted = fitting(2 * c, c, d)()
    X = np.random.default_rng(1).normal(size=(n, d))
    return lambda: fitted.predict(X)


def relating(n: int, c: int, h: int) -> Callable[[], Any]:
    """Relation scores of N samples and C classes with h hidden units."""
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(shape, generator=generator) for shape in ((n, h), (c, h), (h,))]
    return lambda: relation_scores(*inputs)


def episodes(k: int, d: int) -> Callable[[], Any]:
    """A hundred 5-way episodes of frozen features with K shots."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(20).repeat_interleave(120)
    features = torch.randn(len(labels), d, generator=generator)
    sampler = FewShotSampler(labels, n_way=5, n_shot=k, n_query=15, generator=generator)
    return lambda: method_accuracies(PrototypicalNetwork(None).eval(), features, sampler, 100)


Case = tuple[Callable[..., Callable[[], Any]], dict[str, int], str, tuple[int, ...], str]
CASES: dict[str, tuple[Case, ...]] = {
    "fit of ridge prototypes": (
        (fitting, {"c": 40, "d": 256}, "n", (4000, 8000, 16_000, 32_000), "1"),
        (fitting, {"n": 8000, "d": 256}, "c", (25, 50, 100, 200), "0 to 1"),
        (fitting, {"n": 8000, "c": 40}, "d", (128, 256, 512, 1024), "1 (reading) to 2 (moments)"),
    ),
    "prediction": (
        (predicting, {"c": 100, "d": 256}, "n", (2000, 4000, 8000, 16_000), "1"),
        (predicting, {"n": 2000, "d": 256}, "c", (100, 200, 400, 800), "0 to 1"),
        (predicting, {"n": 4000, "c": 100}, "d", (128, 256, 512, 1024), "1"),
    ),
    "relation scores": (
        (relating, {"c": 100, "h": 256}, "n", (500, 1000, 2000, 4000), "1"),
        (relating, {"n": 1000, "h": 256}, "c", (50, 100, 200, 400), "1"),
        (relating, {"n": 1000, "c": 100}, "h", (128, 256, 512, 1024), "1"),
    ),
    "100 episodes": ((episodes, {"d": 640}, "k", (5, 10, 20, 40), "0 to 1 (15 queries per class beside)"),),
}


def compare(bench: Bench) -> None:
    """Growth with N samples, C classes, d features, h hidden units and K shots."""
    rows = Table("sizes", "seconds", "exponent", "by the count", what=(), grows=())
    for what, cases in CASES.items():
        for make, fixed, name, sizes, expected in cases[: bench.size(None, 1)]:
            sizes = bench.size(sizes, tuple(size // 5 for size in sizes[:3]))
            taken = bench.turns({str(size): make(**fixed, **{name: size}) for size in sizes})
            seconds = [taken.median(str(size)) for size in sizes]
            shown = ", ".join(amount(value, "s") for value in seconds)
            rows.row(what, name, ", ".join(map(str, sizes)), shown, f"{slope(sizes, seconds):.2f}", expected)
