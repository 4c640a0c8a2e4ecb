"""Attributes of images, learned from classes that have them."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from zsl._typing import FloatArray
from zsl.estimators._atomic import all_or_nothing
from zsl.estimators._checks import check_number, check_whole, labels_and_codes
from zsl.estimators._described_classes import _Short
from zsl.estimators._packing import Header, Tensors
from zsl.estimators._saving import SavesModel
from zsl.estimators.applications._attribute_files import pack, unpack
from zsl.estimators.applications._attribute_folds import BLOCK_ROWS, HeldOut, hold_out
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.functional.linear.grids import values_to_try
from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.ridge import RidgeMap, ridge_from_moments
from zsl.functional.scores.retrieval import best_f1_threshold
from zsl.selection.folds import TrainingPart, class_folds, class_splits
from zsl.selection.scaling import FEATURE_SCALINGS, FeatureScaling, Scaler, Scalings
from zsl.semantics import Semantics, as_semantics

_GRID = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class AttributePredictor(SavesModel, RegressorMixin, BaseEstimator):
    r"""Predict the attributes of an image, as numbers and as labels, from images of classes whose attributes are known.

    Ridge regression from images to the attributes of their classes, `zsl.functional.linear.ridge.ridge_from_moments`:
    the first step of attribute-based classification, C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based
    Classification for Zero-Shot Visual Object Categorization", 2014, doi:10.1109/TPAMI.2013.140. Where we depart from
    it: attributes are real-valued, and their labels come from a threshold each, so that any number of them may be
    present together. An attribute has the same value for all images of a class: what is learned is what images of such
    classes look like, not whether the attribute shows in this image.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics
        The class table; see `RelationClassifier`. Rows of classes without images are not used.
    text_encoder : str, path, object or None, default=None
        Encodes the sentences of `semantics`, if it holds any.
    alpha : float, sequence of float or "auto", default="auto"
        Penalty on the map, in units of the mean eigenvalue of the images' Gram matrix. "auto" and a sequence are chosen
        from, by the mean R² over attributes on images of held-out seen classes.
    feature_scaling : {"whiten", "standard", "center", "none"}, default="center"
        How images of length 1 are scaled; see `RidgePrototypeClassifier`. The intercept is free, so that "center" and
        "none" give the same.
    level : "mean", float or sequence of float, default="mean"
        Above which value an attribute counts as present in a class: its mean over the seen classes, one number for all,
        or a number an attribute in the order of the table.
    cv : int, splitter or None, default=5
        Folds of held-out seen classes that the penalty and the thresholds are chosen on: their number, or a splitter
        such as `ClassKFold`. With None or fewer than four seen classes nothing is chosen, and a threshold is the level.

    Attributes
    ----------
    attributes_ : array of str of shape (attribute,)
        Names of the attributes.
    seen_classes_ : array of shape (class,)
        The classes of `y`, sorted.
    alpha_ : float
        The chosen penalty.
    levels_, thresholds_ : Series of shape (attribute,)
        From which value of a class, and from which predicted one, an attribute counts as present. A threshold is the
        one of best F1 over images of held-out seen classes; minus infinity where it is best to say yes always, and
        infinity where no seen class has the attribute.
    quality_ : DataFrame of shape (attribute, 4) or None
        How well each attribute is predicted on images of held-out seen classes. "r2" is one minus the squared error
        divided by that of the mean of the training images; "correlation" is over images; "f1" is that of the labels,
        and "base_f1" that of saying yes always. NaN where all classes are alike. Penalty and thresholds were chosen by
        the same images, which makes all but the last a little too good. None where nothing was held out.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
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

    _table: Semantics
    _map: RidgeMap
    _scaler: Scaler

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        alpha: float | Sequence[float] | Literal["auto"] = "auto",
        feature_scaling: FeatureScaling = "center",
        level: float | Sequence[float] | Literal["mean"] = "mean",
        cv: Any = 5,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.alpha = alpha
        self.feature_scaling = feature_scaling
        self.level = level
        self.cv = cv

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on images of the seen classes.

        Parameters
        ----------
        X : array of shape (image, feature)
            Features of training images, finite numbers.
        y : array of shape (image,)
            The class of each, at least two different ones, each with a row in `semantics`.

        Returns
        -------
        self
            The fitted estimator. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, or `y` has only one class.
        SemanticsError
            If `semantics` cannot be used, or a class of `y` has no row.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        with all_or_nothing(self):
            self._fit(X, y)
        return self

    def _fit(self, X: ArrayLike, y: ArrayLike) -> None:
        self._check_parameters()
        alphas = values_to_try("alpha", self.alpha, _GRID)
        images, targets = validate_data(self, X, y, dtype=[np.float64, np.float32])
        labels, codes = labels_and_codes(targets)
        if self.semantics is None:
            raise SemanticsError("semantics=None; an AttributePredictor wants a class table.")
        table = as_semantics(self.semantics, text_encoder=self.text_encoder)
        rows = _rows("y", table, labels)
        levels = _levels(self.level, rows)

        scalings = Scalings(self.feature_scaling, "none", unit=False)
        whole = unit_moments(images, codes, len(labels))
        splits = class_splits(self.cv, images, codes, known_too=False)
        alpha, thresholds, quality = alphas[len(alphas) // 2], levels, None
        if splits:
            held = hold_out(class_folds(images, codes, rows, splits, whole, scalings), alphas)
            alpha, present = held.alpha, held.true > levels
            thresholds = _thresholds(held, present)
            quality = held.quality(table.attributes, thresholds, present)
        part = TrainingPart.of(images, codes, None, whole, rows, scalings)
        (found,) = ridge_from_moments(part.moments, rows, [alpha])
        self._install(table, found, part.scaler)
        self.seen_classes_, self.alpha_, self.quality_ = labels, float(alpha), quality
        self.levels_, self.thresholds_ = self._series(levels), self._series(thresholds)

    def predict(self, X: ArrayLike) -> pd.DataFrame:
        """Predict the value of each attribute.

        Parameters
        ----------
        X : array of shape (image, feature)
            Images.

        Returns
        -------
        DataFrame of shape (image, attribute)
            Values in the units of the table, with the index of `X` if that is a DataFrame. Nothing keeps them within
            the range that the table has.
        """
        check_is_fitted(self)
        images = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        blocks = [
            self._map(self._scaler.of_unit(images[start : start + BLOCK_ROWS]))
            for start in range(0, len(images), BLOCK_ROWS)
        ]
        index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(images))
        return pd.DataFrame(np.concatenate(blocks), index=index, columns=self.thresholds_.index)

    def predict_labels(self, X: ArrayLike) -> pd.DataFrame:
        """Tell which attributes are present; each is decided on its own, by `thresholds_`.

        Parameters
        ----------
        X : array of shape (image, feature)
            Images.

        Returns
        -------
        DataFrame of bool of shape (image, attribute)
            Whether the attribute is present, with the index of `X` if that is a DataFrame.
        """
        values = self.predict(X)
        return values >= self.thresholds_

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Mean R² over attributes, against those of the images' classes.

        Parameters
        ----------
        X : array of shape (image, feature)
            Images.
        y : array of shape (image,)
            The class of each, seen or unseen, with a row in `semantics`.

        Returns
        -------
        float
            R², 1 at best. Attributes that are the same for all of `y` count 1 if predicted exactly, and 0 otherwise.

        Raises
        ------
        SemanticsError
            If a class of `y` has no row in `semantics`.
        """
        check_is_fitted(self)
        return float(r2_score(_rows("y", self._table, column_or_1d(y)), self.predict(X)))

    def _install(self, table: Semantics, found: RidgeMap, scaler: Scaler) -> None:
        self._table, self._map, self._scaler = table, found, scaler
        self.attributes_ = np.array(table.attributes)

    def _series(self, values: FloatArray) -> "pd.Series[float]":
        return pd.Series(values, index=pd.Index(self._table.attributes, name="attribute"))

    def _check_parameters(self) -> None:
        values_to_try("alpha", self.alpha, _GRID)
        if self.feature_scaling not in FEATURE_SCALINGS:
            known = ", ".join(map(repr, FEATURE_SCALINGS))
            raise InvalidInputError(f"feature_scaling={self.feature_scaling!r}; wanted one of {known}.")
        if self.cv is not None and (isinstance(self.cv, str) or not hasattr(self.cv, "split")):
            check_whole("cv", self.cv, 2)

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: Any) -> Self:
        if encoder is not None:
            raise InvalidInputError(f"encoder={type(encoder).__name__}; an AttributePredictor has none.")
        unpack(self, header, tensors)
        return self

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = type(self)(**self.get_params(deep=False))
        shown.semantics = None if self.semantics is None else _Short(self.semantics)
        text: str = BaseEstimator.__repr__(shown, N_CHAR_MAX)
        return text


def _rows(name: str, table: Semantics, labels: Any) -> FloatArray:
    """Rows of classes, with an error that names the argument that the labels came by."""
    missing = list(dict.fromkeys(label for label in labels.tolist() if label not in table))
    if missing:
        raise SemanticsError(
            f"semantics has no row for {len(missing)} of the classes in {name}: {missing[:5]}; "
            f"it has rows for {table.classes[:5].tolist()}{' and so on' if len(table) > 5 else ''}."
        )
    return table.rows(labels)


def _levels(level: Any, rows: FloatArray) -> FloatArray:
    """The level of each attribute; nothing is above the mean of equal values, whatever the rounding."""
    width = rows.shape[1]
    if isinstance(level, str) and level == "mean":
        means: FloatArray = np.where(np.ptp(rows, axis=0) > 0, rows.mean(axis=0), rows[0])
        return means
    if np.ndim(level) != 1:
        check_number("level", level)
        return np.full(width, float(level))
    if len(level) != width:
        raise InvalidInputError(f"level has {len(level)} numbers; wanted one for each of the {width} attributes.")
    for value in level:
        check_number("level", value)
    return np.asarray(level, dtype=np.float64)


def _thresholds(held: HeldOut, present: NDArray[np.bool_]) -> FloatArray:
    """The threshold of best F1 of each attribute."""
    columns = zip(held.predicted.T, present.T, strict=True)
    return np.array([best_f1_threshold(values, truth) for values, truth in columns])
