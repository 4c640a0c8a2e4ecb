"""Parameters of a classifier that predicts sets, and the forms of what goes in and comes out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from zsl._arguments import check_estimator, check_flag
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._parameters import Folds, check_number, check_value, whole
from zsl.estimators.sets._scoring import Score
from zsl.evaluation._arrays import is_among
from zsl.exceptions import InvalidInputError, InvalidTypeError

Conditional = Literal["group", "class", "none"]


def check_settings(clf: Any) -> None:
    """Refuse parameters that are out of range, or don't go together."""
    check_estimator("estimator", clf.estimator)
    check_number("coverage", clf.coverage, above=0, below=1)
    check_value("conformity_score", clf.conformity_score, Score)
    check_value("conditional", clf.conditional, Conditional)
    for name in ("include_best", "randomized", "verbose"):
        check_flag(name, getattr(clf, name))
    check_number("reject", clf.reject, least=0, below=1)
    check_sum(clf.coverage, clf.reject)
    check_number("penalty", clf.penalty, least=0)
    check_value("n_free", clf.n_free, Annotated[int, whole(0)])
    check_value("n_shots", clf.n_shots, Annotated[int, whole(0)])
    check_number("calibration_size", clf.calibration_size, least=0, below=1)
    check_value("cv", clf.cv, Folds | Literal["prefit"])
    if clf.cv is None and not clf.calibration_size:
        raise InvalidInputError("cv=None and calibration_size=0 leave nothing to calibrate on; wanted one of them.")


def check_sum(coverage: float, reject: float) -> None:
    """Refuse a coverage that leaves no room for what is rejected."""
    if coverage + reject >= 1:
        raise InvalidInputError(f"coverage={coverage} and reject={reject}; wanted a sum below 1.")


def count_of(X: Any) -> int:
    """The number of samples, of whatever kind."""
    shape = getattr(X, "shape", None)
    if isinstance(shape, tuple) and shape:
        return int(shape[0])
    if shape is not None or isinstance(X, (str, bytes)) or not hasattr(X, "__len__"):
        raise InvalidTypeError(f"X is of type {type(X).__name__}; wanted samples as the estimator takes them.")
    return len(X)


def numbered(labels: LabelArray, classes: LabelArray) -> NDArray[np.intp]:
    """The number of each label among classes, -1 for one that isn't there."""
    numbers = {label: number for number, label in enumerate(classes.tolist())}
    return np.array([numbers.get(label, -1) for label in labels.tolist()], dtype=np.intp)


def standing(clf: Any, labels: LabelArray) -> NDArray[np.intp]:
    """The number of each calibrated class that has its training samples still; -1 for others."""
    groups = numbered(labels, clf.calibrated_classes_)
    groups[~is_among(labels, clf.seen_classes_.tolist())] = -1
    return groups


def groups_of(clf: Any, labels: LabelArray) -> NDArray[np.intp]:
    """The numbers of classes, each of which has a threshold."""
    groups = standing(clf, labels)
    if clf._calibration.unseen is None and (groups < 0).any():
        remedy = "cv=5, say, four seen classes or more, and for an estimator without semantics n_shots=1 or more"
        if isinstance(clf.cv, str):
            remedy = "samples of unseen classes in fit, too"
        raise InvalidInputError(
            f"{labels[groups < 0].tolist()[0]!r} is no class that was calibrated, and no classes played unseen ones in "
            f"fit (cv={clf.cv!r}, n_shots={clf.n_shots}); wanted {remedy}; or classes=calibrated_classes_."
        )
    return groups


def listed(found: NDArray[np.bool_], probabilities: FloatArray, labels: LabelArray) -> list[LabelArray]:
    """The labels of each set, the likeliest first."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    inside = np.take_along_axis(found, order, axis=1)
    return [labels[columns[kept]] for columns, kept in zip(order, inside, strict=True)]
