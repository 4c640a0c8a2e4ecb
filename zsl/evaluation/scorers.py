"""Scorers for ``scoring=``: zero-shot accuracies on the test part of a fold of whole classes."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arrays import host_array
from zsl._labels import as_labels, check_one_kind
from zsl._suggestions import did_you_mean
from zsl._typing import LabelArray
from zsl.evaluation._arrays import check_lengths, is_among, some
from zsl.evaluation._fitted import ZeroShotEstimator, open_fitted
from zsl.evaluation.curves import seen_unseen_curve
from zsl.evaluation.metrics import harmonic_mean, per_class_accuracy
from zsl.exceptions import InvalidInputError

Scorer = Callable[[Any, ArrayLike, ArrayLike], float]

_SECTIONS = """
    Parameters
    ----------
    estimator : estimator
        Fitted zero-shot estimator, or a pipeline or search that ends in one.
    X : array of shape (n_samples, n_features)
        Test samples.
    y : array of shape (n_samples,)
        {labels}

    Returns
    -------
    float
        In [0, 1]; accuracies are averaged over classes.

    Raises
    ------
    InvalidInputError
        If `y` has {missing}no unseen class, or one that the estimator doesn't know.
    """


def _documented(labels: str, missing: str = "no seen class, ") -> Callable[[Scorer], Scorer]:
    """Add the sections that are alike in all scorers to the docstring of one."""

    def fill(score: Scorer) -> Scorer:
        if score.__doc__:  # stripped by `python -OO`
            score.__doc__ = f"{cleandoc(score.__doc__)}\n\n{cleandoc(_SECTIONS.format(labels=labels, missing=missing))}"
        return score

    return fill


@_documented("Their labels. Those of seen classes are ignored.", missing="")
def t1_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """Top-1 accuracy of conventional zero-shot learning: unseen samples among the unseen classes of `y`.

    A sample is seen or unseen according to whether its class had training samples: ``estimator.seen_classes_``. All
    scorers of this module work with `ClassKFold`, as ``scoring=`` of a search, and on pipelines. Classes that the
    estimator knows but that are neither seen nor in `y` never compete, so that nothing of the real test classes enters
    a choice.
    """
    case = _open(estimator, X, y)
    return case.accuracy(case.estimator.predict(case.X, classes=case.classes[~case.seen_column]), ~case.is_seen)


@_documented("Their labels. Those of unseen classes only decide which of these compete.")
def seen_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """S: accuracy on the seen samples, among the seen classes and the unseen ones of `y`."""
    case = _open(estimator, X, y, seen=True)
    return case.accuracy(case.estimator.predict(case.X, classes=case.classes), case.is_seen)


@_documented("Their labels. Those of seen classes are ignored.", missing="")
def unseen_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """U: accuracy on the unseen samples, among the seen classes and the unseen ones of `y`."""
    case = _open(estimator, X, y)
    return case.accuracy(case.estimator.predict(case.X, classes=case.classes), ~case.is_seen)


@_documented("Their labels.")
def harmonic_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """H: harmonic mean of `seen_score` and `unseen_score`."""
    case = _open(estimator, X, y, seen=True)
    predicted = case.estimator.predict(case.X, classes=case.classes)
    return harmonic_mean(case.accuracy(predicted, case.is_seen), case.accuracy(predicted, ~case.is_seen))


@_documented("Their labels.")
def ausuc_score(estimator: Any, X: ArrayLike, y: ArrayLike) -> float:
    """Area under the seen-unseen curve, which no choice of the seen-class bias changes."""
    case = _open(estimator, X, y, seen=True)
    scores = case.estimator.class_scores(case.X, classes=case.classes)
    seen = case.is_seen
    columns = {"classes": case.classes, "seen_classes": case.classes[case.seen_column]}
    return seen_unseen_curve(case.y[seen], scores[seen], case.y[~seen], scores[~seen], **columns).ausuc


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
    check_one_kind(y=labels, classes_=model.classes_)
    seen_classes = set(model.seen_classes_.tolist())
    unknown = set(labels.tolist()) - set(model.classes_.tolist())
    if unknown:
        raise InvalidInputError(
            f"y has {len(unknown)} class(es) that the estimator doesn't know, {some(unknown)}; wanted classes with a "
            "row in its class table, or with support samples." + did_you_mean(unknown, model.classes_.tolist())
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
    samples = fitted.transform(X)
    check_lengths("X", np.atleast_1d(host_array("X", samples)), "y", labels)
    classes = model.classes_[is_among(model.classes_, seen_classes | set(labels.tolist()))]
    return _Case(model, samples, labels, is_seen, classes, is_among(classes, seen_classes))
