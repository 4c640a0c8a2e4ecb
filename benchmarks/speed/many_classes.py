"""Very many described classes: exact top-10 in bounded memory, and a shortlist with exact scores.

    python -m benchmarks.speed.many_classes [--classes 100000] [--queries 1000] [--width 512] [--methods RidgePrototype]
        [--attributes 64] [--precisions double half]

An estimator is fitted on 80 seen classes; then classes that have nothing but semantics are added, and samples are drawn
around unseen classes. Semantic vectors come from a tree of concepts, since descriptions of very many classes lie near
each other as kinds of the same things do: 300 kinds of 64 numbers, and classes at half the distance of the kinds from
each other. Images are a fixed nonlinear map of such vectors, with noise. Ratios are of one run. With several precisions
of the class table, the best ten are compared with those of the first; memory at most is that of all so far.
"""

import numpy as np

from benchmarks._harness import estimator, peak_memory, run, timed
from zsl import ClassIndex, Semantics

METHODS, PRECISIONS = ["RidgePrototype"], ["double"]
N_KINDS, N_SEEN, N_TRAIN = 300, 80, 4000


class World:
    """Concepts in a tree, and images of them."""

    def __init__(self, width: int, n_attributes: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.kinds = rng.normal(size=(N_KINDS, n_attributes))
        self.maps = rng.normal(size=(n_attributes, 128)) / n_attributes**0.5, rng.normal(size=(128, width)) / 128**0.5

    def concepts(self, n: int) -> np.ndarray:
        """Semantic vectors of classes."""
        return self.kinds[self.rng.integers(N_KINDS, size=n)] + 0.5 * self.rng.normal(size=(n, self.kinds.shape[1]))

    def images(self, concepts: np.ndarray) -> np.ndarray:
        """One image of each."""
        clean = np.maximum(concepts @ self.maps[0], 0) @ self.maps[1]
        return (clean + 0.3 * clean.std() * self.rng.normal(size=clean.shape)).astype(np.float32)


def measure(
    name: str, n_classes: int, n_queries: int, width: int, n_candidates: int, n_attributes: int, precision: str
) -> np.ndarray:
    """Print a paragraph, and return the best ten."""
    world = World(width, n_attributes, np.random.default_rng(0))
    seen, described = world.concepts(N_SEEN), world.concepts(n_classes)
    labels = np.arange(N_SEEN + n_classes)
    y = np.arange(N_TRAIN) % N_SEEN
    clf = estimator(name, semantics=Semantics(seen, classes=labels[:N_SEEN], precision=precision))
    clf.fit(world.images(seen[y]), y)
    queries, tuning = (world.images(described[world.rng.integers(n_classes, size=n_queries)]) for _ in "ab")
    before = peak_memory()
    rows = Semantics(described, classes=labels[N_SEEN:], precision=precision)
    _, added = timed(lambda: clf.add_classes(semantics=rows))
    (exact, _), first = timed(lambda: clf.top_classes(queries, k=10))
    _, again = timed(lambda: clf.top_classes(queries, k=10))
    exact_peak = peak_memory()
    alone = min(timed(lambda: clf.top_classes(queries[:1], k=10))[1] for _ in range(5))
    kept = sum(rows.size(len(clf.classes_)) for rows in clf._represented.prepared._many.values())
    index, built = timed(lambda: ClassIndex(clf, n_candidates=n_candidates).fit(tuning))
    index.top_classes(queries[:1])
    (short, _), quick = timed(lambda: index.top_classes(queries, k=10))
    recall = float((exact[:, :, None] == short[:, None, :]).any(axis=2).mean())
    more = dict(zip(range(len(labels), len(labels) + 10), world.concepts(10), strict=True))
    _, few = timed(lambda: clf.add_classes(semantics=more))
    _, after = timed(lambda: clf.top_classes(queries[:1], k=10))
    print(
        f"{name}: {n_classes} classes × {n_queries} images × {width}\n"
        f"  class table of {n_attributes} columns in {precision} precision: "
        f"{clf._classes.semantics.nbytes / 2**20:.0f} MB, represented {kept / 2**20:.0f} MB\n"
        f"  add all {added:.2f} s; exact top-10 {first:.2f} s with, {again:.2f} s without representing the classes\n"
        f"  memory at most {exact_peak:.0f} MB, of which {before:.0f} before classes were added; "
        f"a table of all scores alone is {n_classes * n_queries * 8 / 2**20:.0f} MB\n"
        f"  exact top-10 of one image {alone:.4f} s\n"
        f"  shortlist {quick:.3f} s, {again / quick:.1f} times as fast, recall {recall:.4f} "
        f"(tuned on other images: {index.recall_:.4f}); {index.n_probe_} of {index.n_lists_} lists; "
        f"index and tuning {built:.1f} s\n"
        f"  add 10 more {few:.2f} s, next prediction of one image {after:.2f} s",
        flush=True,
    )
    return exact


def main(
    classes: int = 100_000,
    queries: int = 1000,
    width: int = 512,
    candidates: int = 100,
    attributes: int = 64,
    methods: list[str] = METHODS,
    precisions: list[str] = PRECISIONS,
) -> None:
    """Print a paragraph per method and precision."""
    for name in methods:
        first = None
        for precision in precisions:
            found = measure(name, classes, queries, width, candidates, attributes, precision)
            if first is None:
                first = found
                continue
            alike = float((first[:, :, None] == found[:, None, :]).any(axis=2).mean())
            print(
                f"  {alike:.4f} of the best ten are those of {precisions[0]} precision, and "
                f"{float((first[:, 0] == found[:, 0]).mean()):.4f} of the best",
                flush=True,
            )


if __name__ == "__main__":
    run(main)
