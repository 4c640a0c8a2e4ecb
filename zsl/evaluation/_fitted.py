"""A zero-shot estimator: fitted on a split, or taken out of its pipeline or search, and the classes that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from zsl._arguments import check_estimator, check_kind
from zsl._files.rows import RowsOnDisk, cuts
from zsl._labels import check_one_kind
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import is_among, some
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError


class ZeroShotEstimator(Protocol):
    """What the measurements use of an estimator."""

    classes_: LabelArray
    seen_classes_: LabelArray

    def predict(self, X: ArrayLike, classes: ArrayLike | None = None) -> LabelArray:
        """Labels among `classes`, with the seen-class bias applied."""

    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Scores, (n, C), without the bias unless `calibrated`."""

    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None) -> Any:
        """Make classes known, or known better, by support samples; changes the estimator in place."""

    def remove_classes(self, labels: ArrayLike) -> Any:
        """Forget classes; changes the estimator in place."""


@dataclass(frozen=True)
class Fitted:
    """The last step of what was fitted, and the steps in front of it, which know nothing of classes."""

    estimator: ZeroShotEstimator
    steps: tuple[Any, ...]

    def transform(self, X: ArrayLike) -> Any:
        """`X` as the last step gets it."""
        for step in self.steps:
            X = step.transform(X)
        return X


def open_fitted(estimator: Any, name: str = "estimator") -> Fitted:
    """Look through pipelines and searches, which have no ``predict(X, classes=...)`` of their own."""
    check_estimator(name, estimator)
    check_is_fitted(estimator)
    steps: list[Any] = []
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            steps += [step for _, step in estimator.steps[:-1] if step not in (None, "passthrough")]
            estimator = estimator[-1]
        else:
            break
    missing = [name for name in ("classes_", "seen_classes_", "class_scores") if not hasattr(estimator, name)]
    if missing:
        raise InvalidInputError(
            f"{name} is a {type(estimator).__name__}, which has no {', '.join(missing)}; wanted a zero-shot estimator."
        )
    return Fitted(estimator, tuple(steps))


def competing(estimator: ZeroShotEstimator, split: GZSLSplit) -> tuple[LabelArray, LabelArray]:
    """The unseen classes of the split, and all of them, out of those that the estimator knows."""
    known, unseen = estimator.classes_, split.unseen_classes.tolist()
    return known[is_among(known, unseen)], known[is_among(known, [*split.seen_classes.tolist(), *unseen])]


def check_seen_classes(estimator: ZeroShotEstimator, split: GZSLSplit) -> None:
    """Raise unless all seen classes of the split, and none of its unseen ones, had training samples."""
    check_one_kind(classes_=estimator.classes_, y_train=split.y_train)
    trained, seen = set(estimator.seen_classes_.tolist()), set(split.seen_classes.tolist())
    leaked, left_out = trained & set(split.unseen_classes.tolist()), seen - trained
    if leaked:
        raise InvalidInputError(
            f"The estimator was fitted on samples of {len(leaked)} unseen class(es) of the split, {some(leaked)}; "
            "wanted one fitted on its seen classes."
        )
    if left_out:
        raise InvalidInputError(
            f"The estimator was fitted without samples of {len(left_out)} seen class(es) of the split, "
            f"{some(left_out)}; wanted one fitted on all of its seen classes."
        )


def check_known_classes(estimator: ZeroShotEstimator, split: GZSLSplit) -> None:
    """Raise unless the estimator knows each unseen class of the split."""
    unknown = set(split.unseen_classes.tolist()) - set(estimator.classes_.tolist())
    if unknown:
        remedy = (
            "semantics=split.semantics" if split.semantics is not None else "semantics, of which the split has none,"
        )
        raise InvalidInputError(
            f"The estimator doesn't know {len(unknown)} of {len(split.unseen_classes)} unseen classes of the split, "
            f"{some(unknown)}; wanted an estimator with {remedy} or with support samples of them."
            + did_you_mean(unknown, estimator.classes_.tolist())
        )


def fit_clone(estimator: Any, split: GZSLSplit) -> tuple[Any, float]:
    """A clone fitted on the training samples of a split, and the seconds that this took."""
    check_estimator("estimator", estimator)
    check_kind("split", split, GZSLSplit)
    fitted = clone(estimator)
    start = perf_counter()
    fitted.fit(split.X_train, split.y_train)
    return fitted, perf_counter() - start


def scores_of(estimator: ZeroShotEstimator, X: Any, classes: LabelArray) -> FloatArray | Iterator[FloatArray]:
    """Scores of all samples; of samples on disk, a block at a time."""
    if not isinstance(X, RowsOnDisk):
        return estimator.class_scores(X, classes=classes)
    return (estimator.class_scores(X[cut], classes=classes) for cut in cuts(X, len(classes)))
