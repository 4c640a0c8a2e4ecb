"""The shell of every estimator: classes known by semantics, by images, or both, added or removed without a refit."""

import copy
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence, Sized
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._saving import SavesModel
from zsl.exceptions import InvalidInputError, SemanticsError, SemanticsWarning
from zsl.functional.rescaling import csls, mutual_proximity
from zsl.semantics import Semantics, as_semantics


class ClassDescriptionClassifier(SavesModel, ClassifierMixin, BaseEstimator, ABC):
    """Fit on seen classes, predict any class that is described.

    A subclass says how it is trained (`_fit`), and then how images are embedded (`_embed`), how they are scored
    (`_score`), and what is added to the scores of a class by calibrated stacking (`_bias`).
    """

    semantics: Any
    text_encoder: Any
    _classes: ClassRegistry
    _table: Semantics | None
    _confidence: Sequence[float]
    """Best calibrated scores of images of known classes, measured on held-out seen classes; empty if none were."""

    @abstractmethod
    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        """Train on images with class numbers `codes` into `labels`; return what is known of each class."""

    @abstractmethod
    def _embed(self, X: FloatArray) -> FloatArray:
        """Embed images of shape (n, n_features_in_) as (n, d), each on its own."""

    @abstractmethod
    def _score(self, embedded: FloatArray, classes: ClassRegistry) -> FloatArray:
        """Score embedded images against classes, (n, C), without a bias."""

    @abstractmethod
    def _bias(self, classes: ClassRegistry) -> FloatArray:
        """What calibrated stacking adds to the score of each class, (C,)."""

    def _calibrated(self, scores: FloatArray, classes: ClassRegistry) -> FloatArray:
        """Set right that scores favour the seen classes; by the bias, unless a subclass says otherwise."""
        return scores + self._bias(classes)

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on images of the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Features of training images, finite numbers.
        y : array of shape (n_samples,)
            Their labels, at least two different ones. Their classes are the seen classes. With `semantics`, each of
            them needs a row there; the rows of other classes make these known as unseen classes.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, or `y` has only one class.
        SemanticsError
            If `semantics` cannot be used, or a class of `y` has no row.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        before = vars(self).copy()
        try:
            self._fit_checked(X, y)
        except BaseException:
            self.__dict__ = before
            raise
        return self

    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        images, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        labels, codes = np.unique(y, return_inverse=True)
        if len(labels) < 2:
            raise InvalidInputError(f"y has one class only, {labels.tolist()}; wanted two classes or more.")
        table = None if self.semantics is None else as_semantics(self.semantics, text_encoder=self.text_encoder)
        if table is not None:
            missing = [label for label in labels.tolist() if label not in table]
            if missing:
                raise SemanticsError(
                    f"semantics has no row for {len(missing)} of the {len(labels)} classes in y: {missing[:5]}; "
                    f"it has rows for {table.classes[:5].tolist()}{' and so on' if len(table) > 5 else ''}."
                )
            _warn_of_twins(table)
        self._classes = self._fit(images, codes.astype(np.intp), labels, table)
        self._table = table
        self._set_class_attributes()

    def _first_classes(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        """The seen classes, by training images where there are no semantics; and the unseen rows of the table."""
        n_attributes = 0 if table is None else table.vectors.shape[1]
        classes = ClassRegistry.of_seen(labels, n_attributes, self._embed(X[:1]).shape[1])
        if table is None:
            return classes.with_support(labels[codes], self._embed(X))
        return classes.with_semantics(table.classes, table.vectors)

    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None, *, semantics: Any = None) -> Self:
        """Make classes known, or known better, without fitting again.

        Parameters
        ----------
        X : array of shape (n_samples, n_features) or None, default=None
            Support images of classes, known or new. Those of a class that has support images already add to them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Rows of classes that have none yet, in any form that the parameter `semantics` takes.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, or `y` doesn't fit `X`.
        SemanticsError
            If the rows cannot be used, don't have the attributes that were fitted on, or describe a class again.
        """
        check_is_fitted(self)
        if X is None and y is None and semantics is None:
            raise InvalidInputError("add_classes was given neither semantics nor X and y; wanted one of them or both.")
        if (X is None) != (y is None):
            raise InvalidInputError("X and y go together; only one of them was given to add_classes.")
        classes = self._classes
        if semantics is not None:
            rows = as_semantics(semantics, text_encoder=self.text_encoder)
            if self._table is None:
                raise SemanticsError("semantics were given to an estimator fitted without any; wanted X and y only.")
            self._check_kind("semantics", rows.classes)
            described = set(classes.labels[classes.described].tolist())
            again = [label for label in rows.classes.tolist() if label in described]
            if again:
                raise SemanticsError(f"semantics describes {again[:5]} again; remove_classes takes the old row away.")
            try:
                aligned = self._table.align(rows)
            except SemanticsError as error:
                raise SemanticsError(f"semantics doesn't fit the table that was fitted on: {error}") from error
            classes = classes.with_semantics(rows.classes, aligned)
        if X is not None:
            images = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
            labels = column_or_1d(y)
            if len(images) != len(labels):
                raise InvalidInputError(f"X has {len(images)} rows and y {len(labels)} labels; wanted one label a row.")
            self._check_kind("y", labels)
            check_classification_targets(labels)
            classes = classes.with_support(labels, self._embed(images))
        self._classes = classes
        self._set_class_attributes()
        return self

    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes: they are no longer predicted, and their semantics and support images are dropped.

        Parameters
        ----------
        labels : label or array of labels
            Known classes. One at least has to stay.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a label isn't known, or no class would be left.
        """
        check_is_fitted(self)
        columns = self._columns("labels", np.atleast_1d(np.asarray(labels)))
        keep = np.ones(len(self._classes), dtype=bool)
        keep[columns] = False
        if not keep.any():
            raise InvalidInputError(f"labels names all {len(keep)} classes; wanted at least one to stay.")
        self._classes = self._classes.take(keep)
        self._set_class_attributes()
        return self

    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score images against classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            Known classes, each once. None for all, `classes_`.
        calibrated : bool, default=False
            Whether the seen-class bias is applied.

        Returns
        -------
        array of shape (n_samples, C)
            Real scores, higher for a better match, with columns in the order of `classes`.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice.
        """
        check_is_fitted(self)
        images = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        known = self._classes
        if classes is not None:
            known = known.take(self._columns("classes", np.atleast_1d(np.asarray(classes))))
        scores = self._score(self._embed(images), known)
        return self._calibrated(scores, known) if calibrated else scores

    def decision_function(self, X: ArrayLike) -> FloatArray:
        """Calibrated scores over `classes_`.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.

        Returns
        -------
        array of shape (n_samples, C), or (n_samples,) for two classes
            Scores with the seen-class bias applied; for two classes, that of the second minus that of the first.
        """
        scores = self.class_scores(X, calibrated=True)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict_proba(self, X: ArrayLike, classes: ArrayLike | None = None) -> FloatArray:
        """Softmax of the calibrated scores.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all, `classes_`.

        Returns
        -------
        array of shape (n_samples, C)
            Probabilities, rows summing to 1, with columns in the order of `classes`.
        """
        scores = self.class_scores(X, classes, calibrated=True)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: FloatArray = scores / scores.sum(axis=1, keepdims=True)
        return probabilities

    def predict(
        self,
        X: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        rescale: Literal["csls", "mutual_proximity"] | None = None,
        reject: float | None = None,
        reject_label: Any = None,
    ) -> LabelArray:
        """Predict the class of each image.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            The classes to choose among: the unseen ones for conventional zero-shot prediction. None for all,
            `classes_`, which is generalized zero-shot prediction.
        rescale : {"csls", "mutual_proximity"} or None, default=None
            Rescale the calibrated scores against hubs, with all of `X` as the reference: `zsl.functional.rescaling`.
            This makes the prediction transductive, so that it depends on the other images.
        reject : float in [0, 1) or None, default=None
            Answer `reject_label` where the best calibrated score is lower than that of this share of the images of
            known classes, measured on held-out seen classes.
        reject_label : label or None, default=None
            What stands for "none of these". None stands for -1 among numbers, and "none" among strings.

        Returns
        -------
        array of shape (n_samples,)
            Labels.

        Raises
        ------
        InvalidInputError
            If an option isn't as said, a class isn't known, or `reject` is given and no classes were held out in `fit`.
        """
        check_is_fitted(self)
        threshold = None if reject is None else self._threshold(reject)
        if rescale not in (None, "csls", "mutual_proximity"):
            raise InvalidInputError(f"rescale={rescale!r}; wanted 'csls', 'mutual_proximity' or None.")
        scores = self.class_scores(X, classes, calibrated=True)
        among = self.classes_
        if classes is not None:
            among = among[self._columns("classes", np.atleast_1d(np.asarray(classes)))]
        confidence = scores.max(axis=1)
        if rescale is not None:
            scores = csls(scores) if rescale == "csls" else mutual_proximity(scores)
        predicted: LabelArray = among[scores.argmax(axis=1)]
        return predicted if threshold is None else _rejected(predicted, confidence < threshold, reject_label)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = copy.copy(self)
        shown.semantics = _Short(self.semantics) if self.semantics is not None else None
        text: str = BaseEstimator.__repr__(shown, N_CHAR_MAX)
        if hasattr(self, "classes_"):
            text += f"  # {len(self.seen_classes_)} seen and {len(self.unseen_classes_)} unseen classes"
        return text

    def _threshold(self, reject: float) -> float:
        if isinstance(reject, bool) or not isinstance(reject, (int, float, np.number)) or not 0 <= reject < 1:
            raise InvalidInputError(f"reject={reject!r}; wanted a share in [0, 1).")
        if not self._confidence:
            raise InvalidInputError("reject was given, and fit held out no classes; wanted an estimator that did.")
        return float(np.quantile(self._confidence, reject))

    def _columns(self, name: str, labels: LabelArray) -> NDArray[np.intp]:
        if labels.ndim != 1 or not len(labels):
            raise InvalidInputError(f"{name} has shape {labels.shape}; wanted one label or more in one dimension.")
        columns = self._classes.columns(labels)
        if (columns < 0).any():
            unknown = labels[columns < 0][:5].tolist()
            known = f"{self.classes_[:5].tolist()}{' and so on' if len(self.classes_) > 5 else ''}"
            raise InvalidInputError(f"{name} names {unknown}, which are not known; known are {known}.")
        if len(set(columns.tolist())) < len(columns):
            raise InvalidInputError(f"{name} names a class more than once: {labels.tolist()[:10]}.")
        return columns

    def _check_kind(self, name: str, labels: LabelArray) -> None:
        """Refuse labels that cannot be sorted together with the known ones."""
        strings = isinstance(self._classes.labels.tolist()[0], str)
        others = [label for label in labels.tolist() if isinstance(label, str) != strings]
        if others:
            wanted = "strings" if strings else "numbers"
            raise InvalidInputError(f"{name} has the label {others[0]!r}; wanted {wanted} only, as those fitted on.")

    def _set_class_attributes(self) -> None:
        self.classes_ = self._classes.labels.copy()
        self.seen_classes_ = self._classes.labels[self._classes.seen]
        self.unseen_classes_ = self._classes.labels[~self._classes.seen]


