"""Probabilities of classes, under a prior: that is read, or estimated from all samples, before any is answered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl._files.rows import budget, on_disk
from zsl._typing import FloatArray, LabelArray
from zsl.classes.weights import class_weights
from zsl.estimators._calls import reads
from zsl.estimators._streaming import by_blocks
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.priors import estimate_prior, prior_lift

F = TypeVar("F", bound=Callable[..., Any])


class Weights(NamedTuple):
    """Weights above 0 of the classes that are chosen among: a prior that was read."""

    values: FloatArray


def under_prior(fill: float | None = None) -> Callable[[F], F]:
    """Let a method of samples and classes take a `prior`, of which it gets the `Weights`.

    Classes of weight 0 are left out, as if they hadn't been asked for; where the method returns a column per class,
    theirs hold `fill`.
    """

    def decorate(method: F) -> F:
        @wraps(method)
        def called(self: Any, X: Any, classes: Any = None, *, prior: Any = None, **options: Any) -> Any:
            if prior is None or isinstance(prior, Weights):
                return method(self, X, classes, prior=prior, **options)
            check_is_fitted(self)
            labels: LabelArray = self._asked(classes).labels
            weights = estimated(self, X, classes) if _is_word(prior) else class_weights(prior, labels)
            kept = weights > 0
            if kept.all():
                return method(self, X, classes, prior=Weights(weights), **options)
            found = method(self, X, labels[kept], prior=Weights(weights[kept]), **options)
            if fill is None:
                return found
            whole = np.full((len(found), len(labels)), fill)
            whole[:, kept] = found
            return whole

        return cast("F", called)

    return decorate


class GivesProbabilities(ABC):
    """Probabilities from scores, and the prior of the classes from probabilities."""

    @abstractmethod
    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score samples against classes, (n_samples, C)."""

    @abstractmethod
    def _asked(self, classes: ArrayLike | None) -> Any:
        """What is known of the classes that are asked for."""

    def _sides(self, classes: Any) -> NDArray[np.bool_] | None:
        """On which of two sides classes are, where a bias chosen in `fit` balances the sides."""
        return None

    def _temperature_among(self, classes: Any) -> float:
        """What scores among these classes are divided by in the softmax."""
        return float(getattr(self, "temperature_", 1.0))

    @reads
    @under_prior(0.0)
    @by_blocks
    def predict_proba(self, X: ArrayLike, classes: ArrayLike | None = None, *, prior: Any = None) -> FloatArray:
        r"""Softmax of the calibrated scores, under a prior if one is given.

        .. math:: p(c | x) = \pi_c \exp(g(x, c) / T) / \textstyle\sum_{c'} \pi_{c'} \exp(g(x, c') / T)

        with T = `temperature_` where the estimator has one, and 1 otherwise. That of a few-shot estimator goes by how
        many classes are chosen among, and how many support samples they have.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all, `classes_`.
        prior : mapping, Series, array of shape (C,), "estimate" or None, default=None
            How frequent classes are, :math:`\pi`, as for `predict`.

        Returns
        -------
        array of shape (n_samples, C)
            Probabilities, rows summing to 1, with columns in the order of `classes`.
        """
        scores, temperature = self._tempered(X, classes, prior)
        scores = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
        probabilities: FloatArray = scores / scores.sum(axis=1, keepdims=True)
        return probabilities

    @reads
    @under_prior(-np.inf)
    @by_blocks
    @documented_like(predict_proba)
    def predict_log_proba(self, X: ArrayLike, classes: ArrayLike | None = None, *, prior: Any = None) -> FloatArray:
        """Logarithms of what `predict_proba` gives, without its rounding to 0.

        Returns
        -------
        array of shape (n_samples, C)
            Finite logarithms of probabilities, -inf for classes whose prior is 0, with columns in the order of
            `classes`.
        """
        scores, temperature = self._tempered(X, classes, prior)
        return np.asarray(log_softmax(scores / temperature, axis=1))

    def _tempered(self, X: ArrayLike, classes: ArrayLike | None, prior: Weights | None) -> tuple[FloatArray, float]:
        """Calibrated scores under a prior, and what they are divided by in the softmax."""
        scores, known = self.class_scores(X, classes, calibrated=True), self._asked(classes)
        return scores + self._lift(known, prior), self._temperature_among(known)

    @reads
    @documented_like(predict_proba)
    def estimate_prior(self, X: ArrayLike, classes: ArrayLike | None = None) -> pd.Series:
        """Estimate how frequent classes are among samples without labels: what ``prior="estimate"`` stands for.

        See `zsl.functional.scores.priors.estimate_prior` for the formula. Half of its weight is that of even classes,
        and where a seen-class bias balances seen and unseen classes, each side keeps the share of its number of
        classes, since the probabilities tell how that bias was chosen rather than how frequent the sides are. The
        estimate is as good as probabilities are calibrated: where a class takes many samples of another, it takes
        their share, too.

        Returns
        -------
        Series of shape (C,)
            Shares by label, above 0 and summing to 1, in the order of `classes`: a `prior` for these samples or others.

        Raises
        ------
        InvalidInputError
            If a class isn't known, or the probabilities of all samples take more than scikit-learn's `working_memory`.
        """
        check_is_fitted(self)
        return as_series(estimated(self, X, classes), self._asked(classes).labels)

    def _lift(self, classes: Any, prior: Weights | None) -> FloatArray | float:
        """What a prior adds to the calibrated scores of classes."""
        return 0.0 if prior is None else self._temperature_among(classes) * prior_lift(prior.values)


def estimated(estimator: Any, X: Any, classes: Any) -> FloatArray:
    """The estimated prior of classes, from the probabilities of all samples at once."""
    stored = on_disk(X)
    samples = estimator._check_samples(X) if stored is None else stored
    shape = len(samples), len(estimator._asked(classes))
    n_bytes = 8 * shape[0] * shape[1]
    if n_bytes > budget():
        raise InvalidInputError(
            f"A prior is estimated from the probabilities of all samples at once, here of shape {shape} and of "
            f"{n_bytes / 2**20:,.4g} MiB; wanted {budget() / 2**20:,.4g} MiB at most, as "
            "sklearn.set_config(working_memory=...) says. estimate_prior of samples drawn at random gives a prior for "
            "all of them."
        )
    return estimate_prior(estimator.predict_proba(X, classes), sides=estimator._sides(estimator._asked(classes)))


def as_series(weights: FloatArray, labels: LabelArray) -> pd.Series:
    """A prior by label."""
    return pd.Series(weights, index=pd.Index(labels, name="class"), name="prior")


def _is_word(prior: Any) -> bool:
    return isinstance(prior, str) and prior == "estimate"
