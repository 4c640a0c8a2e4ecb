"""Samples with several classes: F1 of the first answers, and how well each class is found, for unseen and all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from zsl._arrays import check_finite, doubles
from zsl._labels import as_named_labels
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count
from zsl.evaluation._fitted import open_fitted
from zsl.evaluation.answers.targets import read_targets
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.multi_label import average_precisions, f1_at_k


class MultiLabelEstimator(Protocol):
    """What `evaluate_multi_label` uses of a fitted estimator."""

    classes_: LabelArray
    unseen_classes_: LabelArray

    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None) -> FloatArray:
        """Scores, (n, C)."""


@dataclass(frozen=True)
class AtK:
    """Precision, recall and F1 of the first answers of all samples together, each within [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class MultiLabelScores:
    """How well classes are told, among those that were ranked together.

    Parameters
    ----------
    at_k : mapping of int to AtK
        Precision, recall and F1 of the first k answers, by k.
    average_precision : mapping of label to float
        Average precision over the samples of each class that some sample has.
    """

    at_k: Mapping[int, AtK]
    average_precision: Mapping[Any, float]

    @property
    def mean_average_precision(self) -> float:
        """Mean of the average precision over classes, mAP."""
        return float(np.mean(list(self.average_precision.values())))


@dataclass(frozen=True, eq=False)
class MultiLabelResult:
    """Unseen classes alone (conventional), and seen and unseen ones together (generalized).

    Parameters
    ----------
    unseen, generalized : MultiLabelScores
        The figures of either setting.
    """

    unseen: MultiLabelScores
    generalized: MultiLabelScores

    def to_frame(self) -> pd.DataFrame:
        """One row per setting, with mAP, and precision, recall and F1 at each k.

        Returns
        -------
        DataFrame of shape (2, 1 + 3 k)
            Figures, within [0, 1].
        """
        rows = {}
        for name, found in (("unseen", self.unseen), ("generalized", self.generalized)):
            row = {"mAP": found.mean_average_precision}
            for k, at in found.at_k.items():
                row |= {f"P@{k}": at.precision, f"R@{k}": at.recall, f"F1@{k}": at.f1}
            rows[name] = row
        return pd.DataFrame.from_dict(rows, orient="index")


def multi_label_metrics(
    y_true: ArrayLike, scores: ArrayLike, *, classes: ArrayLike | None = None, k: int | Sequence[int] = (3, 5)
) -> MultiLabelScores:
    r"""Measure scores of samples with several classes.

    .. math:: P@k = \frac{\mathrm{hits}}{n k}, \qquad R@k = \frac{\mathrm{hits}}{\sum_{ic} y_{ic}}, \qquad
        F_1@k = \frac{2\, P@k\, R@k}{P@k + R@k}, \qquad \mathrm{mAP} = \frac1C \sum_c \mathrm{AP}_c

    Hits are counted over all samples together (micro), as on NUS-WIDE: Y. Gong et al., "Deep Convolutional Ranking for
    Multilabel Image Annotation", 2014, arXiv:1312.4894; Y. Zhang, B. Gong and M. Shah, "Fast Zero-Shot Image Tagging",
    2016, arXiv:1605.09759. Average precision is that of `sklearn.metrics.average_precision_score`.

    Parameters
    ----------
    y_true : DataFrame, array of shape (sample, class), or sequence of sets
        0 and 1, or False and True; or the labels of each sample, beside `classes`. Samples without a class count in the
        precision; leave them out where a protocol does.
    scores : DataFrame or array of shape (sample, class)
        Real scores, higher for a better match; of equal ones the first columns are taken. Columns of a DataFrame that
        are the classes, in any order, are matched by name.
    classes : array of shape (class,) or None, default=None
        Labels of the columns. None for those of a DataFrame, or numbers.
    k : int or sequence of int, default=(3, 5)
        How many answers are taken per sample; all classes if there are fewer.

    Returns
    -------
    MultiLabelScores
        The figures.

    Raises
    ------
    InvalidInputError
        If shapes differ, values aren't 0 and 1, scores aren't finite, no sample has a class, or `k` is out of range.

    Examples
    --------
    >>> from zsl.evaluation import multi_label_metrics
    >>> found = multi_label_metrics([[1, 0, 1], [0, 1, 0]], [[3.0, 1.0, 2.0], [0.5, 0.2, 0.1]], k=1)
    >>> found.at_k[1]
    AtK(precision=0.5, recall=0.3333333333333333, f1=0.4)
    """
    labels, truth = read_targets(y_true, classes, name="y_true")
    table = doubles("scores", _in_order(scores, labels))
    if table.shape != truth.shape:
        raise InvalidInputError(f"scores has shape {table.shape} and y_true {truth.shape}; wanted the same.")
    check_finite("scores", table)
    if not truth.any():
        raise InvalidInputError("y_true has no sample with one of the classes; wanted one or more.")
    lengths = [as_count("k", length) for length in (k if isinstance(k, (list, tuple)) else [k])]
    found = average_precisions(table, truth)
    precision = {label: float(value) for label, value in zip(labels.tolist(), found, strict=True) if value == value}
    return MultiLabelScores({length: AtK(*f1_at_k(table, truth, length)) for length in lengths}, precision)


def evaluate_multi_label(
    fitted: MultiLabelEstimator,
    X: ArrayLike,
    y: Any,
    unseen: ArrayLike | None = None,
    *,
    classes: ArrayLike | None = None,
    k: int | Sequence[int] = (3, 5),
) -> MultiLabelResult:
    """Measure a fitted multi-label estimator in the conventional and in the generalized setting.

    Parameters
    ----------
    fitted : estimator
        A fitted `MultiLabelClassifier`, an estimator like it, or a pipeline or search that ends in one.
    X : array of shape (sample, feature)
        Test samples.
    y : DataFrame, array of shape (sample, class), or sequence of sets
        Which classes each sample has, seen and unseen ones, in any form that `fit` of a `MultiLabelClassifier` takes.
        With sets, all known classes are ranked, also those that no sample has.
    unseen : array of shape (unseen class,) or None, default=None
        The unseen classes among those of `y`. None for those that are unseen to the estimator.
    classes : array of shape (class,) or None, default=None
        Labels of the columns of an array; None for its `classes_`, if there are as many.
    k : int or sequence of int, default=(3, 5)
        How many answers are taken per sample.

    Returns
    -------
    MultiLabelResult
        Unseen classes are ranked alone, and all of `y` together, there with the estimator's `seen_bias_`. Each class is
        found by its scores, on which a bias has no influence.

    Raises
    ------
    InvalidInputError
        As in `multi_label_metrics`, or if a class isn't known to the estimator, or an unseen one isn't in `y`.

    See Also
    --------
    multi_label_metrics : The same of scores.
    """
    opened = open_fitted(fitted, "fitted")
    own: Any = opened.estimator
    labels, truth = read_targets(y, classes, own.classes_, known=own.classes_)
    known = set(own.classes_.tolist())
    if unknown := [label for label in labels.tolist() if label not in known]:
        raise InvalidInputError(f"y has the classes {unknown[:5]}, which the estimator doesn't know.")
    new = set((own.unseen_classes_ if unseen is None else as_named_labels("unseen", unseen)).tolist())
    if unseen is not None and (absent := [label for label in new if label not in set(labels.tolist())]):
        raise InvalidInputError(f"unseen names {absent[:5]}, which y has no column of.")
    columns = np.array([label in new for label in labels.tolist()])
    if not columns.any():
        raise InvalidInputError("y has no unseen class; wanted one or more, such as by unseen=.")
    scores = own.class_scores(opened.transform(X), labels)
    if len(scores) != len(truth):
        raise InvalidInputError(f"X has {len(scores)} samples and y {len(truth)} rows; wanted one per sample.")
    untrained = set(own.unseen_classes_.tolist())
    trained = np.array([label not in untrained for label in labels.tolist()])
    biased = scores - float(getattr(own, "seen_bias_", 0.0)) * trained
    return MultiLabelResult(
        multi_label_metrics(truth[:, columns], scores[:, columns], classes=labels[columns], k=k),
        multi_label_metrics(truth, biased, classes=labels, k=k),
    )


def _in_order(scores: Any, labels: LabelArray) -> Any:
    """Scores with columns in the order of the labels, where columns have these names."""
    wanted = labels.tolist()
    named = isinstance(scores, pd.DataFrame) and len(scores.columns) == len(wanted) and set(scores) == set(wanted)
    return scores[wanted] if named else scores
