"""Generalized zero-shot learning on a split: fit on its training part, then measure on its test parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState

from zsl._arguments import check_kind
from zsl._escaping import html_table
from zsl.evaluation import _fitted
from zsl.evaluation._arrays import counts_among
from zsl.evaluation._fitted import check_known_classes, check_seen_classes, competing, fit_clone, open_fitted
from zsl.evaluation.comparing.predictions import Predictions
from zsl.evaluation.comparing.resampling import resampled, units_from
from zsl.evaluation.curves import SeenUnseenCurve, margin_curve, sample_margins
from zsl.evaluation.hubness import skewness
from zsl.evaluation.metrics import accuracy_by_class, harmonic_mean
from zsl.evaluation.splits import GZSLSplit

ACCURACIES = ("t1", "seen", "unseen", "harmonic_mean", "ausuc", "best_harmonic_mean")
FIGURES = (*ACCURACIES, "hubness", "seen_bias", "fit_seconds", "predict_seconds")


@dataclass(frozen=True, eq=False, repr=False)
class GZSLResult:
    """Accuracies of generalized zero-shot learning on one split.

    Accuracies are averaged over classes. T1 is that of unseen samples among the unseen classes; S and U are those of
    seen and of unseen samples among all classes of the split, with the seen-class bias that the estimator chose.

    Parameters
    ----------
    t1_by_class : mapping of label to float
        Accuracy of each unseen class among the unseen classes.
    seen_by_class, unseen_by_class : mapping of label to float
        Accuracy of each seen and of each unseen class among all classes.
    curve : SeenUnseenCurve
        S and U for all values of the seen-class bias.
    predict_seconds : float
        Time to predict all test samples once among all classes.
    fit_seconds : float or None, default=None
        Time to fit, None if the estimator was fitted elsewhere.
    seen_bias : float or None, default=None
        The seen-class bias that the estimator chose, None if it has none.
    hubness : float or None, default=None
        Skewness of how often each class is predicted for unseen samples, among all classes: large if few classes draw
        most of them (see `zsl.evaluation.hubness`).
    name : str, default=""
        Name of the data set.
    predictions : Predictions or None, default=None
        What was predicted for each test sample, None if it isn't known.
    """

    t1_by_class: Mapping[Any, float]
    seen_by_class: Mapping[Any, float]
    unseen_by_class: Mapping[Any, float]
    curve: SeenUnseenCurve
    predict_seconds: float
    fit_seconds: float | None = None
    seen_bias: float | None = None
    hubness: float | None = None
    name: str = ""
    predictions: Predictions | None = None

    @property
    def t1(self) -> float:
        """Accuracy of unseen samples among the unseen classes."""
        return _mean(self.t1_by_class)

    @property
    def seen(self) -> float:
        """S: accuracy of seen samples among all classes."""
        return _mean(self.seen_by_class)

    @property
    def unseen(self) -> float:
        """U: accuracy of unseen samples among all classes."""
        return _mean(self.unseen_by_class)

    @property
    def harmonic_mean(self) -> float:
        """H of S and U."""
        return harmonic_mean(self.seen, self.unseen)

    @property
    def ausuc(self) -> float:
        """Area under the seen-unseen curve; it doesn't depend on the seen-class bias."""
        return self.curve.ausuc

    @property
    def best_harmonic_mean(self) -> float:
        """H with the bias that suits the test labels best: an upper bound of H, not a result.

        It belongs to a single bias for all classes. An estimator that treats classes differently may exceed it.
        """
        return self.curve.best()[-1]

    def to_dict(self) -> dict[str, str | int | float | None]:
        """Put what was measured into one flat record, for a row of a table or a JSON file.

        Returns
        -------
        dict of str to scalar
            Name, numbers of classes, accuracies, bias and seconds; None for what isn't known.
        """
        counts = {"n_seen_classes": len(self.seen_by_class), "n_unseen_classes": len(self.unseen_by_class)}
        return {"name": self.name, **counts, **{figure: getattr(self, figure) for figure in FIGURES}}

    def to_frame(self) -> pd.DataFrame:
        """Put the per-class accuracies into a table.

        Returns
        -------
        DataFrame
            One row per class, seen ones first. Columns: ``seen``, whether the class is; ``accuracy`` among all classes;
            ``t1``, the accuracy among the unseen classes, NaN for a seen class.
        """
        labels = [*self.seen_by_class, *self.unseen_by_class]
        return pd.DataFrame(
            {
                "seen": [label in self.seen_by_class for label in labels],
                "accuracy": [*self.seen_by_class.values(), *self.unseen_by_class.values()],
                "t1": [self.t1_by_class.get(label, np.nan) for label in labels],
            },
            index=pd.Index(labels, name="class"),
        )

    def intervals(
        self, *, level: float = 0.95, n_draws: int = 2000, random_state: int | RandomState | None = 0
    ) -> pd.DataFrame:
        """Confidence intervals from resampling the classes, for a single fit.

        They say how far the figures would move if other classes of the same kind had been tested, see
        `zsl.evaluation.compare`, and nothing of other random states.

        Parameters
        ----------
        level : float in (0, 1), default=0.95
            Confidence.
        n_draws : int, default=2000
            How many times the classes are drawn, at least 100.
        random_state : int, RandomState or None, default=0
            Which classes are drawn.

        Returns
        -------
        DataFrame
            One row for each of ``t1``, ``seen``, ``unseen``, ``harmonic_mean`` and ``ausuc``; columns ``value``,
            ``low`` and ``high``. The bounds are NaN where a side has one class only, and those of ``ausuc`` where
            `predictions` aren't known.

        Raises
        ------
        InvalidInputError
            If an argument is out of range.
        """
        fit = units_from(self.predictions, (self.seen_by_class, self.unseen_by_class, self.t1_by_class))
        found = resampled(fit, level=level, n_draws=n_draws, random_state=random_state)
        return found.assign(value=[getattr(self, figure) for figure in found.index])[["value", "low", "high"]]

    def _told(self) -> tuple[str, list[tuple[str, str, str]], list[str]]:
        """What texts and tables show: a heading, figures with their meaning, and remarks."""
        n_seen, n_unseen = len(self.seen_by_class), len(self.unseen_by_class)
        bias = "no seen-class bias" if self.seen_bias is None else f"seen-class bias {self.seen_bias:.4g}"
        fit = "" if self.fit_seconds is None else f"fitted in {self.fit_seconds:.3g} s, "
        figures = [
            ("T1", f"{self.t1:.3f}", f"unseen samples among unseen classes; by chance {1 / n_unseen:.3f}"),
            ("S", f"{self.seen:.3f}", "seen samples among all classes"),
            ("U", f"{self.unseen:.3f}", "unseen samples among all classes"),
            ("H", f"{self.harmonic_mean:.3f}", f"harmonic mean of S and U, {bias}"),
            ("AUSUC", f"{self.ausuc:.3f}", "area under the seen-unseen curve, any bias"),
        ]
        if self.hubness is not None:
            figures.append(("hubness", f"{self.hubness:.2f}", "skewness of how often a class is predicted"))
        best = f"H is {self.best_harmonic_mean:.3f} with the bias that suits the test labels best: an upper bound"
        classes = f"{n_seen} seen and {n_unseen} unseen classes, accuracies averaged over classes"
        return f"{self.name or 'GZSL'}: {classes}", figures, [best, f"{fit}predicted in {self.predict_seconds:.3g} s"]

    def __str__(self) -> str:
        heading, figures, remarks = self._told()
        return "\n  ".join([heading, *(f"{name:<6} {value}  {meaning}" for name, value, meaning in figures), *remarks])

    def _repr_html_(self) -> str:
        heading, figures, remarks = self._told()
        return html_table(["figure", "value", "meaning"], figures, title=heading, notes=remarks)

    def __repr__(self) -> str:
        return (
            f"GZSLResult({self.name!r}: T1 {self.t1:.3f}, S {self.seen:.3f}, U {self.unseen:.3f}, "
            f"H {self.harmonic_mean:.3f}, AUSUC {self.ausuc:.3f})"
        )


