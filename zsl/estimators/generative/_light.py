"""The final classifier that is trained again whenever classes come or go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import has_fit_parameter

from zsl._arguments import shown
from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError

MOST_SCORES = 2**27
"""Most scores of samples against classes that the default classifier is trained with: 1 GiB per copy of them."""


def check_size(n_rows: int, n_classes: int) -> None:
    """Refuse to train the default classifier, all classes beside each other, where that takes too much."""
    if n_rows * n_classes > MOST_SCORES:
        raise InvalidInputError(
            f"A logistic regression on {n_rows} real and generated samples of {n_classes} classes compares each with "
            f"each; wanted {MOST_SCORES} scores at most, not {n_rows * n_classes}. Predict among fewer `classes`, "
            "lower n_generated or max_samples, or give a `classifier` of your own."
        )


@dataclass(frozen=True, eq=False)
class LightClassifier:
    """A fitted classifier of scikit-learn as scores; None where there is one class only, and nothing to tell apart."""

    model: Any
    n_classes: int

    @classmethod
    def fit(
        cls, template: Any, rows: FloatArray, codes: NDArray[np.intp], weights: FloatArray, n_classes: int
    ) -> LightClassifier:
        """Fit a clone on weighted rows with class numbers from 0 on; weights are left out if it takes none."""
        if n_classes == 1:
            return cls(None, 1)
        # By default the mean loss counts as much as half the squared length of the weights, for any number of rows.
        model = LogisticRegression(C=1 / len(rows), max_iter=500) if template is None else clone(template)
        if has_fit_parameter(model, "sample_weight"):
            model.fit(rows, codes, sample_weight=weights * (len(rows) / weights.sum()))
        else:
            model.fit(rows, codes)
        return cls(model, n_classes)

    @property
    def plane(self) -> tuple[FloatArray, FloatArray]:
        """Weights, (C, d), and offsets, (C,), of which scores are an affine function; an error if they are none."""
        if self.model is None:
            return np.zeros((1, 1)), np.zeros(1)
        if not hasattr(self.model, "coef_") or not hasattr(self.model, "decision_function"):
            raise InvalidInputError(
                f"classifier={type(self.model).__name__} has no weight for each class; wanted None, or a linear one."
            )
        weights, offsets = np.atleast_2d(self.model.coef_), np.ravel(self.model.intercept_)
        if self.n_classes == 2:
            weights, offsets = np.vstack([-weights, weights]) / 2, np.concatenate([-offsets, offsets]) / 2
        return weights, offsets

    def scores(self, rows: FloatArray) -> FloatArray:
        """Decision values, or logarithms of probabilities where there are none, (n, C)."""
        if self.model is None:
            return np.zeros((len(rows), 1))
        if not hasattr(self.model, "decision_function"):
            probabilities = np.asarray(self.model.predict_proba(rows), dtype=np.float64)
            return np.asarray(np.log(np.maximum(probabilities, 1e-12)))
        values = np.asarray(self.model.decision_function(rows), dtype=np.float64)
        if self.n_classes == 2:
            values = np.stack([-values / 2, values / 2], axis=1)
        if values.shape != (len(rows), self.n_classes):
            raise InvalidInputError(
                f"classifier={type(self.model).__name__} gives decision values of shape {values.shape}; "
                f"wanted {self.n_classes} per row."
            )
        return values


def check_classifier(name: str, classifier: Any) -> None:
    """Refuse what isn't a classifier that scores; None stands for the default one."""
    good = hasattr(classifier, "fit") and not isinstance(classifier, type)
    if classifier is None or (
        good and (hasattr(classifier, "decision_function") or hasattr(classifier, "predict_proba"))
    ):
        return
    raise InvalidInputError(
        f"{name}={shown(classifier)}; wanted None or a scikit-learn classifier with decision_function or predict_proba."
    )
