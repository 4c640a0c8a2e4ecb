"""Attributes of samples, learned from classes that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from zsl._labels import as_labels
from zsl._typing import FloatArray, LabelArray
from zsl.classes.known import is_sorted
from zsl.estimators._calls import changes, reads
from zsl.estimators._class_tables import Descriptions, ShortTable, check_rows
from zsl.estimators._inputs import as_samples, as_training
from zsl.estimators._known_classes import labels_and_codes
from zsl.estimators._parameters import Folds, Grid, check_number, check_value, grid_values, parameters
from zsl.estimators._state import Stateful, check_finite, check_together
from zsl.estimators._wrappers import refuse_wrappers
from zsl.estimators.applications._attribute_folds import BLOCK_ROWS, hold_out
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.functional.linear.ridge import RidgeMap, ridge_from_moments
from zsl.persistence.codec import register
from zsl.selection.folds import TrainingPart, class_folds, class_splits
from zsl.selection.scaling import FeatureScaling, Scaler, Scalings, check_table
from zsl.selection.search import Selection
from zsl.selection.split_moments import SplitMoments
from zsl.semantics import Semantics, as_semantics

register(RidgeMap)
_GRID = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def check_level(name: str, level: Any) -> None:
    """Refuse anything but "mean" or numbers; how many there are is checked in `fit`."""
    if isinstance(level, str):
        check_value(name, level, Literal["mean"])
        return
    for value in level if np.ndim(level) == 1 else [level]:
        check_number(name, value)


@parameters
class AttributePredictor(Descriptions, Stateful, RegressorMixin, BaseEstimator):
    r"""Attributes of samples, as numbers and as labels, learned from classes whose attributes are known.

    Ridge regression from samples to the attributes of their classes, `zsl.functional.linear.ridge.ridge_from_moments`:
    the first step of attribute-based classification, C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based
    Classification for Zero-Shot Visual Object Categorization", 2014, doi:10.1109/TPAMI.2013.140. Departures from it:
    attributes are real-valued, and their labels come from a threshold each, so that any number of them may be present
    together. An attribute has the same value for all samples of a class: what is learned is what samples of such
    classes look like, not whether the attribute shows in this sample.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics
        The class table; see `RelationClassifier`. Rows of classes without samples are not used.
    alpha : float, sequence of float or "auto"
        Penalty on the map, in units of the mean eigenvalue of the samples' Gram matrix. "auto" and a sequence are
        chosen from, by the mean R² over attributes on samples of held-out seen classes.
    feature_scaling : {"whiten", "standard", "center", "none"}
        How samples are scaled; see `RidgePrototypeClassifier`. The intercept is free, so that "center" and
        "none" give the same.
    level : "mean", float or sequence of float
        Above which value an attribute counts as present in a class: its mean over the seen classes, one number for all,
        or a number per attribute in the order of the table.
    cv : int, splitter or None
        Folds of held-out seen classes that the penalty and the thresholds are chosen on: their number, or a splitter
        such as `ClassKFold`. With None or fewer than four seen classes nothing is chosen, and a threshold is the level.

    Attributes
    ----------
    attributes_ : array of str of shape (attribute,)
        Names of the attributes.
    seen_classes_ : array of shape (class,)
        The classes of `y`, sorted.
    method_ : RidgeMap
        The fitted map from scaled samples to attributes.
    alpha_ : float
        The chosen penalty.
    selection_ : dict
        The choice on held-out classes: "params", the penalty; "n_folds"; and "grid", the mean R² of each penalty.
    levels_, thresholds_ : Series of shape (attribute,)
        From which value of a class, and from which predicted one, an attribute counts as present. A threshold is the
        one of best F1 over samples of held-out seen classes; minus infinity where predicting the attribute always is
        best, and infinity where no seen class has the attribute.
    quality_ : DataFrame of shape (attribute, 4) or None
        How well each attribute is predicted on samples of held-out seen classes. "r2" is one minus the squared error
        divided by that of the mean of the training samples; "correlation" is over samples; "f1" is that of the labels,
        and "base_f1" that of always predicting it. NaN where all classes are alike. Penalty and thresholds were chosen
        by the same samples, so all except `base_f1` are slightly optimistic. None where nothing was held out.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from zsl import AttributePredictor, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> predictor = AttributePredictor(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> predictor.predict(split.X_test_unseen[:3]).shape
    (3, 28)
    >>> predictor.predict_labels(split.X_test_unseen[:3]).dtypes.unique()
    array([dtype('bool')], dtype=object)
    """

    alpha: Grid = "auto"
    feature_scaling: FeatureScaling = "center"
    level: Annotated[float | Sequence[float] | Literal["mean"], check_level] = "mean"
    cv: Folds = 5
    _state: ClassVar[Mapping[str, Any]] = {
        "_table": Semantics,
        "method_": RidgeMap,
        "_scaler": Scaler,
        "seen_classes_": LabelArray,
        "alpha_": float,
        "levels_": pd.Series,
        "thresholds_": pd.Series,
        "quality_": pd.DataFrame | None,
        "_selection": Selection,
    }

    @changes
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on samples of the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Features of training samples, finite numbers.
        y : array of shape (n_samples,)
            The class of each, at least two different ones, each with a row in `semantics`.

        Returns
        -------
        self
            The fitted estimator. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, or `y` has only one class, or `X` or `y` has a wrong shape, is empty, or
            holds values that are missing or infinite.
        SemanticsError
            If `semantics` cannot be used, or a class of `y` has no row.
        """
        self._check_parameters()
        alphas = grid_values(self.alpha, _GRID)
        samples, targets = as_training(self, X, y)
        labels, codes = labels_and_codes(targets)
        if self.semantics is None:
            raise SemanticsError("semantics=None; an AttributePredictor needs a class table.")
        table = as_semantics(self.semantics, text_encoder=self.text_encoder)
        refuse_wrappers(labels, table.classes)
        rows = _rows("y", table, labels)
        check_table(rows, 1e-100, 1e100)  # errors in units of the table are squared
        levels = _levels(self.level, rows)

        scalings = Scalings(self.feature_scaling, "none", unit=False)
        origin = scalings.origin(samples)
        splits = class_splits(self.cv, samples, codes, labels, known_too=False)
        moments = SplitMoments(samples, codes, len(labels), splits, origin)
        alpha, thresholds, quality = alphas[len(alphas) // 2], levels, None
        selection = Selection({"alpha": alpha})
        if splits:
            held = hold_out(class_folds(samples, codes, rows, splits, moments, scalings, origin), alphas)
            alpha, present, selection = held.alpha, held.true > levels, held.selection
            thresholds = held.thresholds(present)
            quality = held.quality(table.attributes, thresholds, present)
        part = TrainingPart.of(samples, codes, None, moments.whole, rows, scalings, origin)
        (found,) = ridge_from_moments(part.moments, rows, [alpha])
        self._table, self.method_, self._scaler, self._selection = table, found, part.scaler, selection
        self.seen_classes_, self.alpha_, self.quality_ = labels, float(alpha), quality
        names = pd.Index(table.attributes, name="attribute")
        self.levels_, self.thresholds_ = pd.Series(levels, index=names), pd.Series(thresholds, index=names)
        self._install()
        return self

    @reads
    def predict(self, X: ArrayLike) -> pd.DataFrame:
        """Predict the value of each attribute.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        DataFrame of shape (n_samples, attribute)
            Values in the units of the table, with the index of `X` if that is a DataFrame. Nothing keeps them within
            the range that the table has.
        """
        check_is_fitted(self)
        samples = as_samples(self, X)
        cuts = (slice(start, start + BLOCK_ROWS) for start in range(0, len(samples), BLOCK_ROWS))
        blocks = [self.method_(self._scaler.of_unit(samples[cut])) for cut in cuts]
        index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(samples))
        return pd.DataFrame(np.concatenate(blocks), index=index, columns=self.thresholds_.index)

    @reads
    def predict_labels(self, X: ArrayLike) -> pd.DataFrame:
        """Predict which attributes are present; each is decided on its own, by `thresholds_`.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        DataFrame of bool of shape (n_samples, attribute)
            Whether the attribute is present, with the index of `X` if that is a DataFrame.
        """
        values = self.predict(X)
        return values >= self.thresholds_

    @reads
    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Mean R² over attributes, against those of the samples' classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        y : array of shape (n_samples,)
            The class of each, seen or unseen, with a row in `semantics`.

        Returns
        -------
        float
            R², 1 at best. Attributes that are the same for all of `y` count 1 if predicted exactly, and 0 otherwise.

        Raises
        ------
        InvalidInputError
            If `X` or `y` cannot be used, or they differ in length.
        SemanticsError
            If a class of `y` has no row in `semantics`.
        """
        check_is_fitted(self)
        found, labels = self.predict(X), as_labels("y", y)
        if len(found) != len(labels):
            raise InvalidInputError(f"X has {len(found)} samples and y {len(labels)} labels; wanted one per sample.")
        return float(r2_score(_rows("y", self._table, labels), found))

    def _install(self) -> None:
        """Derive what follows from the state."""
        self.attributes_, self.selection_ = np.array(self._table.attributes), self._selection.record()

    def _set_state(self, state: dict[str, Any]) -> None:
        for name in ("levels_", "thresholds_", "quality_"):
            if state[name] is not None:
                state[name] = state[name].rename_axis("attribute")
                found = tuple(state[name].index)
                check_together(found == state["_table"].attributes, f"{name} is about other attributes than the table")
        found = state["_scaler"].mean.shape
        check_together(found == (state["n_features_in_"],), f"samples are scaled at the width {found}")
        check_together(is_sorted(state["seen_classes_"]), "its classes are not sorted, or occur twice")
        check_rows("the model", state["_table"], state["seen_classes_"])
        super()._set_state(state)
        self._install()

    def _check_state(self) -> None:
        names = getattr(self, "feature_names_in_", None)
        check_finite(self.predict(pd.DataFrame(np.zeros((1, self.n_features_in_)), columns=names)).to_numpy())

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = type(self)(**self.get_params(deep=False))
        shown.semantics = None if self.semantics is None else ShortTable(self.semantics)
        text: str = BaseEstimator.__repr__(shown, N_CHAR_MAX)
        return text


def _rows(name: str, table: Semantics, labels: Any) -> FloatArray:
    """Rows of classes."""
    check_rows(name, table, labels)
    return table.rows(labels)


def _levels(level: Any, rows: FloatArray) -> FloatArray:
    """The level of each attribute; nothing is above the mean of equal values, whatever the rounding."""
    width = rows.shape[1]
    if isinstance(level, str) and level == "mean":
        means: FloatArray = np.where(np.ptp(rows, axis=0) > 0, rows.mean(axis=0), rows[0])
        return means
    if np.ndim(level) != 1:
        return np.full(width, float(level))
    if len(level) != width:
        raise InvalidInputError(f"level has {len(level)} numbers; wanted one for each of the {width} attributes.")
    return np.asarray(level, dtype=np.float64)