def _mean(accuracies: Mapping[Any, float]) -> float:
    return float(np.mean(list(accuracies.values())))


def evaluate_gzsl(estimator: Any, split: GZSLSplit) -> GZSLResult:
    """Fit a clone on the training samples of a split, then measure it on the test samples.

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
        T1, S, U, H, AUSUC, per-class accuracies, and times.

    Raises
    ------
    InvalidInputError
        If the fitted estimator doesn't know a class of the split.

    See Also
    --------
    measure_gzsl : Measure an estimator that is fitted already.
    """
    fitted, seconds = fit_clone(estimator, split)
    return replace(measure_gzsl(fitted, split), fit_seconds=seconds)


def measure_gzsl(fitted: Any, split: GZSLSplit) -> GZSLResult:
    """Measure a fitted estimator on the test samples of a split.

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
        If the estimator doesn't know a class of the split, or the classes that it was fitted on aren't the seen classes
        of the split.

    See Also
    --------
    evaluate_gzsl : Fit a clone first.
    """
    opened = open_fitted(fitted, "fitted")
    check_kind("split", split, GZSLSplit)
    model = opened.estimator
    check_seen_classes(model, split)
    check_known_classes(model, split)
    unseen, classes = competing(model, split)
    start = perf_counter()
    X_seen, X_unseen = opened.transform(split.X_test_seen), opened.transform(split.X_test_unseen)
    seen_predicted, unseen_predicted = model.predict(X_seen, classes=classes), model.predict(X_unseen, classes=classes)
    predict_seconds = perf_counter() - start

    margins = sample_margins(
        split.y_test_seen,
        _fitted.scores_of(model, X_seen, classes),
        split.y_test_unseen,
        _fitted.scores_of(model, X_unseen, classes),
        classes=classes,
        seen_classes=split.seen_classes,
    )
    t1_predicted = model.predict(X_unseen, classes=unseen)
    bias = getattr(model, "seen_bias_", None)
    return GZSLResult(
        t1_by_class=accuracy_by_class(split.y_test_unseen, t1_predicted),
        seen_by_class=accuracy_by_class(split.y_test_seen, seen_predicted),
        unseen_by_class=accuracy_by_class(split.y_test_unseen, unseen_predicted),
        curve=margin_curve(*margins),
        predict_seconds=predict_seconds,
        seen_bias=None if bias is None else float(bias),
        hubness=skewness(counts_among(classes, unseen_predicted)),
        name=split.name,
        predictions=Predictions(
            classes,
            split.y_test_seen,
            seen_predicted,
            split.y_test_unseen,
            unseen_predicted,
            t1_predicted,
            *(np.where(hit > 0, margin, -np.inf) for margin, hit in (margins[:2], margins[2:])),
        ),
    )
