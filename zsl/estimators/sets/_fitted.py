"""What a classifier that predicts sets does as the estimator does that it fitted."""

from __future__ import annotations

from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import changes, detached, reads
from zsl.estimators._class_tables import add_given
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.estimators.wrapped.around import AroundFitted
from zsl.evaluation._fitted import open_fitted


class OfFitted(AroundFitted):
    """Hands calls on to `estimator_`."""

    @reads
    def predict(self, X: Any, classes: ArrayLike | None = None) -> LabelArray:
        """Predict the likeliest class, as the fitted estimator does.

        Parameters
        ----------
        X : samples
            As the estimator takes them.
        classes : array of shape (C,) or None, default=None
            The classes to choose among, None for all.

        Returns
        -------
        array of shape (n_samples,)
            Labels.
        """
        own, samples = self._opened(X)
        labels: LabelArray = own.predict(samples, classes)
        return labels

    @reads
    @documented_like(predict)
    def predict_proba(self, X: Any, classes: ArrayLike | None = None) -> FloatArray:
        """Give the probability of each class, as the fitted estimator does.

        Returns
        -------
        array of shape (n_samples, C)
            Rows that sum to 1, with columns in the order of `classes`.
        """
        own, samples = self._opened(X)
        found: FloatArray = own.predict_proba(samples, classes)
        return found

    @changes
    def add_classes(self, X: Any = None, y: ArrayLike | None = None, *, semantics: Any = None) -> Self:
        """Make classes known to the fitted estimator, or known better; new ones get the threshold of unseen classes.

        Parameters
        ----------
        X : samples or None, default=None
            Support samples, as the estimator takes them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Rows of classes, where the estimator takes such.

        Returns
        -------
        self
            The classifier, changed in place, but not the estimator that was given. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, an array doesn't fit, or the estimator doesn't take
            what is given.
        SemanticsError
            If the rows cannot be used.
        """
        check_is_fitted(self, "estimator_")
        own = detached(self.estimator_)
        opened = open_fitted(own)
        add_given(opened.estimator, None if X is None else opened.transform(X), y, semantics)
        self.estimator_ = own
        return self

    @changes
    @documented_like(KnownClassesClassifier.remove_classes)
    def remove_classes(self, labels: ArrayLike) -> Self:
        """Let the fitted estimator forget classes.

        Returns
        -------
        self
            The classifier, changed in place, but not the estimator that was given. A call that raises changes nothing.
        """
        check_is_fitted(self, "estimator_")
        own = detached(self.estimator_)
        open_fitted(own).estimator.remove_classes(labels)
        self.estimator_ = own
        return self

    @property
    def classes_(self) -> LabelArray:
        """All classes that the fitted estimator knows, sorted."""
        return open_fitted(self.estimator_).estimator.classes_

    @property
    def seen_classes_(self) -> LabelArray:
        """Those with training samples."""
        return open_fitted(self.estimator_).estimator.seen_classes_

    @property
    def unseen_classes_(self) -> LabelArray:
        """The others."""
        own: Any = open_fitted(self.estimator_).estimator
        found: LabelArray = own.unseen_classes_
        return found
