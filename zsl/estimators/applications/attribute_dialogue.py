"""Classes recognised together with somebody who answers questions about attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import snapshot
from zsl.estimators._described_classes import DescribedClassesClassifier
from zsl.estimators._parameters import check_number
from zsl.estimators.applications._dialogue_answers import as_answers
from zsl.estimators.saving.applications import SavedWithEstimator
from zsl.evaluation._fitted import Fitted, open_fitted
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.answers import answer_log_likelihood, information_gain

_LEAST = np.finfo(np.float64).tiny
"""Stands for a probability of 0, so that answers may still speak for the class."""


class AttributeDialogue(SavedWithEstimator, BaseEstimator):
    r"""Ask about attributes, correct them by hand, and predict again.

    After S. Branson et al., "Visual Recognition with Humans in the Loop", 2010, doi:10.1007/978-3-642-15561-1_32: the
    estimator's probabilities for a sample are the prior of its class, each answer multiplies it by the likelihood of
    that answer, and the next question is the one whose answer is expected to be most informative. Departures from the
    paper: there the likelihoods are learned from answers that people gave; here an answer v about attribute k is a
    number, normal around the value :math:`s_{ck}` that the class table has,

    .. math:: p(c \mid x, v) \propto p(c \mid x) \exp\Big(-\frac{(s_{ck} - v)^2}{2 (t \sigma_k)^2}\Big),

    with the standard deviation :math:`\sigma_k` of the attribute over the known classes. :math:`p(c \mid x)` is the
    estimator's `predict_proba`: the flatter it is, the more answers count.

    Parameters
    ----------
    estimator : estimator
        A fitted zero-shot estimator with a class table, or a pipeline or search that ends in one. It is used as it is,
        and not changed.
    answer_noise : float, default=0.5
        How far answers lie from the class table, :math:`t`, in units of :math:`\sigma_k`; above 0. By default two
        thirds of the answers lie within half the attribute's standard deviation. It was not tuned.

    Examples
    --------
    >>> from zsl import AttributeDialogue, RidgePrototypeClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> dialogue = AttributeDialogue(clf)
    >>> dialogue.separating(8, 9).index[0]
    'open_left_lower'
    >>> dialogue.predict(split.X_test_unseen[:2], given={"hole_upper": 1.0, "hole_lower": 1.0})
    array([8, 8])
    """

    def __init__(self, estimator: Any, *, answer_noise: float = 0.5) -> None:
        self.estimator = estimator
        self.answer_noise = answer_noise

    def predict_proba(self, X: ArrayLike, given: Any = None, *, classes: ArrayLike | None = None) -> FloatArray:
        """Class posterior, given the answers.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples, as the estimator takes them.
        given : mapping of str to float, DataFrame of shape (n_samples, some attributes) or None, default=None
            Values of attributes in the units of the class table: one for all samples each, or one per sample with NaN
            for unanswered attributes, in the order of `X`. If `X` is a DataFrame, both have the same index.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all that the estimator knows.

        Returns
        -------
        array of shape (n_samples, C)
            Probabilities, rows summing to 1, with columns in the order of `classes`. Without `given` those of the
            estimator.

        Raises
        ------
        InvalidInputError
            If `given` names attributes that the class table hasn't, doesn't fit `X`, or holds what isn't a finite
            number; or a class isn't known or has no row in the class table.
        """
        return self._posterior(self._fitted(), X, given, classes)[0]

    @documented_like(predict_proba)
    def predict(self, X: ArrayLike, given: Any = None, *, classes: ArrayLike | None = None) -> LabelArray:
        """Predict the class of each sample, given the answers.

        Returns
        -------
        array of shape (n_samples,)
            Labels. Without `given` those that the estimator predicts.
        """
        if given is None:
            fitted = self._fitted()
            return fitted.estimator.predict(fitted.transform(X), classes)
        posterior, _, labels = self._posterior(self._fitted(), X, given, classes)
        found: LabelArray = labels[posterior.argmax(axis=1)]
        return found

    @documented_like(predict_proba)
    def attributes(self, X: ArrayLike, given: Any = None, *, classes: ArrayLike | None = None) -> pd.DataFrame:
        r"""Expected attributes of each sample, :math:`\sum_c p(c \mid x)\, s_{ck}`.

        Returns
        -------
        DataFrame of shape (n_samples, attribute)
            Means over the class posterior, in the units of the class table. Also for attributes in `given` it is the
            mean, not the answer.
        """
        fitted = self._fitted()
        posterior, _, labels = self._posterior(fitted, X, given, classes)
        found = posterior @ _rows(fitted, "classes", labels)
        return pd.DataFrame(found, index=_index(X, len(found)), columns=_names(fitted))

    @documented_like(predict_proba)
    def questions(self, X: ArrayLike, given: Any = None, *, classes: ArrayLike | None = None) -> pd.DataFrame:
        """Choose for each sample the attribute to ask about next: the one of greatest information gain.

        Parameters
        ----------
        given : mapping of str to float, DataFrame of shape (n_samples, some attributes) or None, default=None
            Answers so far, as in `predict_proba`; their attributes aren't asked about again.

        Returns
        -------
        DataFrame of shape (n_samples, 2)
            "attribute", its name, the first of equally good ones and None if all were answered; and "gain", by how many
            nats the answer is expected to lower the entropy of the class posterior:
            `zsl.functional.scores.answers.information_gain`.
        """
        fitted = self._fitted()
        posterior, answers, labels = self._posterior(fitted, X, given, classes)
        gains = information_gain(posterior, _rows(fitted, "classes", labels), self._noise(fitted))
        open_ = np.isnan(answers)
        best = np.where(open_, gains, -1.0).argmax(axis=1)
        left = open_.any(axis=1)
        names = np.where(left, _names(fitted).to_numpy(dtype=object)[best], None)
        gain = np.where(left, gains[np.arange(len(best)), best], 0.0)
        return pd.DataFrame({"attribute": names, "gain": gain}, index=_index(X, len(best)))

    def separating(self, one: Any, other: Any) -> pd.DataFrame:
        """Rank attributes by how well they separate two classes.

        Parameters
        ----------
        one, other : label
            Known classes with rows in the class table.

        Returns
        -------
        DataFrame of shape (attribute, 3)
            The values of both, and "difference", the first minus the second in units of the attribute's standard
            deviation over known classes; the largest first, whatever its sign. 0 for an attribute that is the same for
            all.

        Raises
        ------
        InvalidInputError
            If a class isn't known or has no row, or both are the same.
        """
        fitted = self._fitted()
        first, second = _rows(fitted, "one and other", [one, other])
        spread = _spread(fitted)
        difference = np.where(spread > 0, first - second, 0.0) / np.where(spread > 0, spread, 1.0)
        values = {str(one): first, str(other): second, "difference": difference}
        frame = pd.DataFrame(values, index=_names(fitted))
        return frame.iloc[np.argsort(-np.abs(difference), kind="stable")]

    def _posterior(
        self, fitted: Fitted, X: ArrayLike, given: Any, classes: ArrayLike | None
    ) -> tuple[FloatArray, FloatArray, LabelArray]:
        """Posterior, answers with NaN for unanswered attributes, and the classes in the order of the columns."""
        own: Any = fitted.estimator
        posterior: FloatArray = own.predict_proba(fitted.transform(X), classes)
        labels: LabelArray = own._asked(classes).labels
        answers = as_answers(given, X, len(posterior), own._table.attributes)
        if given is not None:
            score = np.log(np.maximum(posterior, _LEAST))
            score += answer_log_likelihood(_rows(fitted, "classes", labels), answers, self._noise(fitted))
            posterior = np.exp(score - score.max(axis=1, keepdims=True))
            posterior /= posterior.sum(axis=1, keepdims=True)
        return posterior, answers, labels

    def _check_fitted(self) -> None:
        self._fitted()

    _check_parts = _check_fitted

    def _fitted(self) -> Fitted:
        """The estimator as it is now, which stays the same for one call."""
        check_number("answer_noise", self.answer_noise, above=0)
        fitted = open_fitted(self.estimator)
        own: Any = fitted.estimator
        if not isinstance(own, DescribedClassesClassifier) or own._table is None:
            kind = type(own).__name__
            raise InvalidInputError(f"estimator is a {kind} without a class table; wanted a zero-shot estimator.")
        return replace(fitted, estimator=snapshot(own))

    def _noise(self, fitted: Fitted) -> FloatArray:
        """Standard deviation of answers, infinite where all classes are the same."""
        spread = _spread(fitted)
        return np.where(spread > 0, self.answer_noise * np.where(spread > 0, spread, 1.0), np.inf)


def _names(fitted: Fitted) -> pd.Index[str]:
    own: Any = fitted.estimator
    names: pd.Index[str] = pd.Index(own._table.attributes, name="attribute")
    return names


def _rows(fitted: Fitted, name: str, labels: Any) -> FloatArray:
    """Attributes of classes."""
    own: Any = fitted.estimator
    known = own._classes.take(own._columns(name, labels))
    if not known.described.all():
        bare = known.labels[~known.described].tolist()
        raise InvalidInputError(f"{name} has {bare[:5]}, known by samples only; wanted classes of the class table.")
    rows: FloatArray = known.rows
    return rows


def _spread(fitted: Fitted) -> FloatArray:
    """Standard deviation of each attribute over the known classes; exactly 0 where all are the same."""
    own: Any = fitted.estimator
    classes = own._classes
    rows = classes.rows[classes.described]
    return np.where(np.ptp(rows, axis=0) > 0, rows.std(axis=0), 0.0)


def _index(X: Any, length: int) -> pd.Index[Any]:
    index: pd.Index[Any] = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(length)
    return index
