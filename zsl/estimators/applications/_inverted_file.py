"""An inverted file of vectors that are looked up by inner product, from faiss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.exceptions import MissingExtraError

_POINTS_A_LIST, _ROUNDS = 64, 10


class InvertedFile:
    """Clusters of vectors, in which the nearest few to a probe are looked through.

    Parameters
    ----------
    vectors : array of shape (C, d)
        Vectors to learn the clusters from; `filled` lists these or others.
    n_lists : int
        Clusters, at most C.
    seed : int
        For the sample that is learned from, and the start.
    """

    def __init__(self, vectors: NDArray[np.float32], n_lists: int, seed: int) -> None:
        faiss = _faiss()
        width = vectors.shape[1]
        self._index: Any = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, n_lists, faiss.METRIC_INNER_PRODUCT)
        self._index.cp.seed, self._index.cp.niter = seed, _ROUNDS
        self._index.cp.min_points_per_centroid, self._index.cp.max_points_per_centroid = 1, _POINTS_A_LIST
        self._index.train(vectors)
        self._clusters: Any = self._index  # faiss doesn't keep what owns the clusters alive

    @classmethod
    def of(cls, clusters: NDArray[np.float32]) -> InvertedFile:
        """An empty file of known clusters."""
        faiss = _faiss()
        found = object.__new__(cls)
        found._clusters = faiss.IndexFlatIP(clusters.shape[1])
        found._clusters.add(np.ascontiguousarray(clusters))
        found._index = faiss.IndexIVFFlat(found._clusters, clusters.shape[1], len(clusters), faiss.METRIC_INNER_PRODUCT)
        return found

    def clusters(self) -> NDArray[np.float32]:
        """The middle of each cluster, (n_lists, d)."""
        found: NDArray[np.float32] = self._index.quantizer.reconstruct_n(0, self._index.nlist)
        return found

    def filled(self, vectors: NDArray[np.float32]) -> InvertedFile:
        """Another file of the same clusters that lists these vectors, by their row numbers."""
        import faiss

        found = object.__new__(InvertedFile)
        own = self._index
        found._index = faiss.IndexIVFFlat(own.quantizer, own.d, own.nlist, own.metric_type)
        found._index.add(vectors)
        found._clusters = self._clusters
        return found

    def search(self, probes: NDArray[np.float32], k: int, n_probe: int) -> NDArray[np.int64]:
        """Rows of largest inner product, (n, k), found in `n_probe` clusters; -1 where these hold fewer."""
        import faiss

        options = faiss.SearchParametersIVF()
        options.nprobe = n_probe
        found: NDArray[np.int64] = self._index.search(probes, k, params=options)[1]
        return found

    def __getstate__(self) -> dict[str, Any]:
        import faiss

        return {"index": faiss.serialize_index(self._index)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        import faiss

        self._index = faiss.deserialize_index(state["index"])
        self._clusters = self._index


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError("ClassIndex needs faiss: pip install 'zslearn[ann]'.") from error
    return faiss
