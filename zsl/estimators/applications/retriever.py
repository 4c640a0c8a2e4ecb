"""Retrieval of samples of classes that were never labelled: by class, by description, or by example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import changes, reads, snapshot
from zsl.estimators._described_classes import DescribedClassesClassifier
from zsl.estimators._parameters import check_whole
from zsl.estimators._state import check_finite, check_together
from zsl.estimators.saving.applications import SavedWithEstimator
from zsl.evaluation._fitted import Fitted, open_fitted
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.top_k import top_k


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best samples for each of some queries.

    Parameters
    ----------
    queries : array of shape (query,)
        Labels of the queries.
    indices : int array of shape (query, k)
        Places of the samples in the gallery, the best first; of equal scores the first in the gallery.
    scores : array of shape (query, k)
        Their scores, falling.
    """

    queries: LabelArray
    indices: NDArray[np.intp]
    scores: FloatArray


class ZeroShotRetriever(SavedWithEstimator, BaseEstimator):
    """Rank the samples of a gallery for a class, a description or examples, and classes for a sample.

    Everything goes through the relation that the estimator learned: a description is mapped as the class table was,
    examples are embedded as samples are, and both may stand for a query together. So a sentence, a sketch or a photo is
    the same kind of query. Samples are embedded once, in `fit`.

    Parameters
    ----------
    estimator : estimator
        A fitted zero-shot estimator, or a pipeline or search that ends in one. It is used as it is, and not changed.

    Attributes
    ----------
    n_samples_ : int
        Size of the gallery.

    Examples
    --------
    >>> from zsl import RidgePrototypeClassifier, ZeroShotRetriever, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> retriever = ZeroShotRetriever(clf).fit(split.X_test_unseen)
    >>> found = retriever.search([7], k=5)  # no sample of a 7 was ever labelled
    >>> split.y_test_unseen[found.indices[0]]
    array([7, 7, 7, 7, 7])
    """

    _state: ClassVar[Mapping[str, Any]] = {"_gallery": NDArray[np.floating[Any]], "n_samples_": int}

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    @changes
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Take samples as the gallery.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            The samples, as the estimator takes them.
        y : ignored
            Not used.

        Returns
        -------
        self
            The retriever. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If the estimator isn't a zero-shot estimator, or scores classes only beside each other, as a
            `FeatureGeneratingClassifier` does; or `X` is empty or doesn't fit the estimator.
        """
        fitted = self._fitted()
        own: Any = fitted.estimator
        gallery = own._embed(own._check_samples(fitted.transform(X)))
        self._gallery, self.n_samples_ = gallery, len(gallery)
        return self

    @reads
    def search(
        self,
        classes: ArrayLike | None = None,
        *,
        semantics: Any = None,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        k: int = 10,
    ) -> Ranking:
        """Rank the gallery for classes that the estimator knows, or for new ones.

        Parameters
        ----------
        classes : array of shape (query,) or None, default=None
            Known classes, or a single one.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Descriptions of queries, in any form that the estimator's `semantics` takes: ``{"any name": "a text"}``.
        X, y : arrays of shape (example, feature) and (example,), or None
            Example samples, a sketch or a photo, and the name of the query that each belongs to. A query that has a
            description, too, is both together.
        k : int, default=10
            How many samples; all if the gallery is smaller.

        Returns
        -------
        Ranking
            The best samples of each query, in the order of `classes`, or of the sorted names of new ones.

        Raises
        ------
        InvalidInputError
            If nothing is asked for, classes are asked for along with new queries, or one isn't known.
        SemanticsError
            If the descriptions can't be used.
        """
        check_is_fitted(self, "n_samples_")
        check_whole("k", k)
        fitted = self._fitted()
        own: Any = fitted.estimator
        new = semantics is not None or X is not None or y is not None
        if (classes is not None) == new:
            raise InvalidInputError("search takes either classes, or new queries by semantics, X and y.")
        if new:
            own = own.forget_classes()  # of a snapshot
            own.add_classes(None if X is None else fitted.transform(X), y, semantics=semantics)
        known = own._asked(classes)
        scores = own._score(self._gallery, known)
        values, places = top_k(torch.as_tensor(scores).T.contiguous(), k)
        return Ranking(known.labels, places.numpy(), values.numpy())

    @reads
    def classify(self, X: ArrayLike, *, k: int = 5) -> tuple[LabelArray, FloatArray]:
        """Rank the known classes for samples, as `top_classes` of the estimator does.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        k : int, default=5
            How many classes; all if there are fewer.

        Returns
        -------
        labels : array of shape (n_samples, k)
            The best classes, the best first.
        scores : array of shape (n_samples, k)
            Their calibrated scores.
        """
        fitted = self._fitted()
        own: Any = fitted.estimator
        labels, scores = own.top_classes(fitted.transform(X), k=k)
        return labels, scores

    def _check_parts(self) -> None:
        own: Any = self._fitted().estimator
        check_together(self._gallery.ndim == 2 and len(self._gallery) == self.n_samples_ > 0, "the size of its gallery")
        if len(own.classes_):
            check_finite(own._score(self._gallery[:1], own._classes.take(np.arange(1))))

    def _fitted(self) -> Fitted:
        """The estimator as it is now, which stays the same for one call."""
        fitted = open_fitted(self.estimator)
        if not isinstance(fitted.estimator, DescribedClassesClassifier):
            kind = type(fitted.estimator).__name__
            raise InvalidInputError(f"estimator is a {kind}; wanted a zero-shot estimator.")
        if not fitted.estimator.scores_alone:
            kind = type(fitted.estimator).__name__
            raise InvalidInputError(f"A {kind} scores classes jointly; wanted one that scores each on its own.")
        return replace(fitted, estimator=snapshot(fitted.estimator))
