"""The ten best of many vectors per query, against a flat index of faiss.

    python -m benchmarks --only top_k

Both get the same vectors of length 1 in float32 and give the ten largest inner products with their positions. Ours
takes blocks of vectors, and of equal scores the first ones. Retrieval is `ZeroShotRetriever.search` by classes that an
estimator knows, which scores as that estimator does; faiss gets as many vectors of the same width.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks._harness import Bench, Work, estimator, using_threads
from zsl import ZeroShotRetriever
from zsl.functional.scores.top_k import merged_top_k

BLOCK, K = 8192, 10


def best(queries: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Values and positions of the ten best, block by block."""

    def blocks() -> Iterator[tuple[Tensor, int]]:
        for start in range(0, len(vectors), BLOCK):
            yield queries @ vectors[start : start + BLOCK].T, start

    return merged_top_k(blocks(), K)


def compare(bench: Bench) -> None:
    """Top-10 of many vectors and retrieval, against faiss IndexFlatIP."""
    n, width, counts = bench.size((100_000, 384, (1, 100, 1000)), (2000, 16, (1, 10)))
    generator = torch.Generator().manual_seed(0)
    vectors = normalize(torch.randn(n, width, generator=generator))
    flat = None if bench.missing("faiss", "pip install faiss-cpu") else _flat(vectors)
    print(f"{n} vectors of {width} numbers; operations are those of the product, bytes those of vectors and queries.\n")
    table = bench.ratios(queries=(), threads=())
    for threads in sorted({1, bench.threads}):
        for n_query in counts:
            queries = normalize(torch.randn(n_query, width, generator=generator))
            others = {} if flat is None else {"faiss": lambda queries=queries: flat(queries)}
            work = Work(2 * n_query * n * width, 4 * width * (n + n_query))
            with using_threads(threads), torch.inference_mode():
                taken = table.row(
                    n_query,
                    threads,
                    ours=lambda queries=queries: best(queries, vectors),
                    others=others,
                    work=work,
                    threads=threads,
                )
            if flat is not None:
                same = (taken.found["ours"][1].numpy() == taken.found["faiss"]).mean()
                assert same > 0.999, f"only {same:.4f} of the positions are those of faiss"
    _retrieval(bench, vectors, flat, counts[1])


def _retrieval(bench: Bench, vectors: Tensor, flat: Callable[[Tensor], object] | None, n_class: int) -> None:
    """Print a row for a search by classes in a gallery of the same vectors."""
    n, width = vectors.shape
    described = normalize(torch.randn(n_class, width, generator=torch.Generator().manual_seed(1))).numpy()
    y = torch.arange(4 * n_class).numpy() % n_class
    fitted = estimator("RidgePrototype", semantics=dict(enumerate(described)), cv=None).fit(described[y], y)
    retriever, queries = ZeroShotRetriever(fitted).fit(vectors.numpy()), torch.from_numpy(described)
    print(f"\nA search by {n_class} classes in a gallery of these vectors; operations are those of the product.\n")
    others = {} if flat is None else {"faiss": lambda: flat(queries)}
    work = Work(2 * n_class * n * width, 4 * width * (n + n_class))
    table = bench.ratios(search=())
    table.row("ZeroShotRetriever", ours=lambda: retriever.search(fitted.classes_, k=K), others=others, work=work)


def _flat(vectors: Tensor) -> Callable[[Tensor], object]:
    """Positions of the ten best by faiss."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors.numpy())
    return lambda queries: index.search(queries.numpy(), K)[1]
