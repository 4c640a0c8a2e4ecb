"""The shell of the zero-shot estimators: classes known by semantics, by images, or both, added without a refit."""

import copy
import warnings
from abc import abstractmethod
from collections.abc import Sequence, Sized
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._checks import labels_and_codes
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.exceptions import InvalidInputError, SemanticsError, SemanticsWarning
from zsl.semantics import Semantics, as_semantics


class ClassDescriptionClassifier(KnownClassesClassifier):
    """Fit on seen classes, predict any class that is described.

    A subclass says how it is trained (`_fit`), and then how images are embedded (`_embed`), how they are scored
    (`_score`), and what is added to the scores of a class by calibrated stacking (`_bias`).
    """

    semantics: Any
    text_encoder: Any
    _classes: ClassRegistry
    _table: Semantics | None

    @property
    def scores_alone(self) -> bool:
        """Whether the score of a class is the same whatever others it is scored beside."""
        return True

    @abstractmethod
    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        """Train on images with class numbers `codes` into `labels`; return what is known of each class."""

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
        return self._fit_whole(X, y)

    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        images, given = validate_data(self, X, y, dtype=[np.float64, np.float32])
        labels, codes = labels_and_codes(given)
        table = None if self.semantics is None else as_semantics(self.semantics, text_encoder=self.text_encoder)
        if table is not None:
            missing = [label for label in labels.tolist() if label not in table]
            if missing:
                raise SemanticsError(
                    f"semantics has no row for {len(missing)} of the {len(labels)} classes in y: {missing[:5]}; "
                    f"it has rows for {table.classes[:5].tolist()}{' and so on' if len(table) > 5 else ''}."
                )
            _warn_of_twins(table)
        self._classes = self._fit(images, codes, labels, table)
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
        before = classes = self._classes
        changed: list[LabelArray] = []
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
            changed.append(rows.classes)
        if X is not None:
            images = self._check_images(X)
            labels = column_or_1d(y)
            if len(images) != len(labels):
                raise InvalidInputError(f"X has {len(images)} rows and y {len(labels)} labels; wanted one label a row.")
            self._check_kind("y", labels)
            check_classification_targets(labels)
            classes = classes.with_support(labels, self._embed(images))
            changed.append(labels)
        self._classes = classes
        self._set_class_attributes()
        self._follow(before, changed)
        return self

    def _follow(self, before: ClassRegistry, changed: Sequence[LabelArray]) -> None:
        """Take over what was worked out of the classes before, but of the changed ones; a subclass may."""
        return

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = copy.copy(self)
        shown.semantics = _Short(self.semantics) if self.semantics is not None else None
        text: str = BaseEstimator.__repr__(shown, N_CHAR_MAX)
        if hasattr(self, "classes_"):
            text += f"  # {len(self.seen_classes_)} seen and {len(self.unseen_classes_)} unseen classes"
        return text


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
