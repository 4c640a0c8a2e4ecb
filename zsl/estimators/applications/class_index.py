"""Very many classes: a shortlist from an index, and the exact scores of those on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from zsl._arguments import as_random_state
from zsl._device import plain_torch
from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import changes, lock_of, snapshot
from zsl.estimators._described_classes import SeparateClassesClassifier
from zsl.estimators._parameters import check_number, check_whole
from zsl.estimators._state import check_together
from zsl.estimators.applications._shortlist import Shortlist
from zsl.estimators.saving.applications import SavedWithEstimator
from zsl.evaluation._fitted import open_fitted
from zsl.exceptions import InvalidInputError

_RANKS, _N_PROBE = 10, 32


class ClassIndex(SavedWithEstimator, BaseEstimator):
    """Find the best of very many classes without comparing a sample with each of them.

    Classes are listed in an inverted file: clusters of represented classes, of which the few nearest to a sample are
    searched (H. Jégou, M. Douze and C. Schmid, "Product Quantization for Nearest Neighbor Search", 2011, DOI
    10.1109/TPAMI.2010.57; here without quantization, by faiss). The nearest ones then get the estimator's own
    calibrated scores, so that what is found has the score that the estimator gives it; what can go wrong is that a
    class isn't on the shortlist, and `recall` measures how often that happens. Up to 2048 seen classes are on every
    shortlist, since calibrated stacking sets their scores apart from those of unseen ones.

    Classes that were added, changed or removed since are taken over at the next query; the clusters
    stay those of `fit`. Needs the extra ``zslearn[ann]``.

    Parameters
    ----------
    estimator : estimator
        A fitted zero-shot estimator that represents each class on its own, as all do except
        `FeatureGeneratingClassifier` and those with a gate, or a pipeline or search that ends in one. It is used as it
        is, and not changed.
    n_candidates : int, default=100
        Listed classes on the shortlist of a sample.
    n_lists : int or "auto", default="auto"
        Clusters. "auto" stands for four times the root of the number of listed classes, or one per 40 classes if that
        is fewer.
    n_probe : int or "auto", default="auto"
        Clusters searched for a sample. "auto" takes the least power of two whose recall of the best ten on the samples
        given to `fit` is `target_recall`; without samples 32. All clusters if there are fewer.
    target_recall : float in (0, 1], default=0.99
        See `n_probe`.
    random_state : int, RandomState or None, default=0
        An integer makes the clusters reproducible.

    Attributes
    ----------
    n_lists_, n_probe_ : int
        Clusters, and how many are searched.
    recall_ : float
        Recall of the best ten on the samples given to `fit`; NaN without any.

    Examples
    --------
    >>> from zsl import ClassIndex, RidgePrototypeClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> index = ClassIndex(clf).fit()  # doctest: +SKIP
    >>> labels, scores = index.top_classes(split.X_test_unseen, k=2)  # doctest: +SKIP
    """

    _state: ClassVar[Mapping[str, Any]] = {
        "n_lists_": int,
        "n_probe_": int,
        "recall_": float | None,
        "clusters": NDArray[np.float32] | None,
    }

    def __init__(
        self,
        estimator: Any,
        *,
        n_candidates: int = 100,
        n_lists: int | str = "auto",
        n_probe: int | str = "auto",
        target_recall: float = 0.99,
        random_state: int | RandomState | None = 0,
    ) -> None:
        self.estimator = estimator
        self.n_candidates = n_candidates
        self.n_lists = n_lists
        self.n_probe = n_probe
        self.target_recall = target_recall
        self.random_state = random_state

    @changes
    def fit(self, X: ArrayLike | None = None, y: Any = None) -> Self:
        """List the classes of the estimator.

        Parameters
        ----------
        X : array of shape (n_samples, n_features) or None, default=None
            Samples without labels, as the estimator takes them, on which recall is measured and `n_probe` chosen.
        y : ignored
            Not used.

        Returns
        -------
        self
            The index. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, the estimator isn't one that represents each class on its own, or `X`
            doesn't fit it.
        MissingExtraError
            If faiss isn't installed.
        """
        self._check_parameters()
        own, samples = self._opened(X)
        seed = int(as_random_state(self.random_state).randint(2**31 - 1))
        shortlist = Shortlist.of(own, None if self.n_lists == "auto" else int(self.n_lists), seed)
        n_probe = min(_N_PROBE if self.n_probe == "auto" else int(self.n_probe), shortlist.n_lists)
        recall = float("nan")
        if samples is not None:
            exact = own._top(samples, own._asked(None), _RANKS)[1].numpy()
            tried = (
                [2**power for power in range(shortlist.n_lists.bit_length())] if self.n_probe == "auto" else [n_probe]
            )
            for n_probe in tried:
                found = shortlist.top(own, samples, _RANKS, max(_RANKS, self.n_candidates), n_probe)[0]
                recall = _share(exact, found)
                if recall >= self.target_recall:
                    break
        self._shortlist, self.n_lists_, self.n_probe_, self.recall_ = shortlist, shortlist.n_lists, n_probe, recall
        return self

    def top_classes(self, X: ArrayLike, *, k: int = 5) -> tuple[LabelArray, FloatArray]:
        """Find the best classes of each sample, among those on its shortlist.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        k : int, default=5
            How many classes, at most `n_candidates`; all if there are fewer.

        Returns
        -------
        labels : array of shape (n_samples, k)
            The best classes, the best first.
        scores : array of shape (n_samples, k)
            Their calibrated scores, as from the estimator's own `top_classes`.

        Raises
        ------
        InvalidInputError
            If `k` isn't a whole number from 1 to `n_candidates`.
        """
        self._check_asked(k)
        with plain_torch():
            own, samples = self._opened(X)
            columns, scores = self._found(own, samples, k)
        return own.classes_[columns], scores

    @documented_like(top_classes)
    def predict(self, X: ArrayLike) -> LabelArray:
        """Predict the class of each sample, among those on its shortlist.

        Returns
        -------
        array of shape (n_samples,)
            Labels.
        """
        return self.top_classes(X, k=1)[0][:, 0]

    @documented_like(top_classes)
    def recall(self, X: ArrayLike, *, k: int = 10) -> float:
        """Measure how many of the best classes are found.

        Returns
        -------
        float
            Share, in [0, 1], of the estimator's `top_classes` that are among those found here, over all samples.
        """
        self._check_asked(k)
        with plain_torch():
            own, samples = self._opened(X)
            found = self._found(own, samples, k)[0]
            return _share(own._top(samples, own._asked(None), k)[1].numpy(), found)

    def _parts(self) -> dict[str, Any]:
        shortlist = self._shortlist
        clusters = None if shortlist.file is None else shortlist.file.clusters()
        recall = None if np.isnan(self.recall_) else self.recall_
        return {"n_lists_": self.n_lists_, "n_probe_": self.n_probe_, "recall_": recall, "clusters": clusters}

    def _take_parts(self, parts: dict[str, Any]) -> None:
        clusters, n_lists = parts.pop("clusters"), parts["n_lists_"]
        super()._take_parts(parts)
        self.recall_ = float("nan") if self.recall_ is None else self.recall_
        check_together(1 <= self.n_probe_ <= n_lists, f"{self.n_probe_} of {n_lists} clusters are searched")
        self._shortlist = Shortlist.stored(self._opened(None)[0], clusters, n_lists)

    def _check_parts(self) -> None:
        self._check_parameters()

    def _check_asked(self, k: int) -> None:
        check_is_fitted(self, "n_lists_")
        check_whole("k", k)
        if k > self.n_candidates:
            raise InvalidInputError(f"k={k} and n_candidates={self.n_candidates}; wanted as many candidates or more.")

    def _found(self, own: Any, samples: Any, k: int) -> tuple[NDArray[np.intp], FloatArray]:
        """Columns and calibrated scores of the best classes on the shortlists of checked samples."""
        with lock_of(self):
            self._shortlist, n_probe = self._shortlist.refreshed(own), self.n_probe_
            shortlist = self._shortlist
        return shortlist.top(own, samples, int(k), int(self.n_candidates), n_probe)

    def _opened(self, X: ArrayLike | None) -> tuple[Any, Any]:
        """The estimator as it is now, and samples as it takes them."""
        fitted = open_fitted(self.estimator)
        own: Any = snapshot(fitted.estimator)
        if not isinstance(own, SeparateClassesClassifier) or not own._adds_bias():
            raise InvalidInputError(
                f"estimator is a {type(own).__name__}, which doesn't represent each class on its own; "
                "wanted a zero-shot estimator that has no gate and generates nothing."
            )
        return own, None if X is None else own._check_samples(fitted.transform(X))

    def _check_parameters(self) -> None:
        check_whole("n_candidates", self.n_candidates)
        for name in ("n_lists", "n_probe"):
            if getattr(self, name) != "auto":
                check_whole(name, getattr(self, name))
        check_number("target_recall", self.target_recall, above=0, most=1)


def _share(exact: NDArray[np.intp], found: NDArray[np.intp]) -> float:
    """How many of the columns of each row are found, over all rows."""
    return float((exact[:, :, None] == found[:, None, :]).any(axis=2).mean())
