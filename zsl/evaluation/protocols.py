"""Generalized zero-shot learning from a split: fit on its training part, then measure on its test parts."""

from time import perf_counter
from typing import Any

from sklearn.base import clone

from zsl.evaluation._classes import check_known_classes, check_seen_classes, competing
from zsl.evaluation._fitted import open_fitted
from zsl.evaluation.hubness import hubness
from zsl.evaluation.metrics import accuracy_by_class, seen_unseen_curve
from zsl.evaluation.results import GZSLResult
from zsl.evaluation.splits import GZSLSplit


def evaluate_gzsl(estimator: Any, split: GZSLSplit) -> GZSLResult:
    """Fit a clone on the training images of a split, then measure it on the test images.

    Whatever the estimator chooses while fitting, it chooses on ``split.X_train`` and ``split.y_train``. For search over
    hyper-parameters pass a ``GridSearchCV`` with `ClassKFold` as ``cv``.

    Parameters
    ----------
    estimator : estimator
        Zero-shot estimator with a class table that holds the unseen classes, or a pipeline or search that ends in one.
        Stays as it is.
    split : GZSLSplit
        The data set.

    Returns
    -------
    GZSLResult
        T1, S, U, H, AUSUC, accuracies of single classes, and times.

    Raises
    ------
    InvalidInputError
        If the fitted estimator doesn't know a class of the split.
    """
    fitted = clone(estimator)
    start = perf_counter()
    fitted.fit(split.X_train, split.y_train)
    return _measure(fitted, split, perf_counter() - start)


def measure_gzsl(fitted: Any, split: GZSLSplit) -> GZSLResult:
    """Measure an estimator that is fitted already on the test images of a split.

    Parameters
    ----------
    fitted : estimator
        Zero-shot estimator fitted on the seen classes of the split, or a pipeline or search that ends in one.
    split : GZSLSplit
        The data set.

    Returns
    -------
    GZSLResult
        The same as from `evaluate_gzsl`, without the time to fit.

    Raises
    ------
    InvalidInputError
        If the estimator doesn't know a class of the split, or the classes that it had training images of aren't the
        seen classes of the split.
    """
    return _measure(fitted, split, None)


def _measure(estimator: Any, split: GZSLSplit, fit_seconds: float | None) -> GZSLResult:
    opened = open_fitted(estimator)
    model = opened.estimator
    check_seen_classes(model, split)
    check_known_classes(model, split)
    unseen, classes = competing(model, split)

    start = perf_counter()
    X_seen, X_unseen = opened.transform(split.X_test_seen), opened.transform(split.X_test_unseen)
    seen_predicted, unseen_predicted = model.predict(X_seen, classes=classes), model.predict(X_unseen, classes=classes)
    predict_seconds = perf_counter() - start

    curve = seen_unseen_curve(
        model.class_scores(X_seen, classes=classes),
        split.y_test_seen,
        model.class_scores(X_unseen, classes=classes),
        split.y_test_unseen,
        classes=classes,
        seen_classes=split.seen_classes,
    )
    bias = getattr(model, "seen_bias_", None)
    return GZSLResult(
        t1_by_class=accuracy_by_class(split.y_test_unseen, model.predict(X_unseen, classes=unseen)),
        seen_by_class=accuracy_by_class(split.y_test_seen, seen_predicted),
        unseen_by_class=accuracy_by_class(split.y_test_unseen, unseen_predicted),
        curve=curve,
        predict_seconds=predict_seconds,
        fit_seconds=fit_seconds,
        seen_bias=None if bias is None else float(bias),
        hubness=hubness((unseen_predicted[:, None] == classes).astype(float)),
        name=split.name,
    )
