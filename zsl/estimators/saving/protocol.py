"""What a type checker knows of a model that was loaded."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Protocol, Self

import pandas as pd
from numpy.typing import ArrayLike

from zsl._typing import FloatArray, LabelArray


class FittedClassifier(Protocol):
    """A fitted classifier whose classes come and go: what `zsl.load` returns for an estimator or a pipeline.

    It is a type for annotations; the methods are those of the estimator that was saved. Estimators that know classes by
    samples alone take no `semantics`, and explain nothing. For a `ClassIndex`, a `ZeroShotRetriever` and others that
    are no classifiers, name the class: ``zsl.load(path, kind=zsl.ClassIndex)``.
    """

    @property
    def classes_(self) -> LabelArray:
        """All known classes, sorted."""

    @property
    def seen_classes_(self) -> LabelArray:
        """Those with training samples."""

    @property
    def unseen_classes_(self) -> LabelArray:
        """The others."""

    def predict(
        self,
        X: Any,
        classes: ArrayLike | None = None,
        *,
        prior: Any = None,
        rescale: Literal["csls", "mutual_proximity", "transport"] | None = None,
        reject: float | None = None,
        reject_label: Any = None,
    ) -> LabelArray:
        """Labels of samples, among `classes` or all."""

    def predict_proba(self, X: Any, classes: ArrayLike | None = None, *, prior: Any = None) -> FloatArray:
        """Probabilities, (n, C)."""

    def estimate_prior(self, X: Any, classes: ArrayLike | None = None) -> pd.Series:
        """How frequent classes are among samples without labels."""

    def class_scores(self, X: Any, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Scores, (n, C)."""

    def top_classes(
        self, X: Any, classes: ArrayLike | None = None, *, k: int = 5, prior: Any = None
    ) -> tuple[LabelArray, FloatArray]:
        """The best classes and their calibrated scores, each (n, k)."""

    def explain(self, x: Any, *, among: Sequence[Any] | None = None) -> pd.DataFrame:
        """What speaks for one class and against another, for one sample."""

    def add_classes(self, X: Any = None, y: ArrayLike | None = None, *, semantics: Any = None) -> Self:
        """Make classes known, or known better; returns the model itself."""

    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes; returns the model itself."""

    def forget_classes(self) -> Self:
        """Forget all classes; returns the model itself."""

    def score(self, X: Any, y: ArrayLike) -> float:
        """Share of samples whose predicted label is theirs."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""

    def set_params(self, **params: Any) -> Self:
        """Set parameters; returns the model itself."""

    def save(self, path: str | PathLike[str]) -> None:
        """Save the model in a folder."""
