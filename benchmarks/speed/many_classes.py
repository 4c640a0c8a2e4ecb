"""Very many described classes: exact top-10 in bounded memory, and a shortlist with exact scores.

    python -m benchmarks.speed.many_classes [--classes 100000] [--queries 1000] [--width 512] [--methods RidgePrototype]

An estimator is fitted on 80 seen classes; then classes that have nothing but semantics are added, and samples are drawn
around unseen classes. Semantic vectors come from a tree of concepts, since descriptions of very many classes lie near
each other as kinds of the same things do: 300 kinds of 64 numbers, and classes at half the distance of the kinds from
each other. Images are a fixed nonlinear map of such vectors, with noise. Ratios are of one run.
"""

import numpy as np

from benchmarks._harness import estimator, peak_memory, run, timed
from zsl import ClassIndex

METHODS = ["RidgePrototype"]
N_ATTRIBUTES, N_KINDS, N_SEEN, N_TRAIN = 64, 300, 80, 4000


class World:
    """Concepts in a tree, and images of them."""

    def __init__(self, width: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.kinds = rng.normal(size=(N_KINDS, N_ATTRIBUTES))
        self.maps = rng.normal(size=(N_ATTRIBUTES, 128)) / 8, rng.normal(size=(128, width)) / 128**0.5

    def concepts(self, n: int) -> np.ndarray:
        """Semantic vectors of classes."""
        return self.kinds[self.rng.integers(N_KINDS, size=n)] + 0.5 * self.rng.normal(size=(n, N_ATTRIBUTES))

    def images(self, concepts: np.ndarray) -> np.ndarray:
        """One image of each."""
        clean = np.maximum(concepts @ self.maps[0], 0) @ self.maps[1]
        return (clean + 0.3 * clean.std() * self.rng.normal(size=clean.shape)).astype(np.float32)


def measure(name: str, n_classes: int, n_queries: int, width: int, n_candidates: int) -> None:
    """Print a paragraph."""
    world = World(width, np.random.default_rng(0))
    seen, described = world.concepts(N_SEEN), world.concepts(n_classes)
    labels = np.arange(N_SEEN + n_classes)
    y = np.arange(N_TRAIN) % N_SEEN
    clf = estimator(name, semantics=dict(zip(labels[:N_SEEN], seen, strict=True)))
    clf.fit(world.images(seen[y]), y)
    queries, tuning = (world.images(described[world.rng.integers(n_classes, size=n_queries)]) for _ in "ab")
    before = peak_memory()
    rows = dict(zip(labels[N_SEEN:], described, strict=True))
    _, added = timed(lambda: clf.add_classes(semantics=rows))
    (exact, _), first = timed(lambda: clf.top_classes(queries, k=10))
    _, again = timed(lambda: clf.top_classes(queries, k=10))
    exact_peak = peak_memory()
    index, built = timed(lambda: ClassIndex(clf, n_candidates=n_candidates).fit(tuning))
    index.top_classes(queries[:1])
    (short, _), quick = timed(lambda: index.top_classes(queries, k=10))
    recall = float((exact[:, :, None] == short[:, None, :]).any(axis=2).mean())
    more = dict(zip(range(len(labels), len(labels) + 10), world.concepts(10), strict=True))
    _, few = timed(lambda: clf.add_classes(semantics=more))
    _, after = timed(lambda: clf.top_classes(queries[:1], k=10))
    print(
        f"{name}: {n_classes} classes × {n_queries} images × {width}\n"
        f"  add all {added:.2f} s; exact top-10 {first:.2f} s with, {again:.2f} s without representing the classes\n"
        f"  memory at most {exact_peak:.0f} MB, of which {before:.0f} before classes were added; "
        f"a table of all scores alone is {n_classes * n_queries * 8 / 2**20:.0f} MB\n"
        f"  shortlist {quick:.3f} s, {again / quick:.1f} times as fast, recall {recall:.4f} "
        f"(tuned on other images: {index.recall_:.4f}); {index.n_probe_} of {index.n_lists_} lists; "
        f"index and tuning {built:.1f} s\n"
        f"  add 10 more {few:.2f} s, next prediction of one image {after:.2f} s",
        flush=True,
    )


def main(
    classes: int = 100_000, queries: int = 1000, width: int = 512, candidates: int = 100, methods: list[str] = METHODS
) -> None:
    """Print a paragraph per method."""
    for name in methods:
        measure(name, classes, queries, width, candidates)


if __name__ == "__main__":
    run(main)
