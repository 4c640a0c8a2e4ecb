"""A map between two class tables: the columns of one predicted from the columns of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from zsl._typing import FloatArray
from zsl.exceptions import SemanticsError
from zsl.functional.linear.grids import values_to_try
from zsl.functional.linear.ridge import column_correlation, ridge_from_rows
from zsl.semantics._labels import count
from zsl.semantics.table import Semantics, as_semantics

_GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class SemanticAlignment(BaseEstimator):
    r"""Predict the columns of one class table from those of another, such as attributes from sentences.

    A ridge regression over the classes that both tables have, one row per class:
    :math:`\min_{W, b} \sum_c \|t_c - W^T s_c - b\|^2 + \lambda \|W\|^2`, with
    :math:`\lambda = \alpha \frac1C \sum_c \|s_c - \bar s\|^2`. Blocks of the source's columns (`Semantics.beside`) are
    first scaled to the same root mean square length. What is left open is chosen by leaving out one class at a time, in
    closed form: `zsl.functional.linear.ridge.ridge_from_rows`.

    Parameters
    ----------
    alpha : float, sequence of float or "auto", default="auto"
        Penalty on the map, above 0. From a sequence, or the grid of "auto", the value with the highest mean R² over the
        target's columns on left-out classes is chosen.
    text_encoder : str, path, object or None, default=None
        Encoder of sentences, for a table given as sentences.

    Attributes
    ----------
    alpha_ : float
        The chosen value.
    quality_ : DataFrame of shape (target column, 2)
        How well each column of the target is predicted for a left-out class. "correlation" is that between predicted
        and true values over classes. "r2" is one minus the squared error divided by that of the mean of the other
        classes: 1 is perfect, and 0 no better than that mean. An uninformative source has an R² of about 0 and a
        correlation far below 0, since the mean of the other classes is low where the class is high. NaN for a column
        with a single value for all classes. An `alpha` chosen from several was chosen on the same classes, which makes
        both slightly optimistic.
    coef_ : DataFrame of shape (source column, target column)
        By how much one unit more in a column of the source changes the prediction of a column of the target.
    n_classes_ : int
        How many classes both tables have.

    Examples
    --------
    >>> from zsl.semantics import SemanticAlignment
    >>> size = {"mouse": [1, 0], "cat": [3, 0], "cow": [8, 0], "parrot": [2, 1], "eagle": [4, 1]}
    >>> facts = {name: {"weight": 10 * a, "flies": b} for name, (a, b) in size.items()}
    >>> alignment = SemanticAlignment(alpha=1e-6).fit(size, facts)
    >>> alignment.translate({"horse": [9, 0]}).to_frame().round(2).loc["horse"].to_dict()
    {'weight': 90.0, 'flies': 0.0}
    """

    def __init__(self, *, alpha: float | Sequence[float] | Literal["auto"] = "auto", text_encoder: Any = None) -> None:
        self.alpha = alpha
        self.text_encoder = text_encoder

    def fit(self, source: Any, target: Any) -> Self:
        """Learn the map from the classes that both tables have.

        Parameters
        ----------
        source : Semantics, DataFrame or dict
            The table to predict from.
        target : Semantics, DataFrame or dict
            The table to predict. Classes that only one of the two has are ignored.

        Returns
        -------
        self
            The fitted alignment. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If `alpha` is no number above 0.
        SemanticsError
            If a table cannot be used, or the two have fewer than three classes in common.
        """
        alphas = values_to_try("alpha", self.alpha, _GRID)
        known, wanted = self._table(source), self._table(target)
        shared = [label for label in known.classes.tolist() if label in wanted]
        if len(shared) < 3:
            found = count(len(shared), "class", "classes")
            raise SemanticsError(f"source and target have {found} in common; wanted three or more.")
        S, T = known.rows(shared), wanted.rows(shared)
        factor = _balance(S, known.blocks)
        level = np.square((S - S.mean(axis=0)) * factor).sum() / len(S)
        fits = list(ridge_from_rows(S * factor, T, [alpha * (level or 1.0) for alpha in alphas]))
        qualities = [_quality(T, predicted) for _, predicted in fits]
        means = [float(np.nanmean(r2)) if np.isfinite(r2).any() else 0.0 for _, r2 in qualities]
        best = means.index(max(means))
        names = pd.Index(wanted.attributes, name="attribute")
        self.quality_ = pd.DataFrame(dict(zip(("correlation", "r2"), qualities[best], strict=True)), index=names)
        self.alpha_, self.n_classes_ = alphas[best], len(shared)
        weight = fits[best][0].weight * factor[:, None]
        self.coef_ = pd.DataFrame(weight, index=pd.Index(known.attributes, name="source"), columns=names)
        self._intercept, self._source, self._blocks = fits[best][0].intercept, known, wanted.blocks
        return self

    def translate(self, rows: Any) -> Semantics:
        """Predict the target's columns for classes that the source's columns describe.

        Parameters
        ----------
        rows : Semantics, DataFrame or dict
            Descriptions of classes, known or new, with the columns of the source.

        Returns
        -------
        Semantics
            The same classes with the columns of the target, all marked as imputed, in the target's units. Values may
            lie outside the range of the target's. `Semantics.join` appends them to the target.

        Raises
        ------
        SemanticsError
            If the rows cannot be used, or don't have the columns of the source.
        """
        check_is_fitted(self, "coef_")
        table = self._table(rows)
        try:
            aligned = self._source.align(table)
        except SemanticsError as error:
            raise SemanticsError(f"rows doesn't fit the source that was fitted on: {error}") from error
        predicted = aligned @ self.coef_.to_numpy() + self._intercept
        return Semantics(
            predicted,
            classes=table.classes,
            attributes=tuple(self.coef_.columns),
            texts=table.texts,
            imputed=np.ones(predicted.shape, dtype=np.bool_),
            blocks=self._blocks,
        )

    def _table(self, value: Any) -> Semantics:
        return as_semantics(value, text_encoder=self.text_encoder)


def _balance(rows: FloatArray, blocks: tuple[int, ...]) -> FloatArray:
    """One factor per column, which gives the centred blocks the same root mean square length; 1 for a single block."""
    if len(blocks) == 1:
        return np.ones(rows.shape[1])
    parts = np.split(rows - rows.mean(axis=0), np.cumsum(blocks)[:-1], axis=1)
    lengths = [np.sqrt(np.square(part).sum(axis=1).mean()) for part in parts]
    return np.repeat([1 / length if length > 0 else 1.0 for length in lengths], blocks)


def _quality(true: FloatArray, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlation and R² of each column, predicted for left-out rows, (A,) each."""
    n = len(true)
    squares = np.where(np.ptp(true, axis=0) > 0, np.square(true - true.mean(axis=0)).sum(axis=0), np.nan)
    # The mean of the other rows errs by n / (n - 1) times as much as the mean of all.
    r2 = 1 - np.square(true - predicted).sum(axis=0) / (squares * (n / (n - 1)) ** 2)
    return column_correlation(predicted, true), r2
