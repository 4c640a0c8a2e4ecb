"""Scorers for ``scoring=``: zero-shot accuracies on the test part of a fold of whole classes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._typing import LabelArray
from zsl.evaluation._arrays import as_labels, is_among, some
from zsl.evaluation._fitted import ZeroShotEstimator, open_fitted
from zsl.evaluation.curves import seen_unseen_curve
from zsl.evaluation.metrics import harmonic_mean, per_class_accuracy
from zsl.exceptions import InvalidInputError


def t1_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """Top-1 accuracy of conventional zero-shot learning: unseen samples among the unseen classes of `y`.

    A sample is seen or unseen according to whether its class had training samples: ``estimator.seen_classes_``. All
    scorers of this module go with `ClassKFold`, take part in a search as ``scoring=``, and look through pipelines.
    Classes that the estimator knows but that are neither seen nor in `y` never compete, so that nothing of the real
    test classes enters a choice.

    Parameters
    ----------
    estimator : estimator
        Fitted zero-shot estimator, or a pipeline or search that ends in one.
    X : array of shape (n_samples, n_features)
        Test samples.
    y : array of shape (n_samples,)
        Their labels. Those of seen classes are ignored.

    Returns
    -------
    float
        Accuracy in [0, 1], averaged over classes.

    Raises
    ------
    InvalidInputError
        If `y` has no unseen class, or one that the estimator doesn't know.
    """
    case = _open(estimator, X, y)
    return case.accuracy(case.estimator.predict(case.X, classes=case.classes[~case.seen_column]), ~case.is_seen)


def seen_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """S: accuracy on the seen samples, among the seen classes and the unseen ones of `y`.

    Parameters
    ----------
    estimator, X, y
        As in `t1_score`; labels of unseen classes only decide which of them compete.

    Returns
    -------
    float
        Accuracy in [0, 1], averaged over classes.

    Raises
    ------
    InvalidInputError
        If `y` has no seen class, no unseen class, or one that the estimator doesn't know.
    """
    case = _open(estimator, X, y, seen=True)
    return case.accuracy(case.estimator.predict(case.X, classes=case.classes), case.is_seen)


def unseen_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """U: accuracy on the unseen samples, among the seen classes and the unseen ones of `y`.

    Parameters
    ----------
    estimator, X, y
        As in `t1_score`.

    Returns
    -------
    float
        Accuracy in [0, 1], averaged over classes.

    Raises
    ------
    InvalidInputError
        If `y` has no unseen class, or one that the estimator doesn't know.
    """
    case = _open(estimator, X, y)
    return case.accuracy(case.estimator.predict(case.X, classes=case.classes), ~case.is_seen)


def harmonic_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """H: harmonic mean of `seen_score` and `unseen_score`.

    Parameters
    ----------
    estimator, X, y
        As in `t1_score`; no labels are ignored.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If `y` has no seen class, no unseen class, or one that the estimator doesn't know.
    """
    case = _open(estimator, X, y, seen=True)
    predicted = case.estimator.predict(case.X, classes=case.classes)
    return harmonic_mean(case.accuracy(predicted, case.is_seen), case.accuracy(predicted, ~case.is_seen))


def ausuc_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """Area under the seen-unseen curve, which no choice of the seen-class bias changes.

    Parameters
    ----------
    estimator, X, y
        As in `t1_score`; no labels are ignored.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If `y` has no seen class, no unseen class, or one that the estimator doesn't know.
    """
    case = _open(estimator, X, y, seen=True)
    scores = case.estimator.class_scores(case.X, classes=case.classes)
    return seen_unseen_curve(
        scores[case.is_seen],
        case.y[case.is_seen],
        scores[~case.is_seen],
        case.y[~case.is_seen],
        classes=case.classes,
        seen_classes=case.classes[case.seen_column],
    ).ausuc


class _Case(NamedTuple):
    """What is scored: samples as the last step gets them, and the classes that compete."""

    estimator: ZeroShotEstimator
    X: Any
    y: LabelArray
    is_seen: NDArray[np.bool_]
    classes: LabelArray
    seen_column: NDArray[np.bool_]

    def accuracy(self, predicted: LabelArray, part: NDArray[np.bool_]) -> float:
        """Accuracy on some of the samples."""
        return per_class_accuracy(self.y[part], predicted[part])


def _open(estimator: Any, X: ArrayLike, y: ArrayLike, *, seen: bool = False) -> _Case:
    """Find out which classes compete, and check that `y` has labels of unseen classes, and of seen ones if wanted."""
    fitted = open_fitted(estimator)
    model, labels = fitted.estimator, as_labels("y", y)
    seen_classes = set(model.seen_classes_.tolist())
    unknown = set(labels.tolist()) - set(model.classes_.tolist())
    if unknown:
        raise InvalidInputError(
            f"y has {len(unknown)} class(es) that the estimator doesn't know, {some(unknown)}; wanted classes with a "
            "row in its class table, or with support samples."
        )
    is_seen = is_among(labels, seen_classes)
    if seen and not is_seen.any():
        raise InvalidInputError(
            "y has no labels of classes with training samples; wanted some, as from ClassKFold with seen_test_size > 0."
        )
    if is_seen.all():
        raise InvalidInputError(
            "y has only labels of classes with training samples; wanted some of held-out classes, as from ClassKFold."
        )
    classes = model.classes_[is_among(model.classes_, seen_classes | set(labels.tolist()))]
    return _Case(model, fitted.transform(X), labels, is_seen, classes, is_among(classes, seen_classes))