def _rejected(predicted: LabelArray, where: NDArray[np.bool_], label: Any) -> LabelArray:
    """Put a label in place of some; the array becomes wide enough for it."""
    strings = isinstance(predicted.tolist()[0], str)
    if label is None:
        label = "none" if strings else -1
    if isinstance(label, str) != strings:
        wanted = "a string" if strings else "a number"
        raise InvalidInputError(f"reject_label={label!r}; wanted {wanted}, as the labels fitted on.")
    kind = object if predicted.dtype.kind == "O" else np.result_type(predicted, np.asarray([label]))
    found = predicted.astype(kind)
    found[where] = label
    return found


def _warn_of_twins(table: Semantics) -> None:
    """Warn of classes that nothing can tell apart by their rows; the full audit is the user's to call."""
    for finding in table.audit():
        if finding.kind in ("duplicate-classes", "zero-classes"):
            warnings.warn(f"semantics: {finding.message}", SemanticsWarning, stacklevel=4)


class _Short:
    """Stands in for a class table in the repr of an estimator."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __repr__(self) -> str:
        if isinstance(self._table, Semantics):
            return repr(self._table)
        size = f" of {len(self._table)} classes" if isinstance(self._table, Sized) else ""
        return f"<{type(self._table).__name__}{size}>"
