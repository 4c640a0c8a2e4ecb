"""A fitted zero-shot estimator, taken out of the pipeline or the search that it was fitted in."""

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from zsl._typing import FloatArray, LabelArray
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
        """Make classes known, or known better, by support images; changes the estimator in place."""

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


def open_fitted(estimator: Any) -> Fitted:
    """Look through pipelines and searches, which have no ``predict(X, classes=...)`` of their own."""
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
            f"The fitted {type(estimator).__name__} has no {', '.join(missing)}; wanted a zero-shot estimator."
        )
    return Fitted(estimator, tuple(steps))
