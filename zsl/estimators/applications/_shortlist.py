"""Shortlists of very many represented classes, and the exact scores of those on them."""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._described_classes import SeparateClassesClassifier
from zsl.estimators._state import check_together
from zsl.estimators.applications._inverted_file import InvertedFile
from zsl.functional.scores.distances import as_listed, as_probes

MOST_SEEN = 2048
"""Seen classes up to this many are compared with each sample; more of them are listed as unseen ones are."""


class Shortlist:
    """The classes of an estimator, as a value: some always compared, and the others in an inverted file.

    Parameters
    ----------
    classes : ClassRegistry
        All of them.
    file : InvertedFile or None
        Lists those that aren't always compared, in their order; None if there are none.
    n_lists : int
        Its number of lists.
    """

    def __init__(self, classes: ClassRegistry, file: InvertedFile | None, n_lists: int) -> None:
        self.file, self.n_lists, self._classes = file, n_lists, classes
        listed = _listed(classes)
        self._columns, self._always = np.flatnonzero(listed), np.flatnonzero(~listed)

    @classmethod
    def of(cls, own: SeparateClassesClassifier, n_lists: int | None, seed: int) -> Self:
        """List the classes of an estimator."""
        classes = own._asked(None)
        vectors = _vectors(own, classes)
        n = len(vectors)
        if n_lists is None:
            n_lists = max(1, min(int(4 * n**0.5), n // 40))
        n_lists = max(1, min(n_lists, n))
        file = None
        if n:
            file = InvertedFile(vectors, n_lists, seed).filled(vectors)
        return cls(classes, file, n_lists)

    @classmethod
    def stored(cls, own: SeparateClassesClassifier, clusters: NDArray[np.float32] | None, n_lists: int) -> Self:
        """List the classes of an estimator in clusters that were stored, or refuse these."""
        classes = own._asked(None)
        vectors, file = _vectors(own, classes), None
        if clusters is not None:
            check_together(clusters.shape == (n_lists, vectors.shape[1]), f"its clusters have shape {clusters.shape}")
            file = InvertedFile.of(clusters).filled(vectors)
        check_together(file is not None or not len(vectors), "its classes are in no cluster")
        return cls(classes, file, n_lists)

    def refreshed(self, own: SeparateClassesClassifier) -> Shortlist:
        """The classes of the estimator as they are now, in the same clusters."""
        classes = own._asked(None)
        if classes is self._classes:
            return self
        vectors, file = _vectors(own, classes), self.file
        if file is None and len(vectors):
            file = InvertedFile(vectors, 1, 0)
        return Shortlist(classes, None if file is None else file.filled(vectors), self.n_lists)

    def top(
        self, own: SeparateClassesClassifier, samples: FloatArray, k: int, n_candidates: int, n_probe: int
    ) -> tuple[NDArray[np.intp], FloatArray]:
        """Columns and calibrated scores, (n, k), of the best classes on the shortlist of each sample."""
        embedded, bias = own._embed(samples), own._bias(self._classes)
        k = min(k, len(self._classes))
        always = self._always
        # What every sample is compared with is compared at once.
        same = own._match(embedded, own._rows(self._classes, always)) if len(always) else np.zeros((len(samples), 0))
        found = self._search(own, embedded, n_candidates, n_probe)
        needed = min(k - len(always), len(self._columns))
        columns, scores = np.empty((len(samples), k), dtype=np.intp), np.empty((len(samples), k))
        for number, row in enumerate(found):
            near = row[row >= 0]
            if len(near) < needed:  # the clusters looked through hold too few
                near = self._search(own, embedded[number : number + 1], n_candidates, self.n_lists)[0]
            listed = self._columns[near]
            own_scores = own._match(embedded[number : number + 1], own._rows(self._classes, listed))[0]
            among, values = np.concatenate([always, listed]), np.concatenate([same[number], own_scores])
            values = values + bias[among]
            order = np.lexsort([among, -values])[:k]
            columns[number], scores[number] = among[order], values[order]
        return columns, scores

    def _search(
        self, own: SeparateClassesClassifier, embedded: FloatArray, n_candidates: int, n_probe: int
    ) -> NDArray[np.int64]:
        if self.file is None or not len(self._columns):
            return np.zeros((len(embedded), 0), dtype=np.int64)
        probes = as_probes(own._probes(embedded), own._measure()).float().numpy()
        return self.file.search(probes, min(n_candidates, len(self._columns)), n_probe)


def _listed(classes: ClassRegistry) -> NDArray[np.bool_]:
    """Which classes are listed."""
    return ~classes.seen if classes.seen.sum() <= MOST_SEEN else np.ones(len(classes), dtype=bool)


def _vectors(own: SeparateClassesClassifier, classes: ClassRegistry) -> NDArray[np.float32]:
    """Vectors of the listed classes, in single precision."""
    listed = _listed(classes)
    parts = [
        as_listed(rows[torch.as_tensor(listed[cut])], own._measure()).float()
        for cut, rows in own._represented.blocks(classes, own._represent)
    ]
    vectors: NDArray[np.float32] = torch.cat(parts).contiguous().numpy()
    return vectors
